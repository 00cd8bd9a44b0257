"""Bytes to and from the EVM's calls, returns, errors and logs, by the ABI of the committed artifacts.

Stricter than the defaults of eth-abi: fixed-size bytes must have their size (they would be padded otherwise,
and a truncated digest would pass), and addresses come out checksummed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar, cast, get_type_hints

from eth_abi.codec import ABICodec
from eth_abi.decoding import AddressDecoder
from eth_abi.encoding import AddressEncoder, BytesEncoder
from eth_abi.exceptions import ABITypeError, DecodingError, EncodingError, ParseError
from eth_abi.registry import ABIRegistry, BaseEquals, registry
from eth_utils.address import is_checksum_address, to_checksum_address

from valuation.errors import InputError

T = TypeVar("T")


class _ExactBytes(BytesEncoder):
    def validate_value(self, value: object) -> None:
        super().validate_value(value)  # type: ignore[no-untyped-call]
        size = (self.value_bit_size or 0) // 8
        if len(value) != size:  # type: ignore[arg-type]
            self.invalidate_value(value, msg=f"needs exactly {size} bytes")


class _ChecksummedAddress(AddressEncoder):
    @classmethod
    def validate_value(cls, value: object) -> None:
        if not isinstance(value, str) or not is_checksum_address(value):
            cls.invalidate_value(value, msg="is not a checksummed address")


class _ChecksummingDecoder(AddressDecoder):
    decoder_fn = staticmethod(to_checksum_address)


def _strict_codec() -> ABICodec:
    strict: ABIRegistry = registry.copy()  # type: ignore[no-untyped-call]
    strict.unregister_encoder("bytes<M>")
    sized_bytes = BaseEquals("bytes", with_sub=True)  # type: ignore[no-untyped-call]
    strict.register_encoder(sized_bytes, _ExactBytes, label="bytes<M>")
    strict.unregister("address")
    address = BaseEquals("address")  # type: ignore[no-untyped-call]
    strict.register(address, _ChecksummedAddress, _ChecksummingDecoder, label="address")
    return ABICodec(strict)


_CODEC = _strict_codec()


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One input, output or field: its name in Solidity, its type, whether it is an indexed event field."""

    name: str
    type: str
    indexed: bool = False


def parameters(entries: Iterable[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    """The parameters of an ABI entry, structs spelt out as tuples.

    Example:
        >>> struct = [{"name": "x", "type": "uint8"}, {"name": "y", "type": "bytes32[]"}]
        >>> parameters([{"name": "p", "type": "tuple[]", "components": struct}])
        (Parameter(name='p', type='(uint8,bytes32[])[]', indexed=False),)
    """
    return tuple(Parameter(e["name"], _type(e), bool(e.get("indexed"))) for e in entries)


def signature(name: str, wanted: Sequence[Parameter]) -> str:
    """The text whose hash tells functions, errors and events apart.

    Example:
        >>> signature("transfer", [Parameter("to", "address"), Parameter("amount", "uint256")])
        'transfer(address,uint256)'
    """
    return f"{name}({','.join(p.type for p in wanted)})"


def encode(wanted: Sequence[Parameter], values: Sequence[object], *, what: str) -> bytes:
    """ABI-encodes values. Dataclasses count as structs, enums as integers.

    Args:
        wanted: What the ABI asks for.
        values: One for each.
        what: What it is for, in messages.

    Raises:
        InputError: A value does not fit its type, or there are too few or too many.
    """
    if len(values) != len(wanted):
        raise InputError(f"{what} takes {len(wanted)} arguments, not {len(values)}")
    for parameter, value in zip(wanted, values, strict=True):
        if not _CODEC.is_encodable(parameter.type, plain(value)):
            raise InputError(f"{what}: {parameter.name}={value!r} is not a {parameter.type}")
    try:
        return _CODEC.encode([p.type for p in wanted], [plain(v) for v in values])
    except (EncodingError, ABITypeError, ParseError) as error:
        raise InputError(f"{what}: {error}") from None


def decode(wanted: Sequence[Parameter], data: bytes, *, what: str) -> tuple[Any, ...]:
    """ABI-decodes values.

    Raises:
        InputError: The bytes are not what the ABI says.
    """
    try:
        return tuple(_CODEC.decode([p.type for p in wanted], data))
    except (DecodingError, ABITypeError, ParseError, OverflowError, UnicodeDecodeError) as error:
        raise InputError(f"{what}: cannot decode 0x{data[:64].hex()}: {type(error).__name__}") from None


def plain(value: Any) -> Any:
    """Dataclasses as tuples of their fields, all the way down; anything else as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(plain(getattr(value, f.name)) for f in dataclasses.fields(value))
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def build(kind: type[T], values: Sequence[Any]) -> T:
    """A dataclass from the values of a decoded struct, in order; enums and nested structs become theirs.

    Example:
        >>> from chain.contracts.types import Peer
        >>> build(Peer, (5, 0, 0, 1)).role
        <Role.TRAINER: 1>
    """
    hints = _hints(cast(Hashable, kind))
    return kind(*(_as(hint, v) for hint, v in zip(hints, values, strict=True)))


def _as(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value)
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return hint(value)
    return value


@cache
def _hints(kind: Any) -> tuple[Any, ...]:
    hints = get_type_hints(kind)
    return tuple(hints[f.name] for f in dataclasses.fields(kind))


def _type(entry: Mapping[str, Any]) -> str:
    kind: str = entry["type"]
    if kind.startswith("tuple"):
        inner = ",".join(_type(component) for component in entry["components"])
        return f"({inner}){kind.removeprefix('tuple')}"
    return kind
