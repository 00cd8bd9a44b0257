"""An ERC-20: what stakes are held and payouts made in."""

from __future__ import annotations

from typing import ClassVar

from chain.contracts.handle import Call, Contract


class Token(Contract):
    """Any ERC-20. `mint` exists on the test token of dev chains only."""

    artifact_name: ClassVar[str] = "TestToken"

    def transfer(self, to: str, amount: int) -> Call:
        """Send tokens of the sender."""
        return self._write("transfer", to, amount)

    def approve(self, spender: str, amount: int) -> Call:
        """Allow a spender to take up to this many of the sender's tokens."""
        return self._write("approve", spender, amount)

    def mint(self, to: str, amount: int) -> Call:
        """Make new tokens. The test token's deployer only."""
        return self._write("mint", to, amount)

    def balance_of(self, account: str) -> int:
        """Token units that an account holds."""
        return int(self._read("balanceOf", account))

    def allowance(self, owner: str, spender: str) -> int:
        """Token units that a spender may take from an owner."""
        return int(self._read("allowance", owner, spender))

    def total_supply(self) -> int:
        """Token units that exist."""
        return int(self._read("totalSupply"))

    def decimals(self) -> int:
        """Decimals of one token, for showing amounts."""
        return int(self._read("decimals"))

    def symbol(self) -> str:
        """The token's symbol. The token's author chose it: escape it where it is shown."""
        return str(self._read("symbol"))
