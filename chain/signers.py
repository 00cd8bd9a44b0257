"""A signer outside this process: Web3Signer, Clef, a hardware bridge, anything that speaks its JSON-RPC.

The key never comes here. What does come back is not believed: a signed transaction must be the one that was
asked for, and every signature must be the account's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from eth_account import Account
from eth_account.datastructures import SignedTransaction
from eth_account.messages import SignableMessage, encode_defunct, encode_typed_data
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from web3 import Web3
from web3.types import RPCEndpoint

from chain.encoding import keccak
from chain.errors import ConfigError, NetworkError, Refused, RpcError
from chain.network import checked_address
from chain.networks.answers import client
from chain.networks.remote import provider_for, redact

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_WHOLE = ("chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas", "value")


class WrongSignature(Refused):
    """What an external signer returned is not what it was asked to sign, or not by the account."""


@dataclass(frozen=True)
class ExternalSigner:
    """An account whose key somebody else keeps.

    Attributes:
        address: The account.
        endpoint: Where its signer is, as far as that may be shown.
    """

    address: str
    endpoint: str
    _web3: Web3 = field(repr=False)

    @classmethod
    def at(cls, url: str, address: str, *, timeout: float = 60.0) -> ExternalSigner:
        """The signer at a URL. A person may have to confirm there, so it is given a minute to answer.

        Raises:
            ConfigError: Not a URL, not an address, or the signer does not have the account.
            Refused: Plain http to another machine.
            NetworkError: No answer.
        """
        checked_address(address)
        parts = urlsplit(url)
        if parts.scheme not in ("https", "wss") and parts.hostname not in _LOOPBACK:
            raise Refused(f"{redact(url)}: a signer on another machine is reached by https only")
        signer = cls(address, redact(url), client(provider_for(url, timeout=timeout), redact(url)))
        known = signer._ask("eth_accounts")
        if not isinstance(known, list) or address.lower() not in [str(each).lower() for each in known]:
            raise ConfigError(f"the signer at {signer.endpoint} does not have the account {address}")
        return signer

    def sign_transaction(self, transaction: dict[str, Any]) -> SignedTransaction:
        """Has an EIP-1559 transaction signed.

        Raises:
            WrongSignature: What came back is another transaction, or another account's.
            Refused: The signer refuses.
            NetworkError: No answer.
        """
        asked = {
            "from": self.address,
            "type": "0x2",
            "data": "0x" + bytes(transaction["data"]).hex(),
            **{name: hex(transaction[name]) for name in _WHOLE},
            **({"to": transaction["to"]} if "to" in transaction else {}),
        }
        answer = self._ask("eth_signTransaction", asked)
        raw = self._bytes(answer.get("raw") if isinstance(answer, dict) else answer)
        try:
            made = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
            sender = Account.recover_transaction(raw)
        except Exception as error:  # whatever a decoder makes of a stranger's bytes
            raise self._wrong("what it returned is no transaction", error) from None
        same = all(int(made[name]) == transaction[name] for name in _WHOLE)
        same = same and bytes(made["data"]) == bytes(transaction["data"]) and not made["accessList"]
        to = "0x" + bytes(made["to"]).hex() if made["to"] else ""
        if not same or to != str(transaction.get("to", "")).lower() or sender != self.address:
            raise self._wrong("it signed another transaction, or for another account")
        return SignedTransaction(
            raw_transaction=HexBytes(raw),
            hash=HexBytes(keccak(raw)),
            r=int(made["r"]),
            s=int(made["s"]),
            v=int(made["v"]),
        )

    def sign_text(self, text: bytes) -> bytes:
        """An EIP-191 signature over text, 65 bytes. Raises as `sign_transaction`."""
        signature = self._ask("personal_sign", "0x" + text.hex(), self.address)
        return self._checked(encode_defunct(text), signature)

    def sign_typed_data(self, message: dict[str, Any]) -> bytes:
        """An EIP-712 signature over `types`, `primaryType`, `domain` and `message`, 65 bytes.

        Raises as `sign_transaction`.
        """
        signature = self._ask("eth_signTypedData_v4", self.address, _safe(message))
        return self._checked(encode_typed_data(full_message=message), signature)

    def _checked(self, message: SignableMessage, answer: Any) -> bytes:
        signature = self._bytes(answer)
        try:
            found = Account.recover_message(message, signature=HexBytes(signature))
        except Exception as error:
            raise self._wrong("what it returned is no signature", error) from None
        if found != self.address:
            raise self._wrong("the signature is another account's, or over something else")
        return signature

    def _ask(self, method: str, *params: object) -> Any:
        try:
            return self._web3.manager.request_blocking(RPCEndpoint(method), params)
        except RpcError as error:
            raise Refused(f"the signer at {self.endpoint} refuses {method}: {error}") from None
        except NetworkError:
            raise NetworkError(f"no answer from the signer at {self.endpoint} to {method}") from None

    def _bytes(self, answer: Any) -> bytes:
        if isinstance(answer, bytes):
            return answer
        try:
            return bytes.fromhex(str(answer).removeprefix("0x"))
        except ValueError as error:
            raise self._wrong("what it returned is not in hexadecimal", error) from None

    def _wrong(self, what: str, error: Exception | None = None) -> WrongSignature:
        kind = f" ({type(error).__name__})" if error else ""
        return WrongSignature(f"the signer at {self.endpoint} is not to be trusted: {what}{kind}")


def _safe(value: Any) -> Any:
    """The same typed data with integers that JSON's doubles cannot hold spelt out as text."""
    if isinstance(value, dict):
        return {name: _safe(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(each) for each in value]
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


def sign_text(account: Any, text: bytes) -> bytes:
    """An EIP-191 signature over text, 65 bytes, by an account of eth-account or an external signer.

    Raises:
        WrongSignature: The external signer returned something else.
        NetworkError: It does not answer.
    """
    if isinstance(account, ExternalSigner):
        return account.sign_text(text)
    return bytes(account.sign_message(encode_defunct(text)).signature)


def sign_typed_data(account: Any, message: dict[str, Any]) -> bytes:
    """An EIP-712 signature, 65 bytes, by either kind of account. Raises as `sign_text`."""
    if isinstance(account, ExternalSigner):
        return account.sign_typed_data(message)
    return bytes(account.sign_typed_data(full_message=message).signature)


def signer_of(text: bytes, signature: bytes) -> str | None:
    """Who signed text as EIP-191 says; None when it is no signature.

    Example:
        >>> signer_of(b"a text", b"nonsense") is None
        True
    """
    try:
        return str(Account.recover_message(encode_defunct(text), signature=HexBytes(signature)))
    except Exception:  # eth-account raises what its parts raise
        return None
