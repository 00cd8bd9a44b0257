"""The test accounts that Anvil, Hardhat and the embedded chain share. Their keys are known to everyone."""

from __future__ import annotations

from functools import cache

from eth_account import Account
from eth_account.hdaccount import seed_from_mnemonic
from eth_account.hdaccount.deterministic import HDPath

MNEMONIC = "test test test test test test test test test test test junk"
ACCOUNTS = 40
"""Accounts that chains of our own fund at the start."""
BALANCE = 10_000 * 10**18
"""Wei that each holds then: Anvil's default."""
CHAIN_IDS = frozenset({1337, 31337, 131277322940537})
"""Chain ids that only test chains use: Ganache and ape, Anvil and Hardhat, eth-tester."""


@cache
def dev_key(index: int) -> bytes:
    """The private key of a test account.

    Example:
        >>> Account.from_key(dev_key(0)).address
        '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
    """
    return HDPath(f"m/44'/60'/0'/0/{index}").derive(_seed())


@cache
def dev_address(index: int) -> str:
    """The address of a test account."""
    return str(Account.from_key(dev_key(index)).address)


@cache
def _seed() -> bytes:
    return seed_from_mnemonic(MNEMONIC, "")
