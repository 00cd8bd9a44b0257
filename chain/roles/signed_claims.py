"""Claims by signature: an account says where its payout is to go, and anyone brings it and pays the gas.

A signature counts once (the account's nonce), until its deadline, for one amount and one recipient, at one
distributor on one chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chain.contracts.types import Claim, Phase
from chain.encoding import canonical_json, claim_message
from chain.errors import NothingToDo, Refused
from chain.network import checked_address
from chain.project import Project
from chain.roles.payouts import open_claim, payouts_of
from chain.sender import Receipt, Sender
from chain.signers import sign_typed_data
from chain.store import Store
from valuation import json_text
from valuation.errors import InputError

MAX_BYTES = 65_536
"""A signed claim's document is no longer; a contract's signature may be long."""


@dataclass(frozen=True)
class SignedClaim:
    """An account's word that its leaf of this cumulative amount is to be paid to an address.

    Attributes:
        chain_id: The only chain on which it counts.
        distributor: The only contract at which it counts.
        account: Whose payout.
        cumulative: The leaf's amount, in token units.
        to: Who is paid.
        nonce: The account's, when it signed.
        deadline: Until when it counts, in seconds since the epoch.
        signature: ECDSA, or what the account's contract accepts (ERC-1271).
    """

    chain_id: int
    distributor: str
    account: str
    cumulative: int
    to: str
    nonce: int
    deadline: int
    signature: bytes

    def to_json(self) -> bytes:
        """The document that the account hands over."""
        return canonical_json(
            {**self.__dict__, "cumulative": str(self.cumulative), "signature": "0x" + self.signature.hex()}
        )

    @classmethod
    def from_json(cls, text: bytes) -> SignedClaim:
        """The claim of a document.

        Raises:
            InputError: It is none.
            ConfigError: An address is not one.

        Example:
            >>> here = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
            >>> signed = SignedClaim(1, here, here, 5, here, 0, 9, b"\\x01")
            >>> SignedClaim.from_json(signed.to_json()) == signed
            True
        """
        if len(text) > MAX_BYTES:
            raise InputError(f"not a signed claim: longer than {MAX_BYTES} bytes")
        found = json_text.parse(text)
        try:
            claim = cls(
                **{
                    **found,
                    "cumulative": int(found["cumulative"]),
                    "signature": bytes.fromhex(found["signature"].removeprefix("0x")),
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise InputError("not a signed claim") from None
        numbers = (claim.chain_id, claim.cumulative, claim.nonce, claim.deadline)
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise InputError("not a signed claim: a number is none")
        for address in (claim.distributor, claim.account, claim.to):
            checked_address(address)
        return claim


def sign_claim(project: Project, store: Store, account: Any, to: str, valid_for: int) -> SignedClaim:
    """Signs that everything an account can claim now is to be paid to `to`. Sends nothing.

    Args:
        project: Where it was earned.
        store: Where the reports are.
        account: Who signs: an account of eth-account, or an external signer.
        to: Who is paid.
        valid_for: Seconds for which the signature counts.

    Raises:
        NothingToDo: There is nothing to claim.
        ConfigError: `to` is not an address.
        StoreError: The report is missing.
    """
    address, distributor = str(account.address), project.distributor
    open_now = open_claim(project, store, address)
    if open_now is None:
        raise NothingToDo(f"{address} has nothing to claim now")
    cumulative, nonce = open_now[1].cumulative, distributor.nonces(address)
    deadline = project.network.now() + valid_for
    message = claim_message(
        project.network.chain_id,
        distributor.address,
        address,
        cumulative,
        checked_address(to),
        nonce,
        deadline,
    )
    return SignedClaim(
        chain_id=project.network.chain_id,
        distributor=distributor.address,
        account=address,
        cumulative=cumulative,
        to=to,
        nonce=nonce,
        deadline=deadline,
        signature=sign_typed_data(account, message),
    )


def bring(project: Project, store: Store, sender: Sender, signed: SignedClaim) -> Receipt:
    """Sends another's signed claim.

    Raises:
        Refused: It is for another chain or project.
        NothingToDo: It was used or cancelled, or no root that can be claimed against has this leaf.
        Reverted: The contract refuses (`SignatureExpired`, `WrongSignature`).
    """
    distributor = project.distributor
    if (signed.chain_id, signed.distributor) != (project.network.chain_id, distributor.address):
        raise Refused(f"signed for {signed.distributor} on chain {signed.chain_id}, not for this project")
    if signed.nonce != distributor.nonces(signed.account):
        raise NothingToDo(f"this signature of {signed.account} was used or cancelled")
    root, leaf = _leaf(project, store, signed)
    call = distributor.claim_signed(root, leaf, signed.to, signed.deadline, signed.signature)
    return sender.send(call)


def _leaf(project: Project, store: Store, signed: SignedClaim) -> tuple[int, Claim]:
    """The signed leaf in the latest active root that has it: the account may have earned more since."""
    for header in reversed(project.headers()):
        if project.phase(header.round) is not Phase.ACTIVE:
            continue
        tree = payouts_of(project, store, header)
        claim = tree.claim(signed.account)
        if claim is None or claim.cumulative < signed.cumulative:
            break
        if claim.cumulative == signed.cumulative:
            return tree.root.sequence, claim
    raise NothingToDo(f"no payout of {signed.account} is {signed.cumulative} token units")
