"""The contracts' interface: the ABI that the package ships, with the NatSpec of the interfaces."""

import json
import re
from pathlib import Path
from typing import Any

from extensions.docstrings import escaped

_SPOKEN = re.compile(r"((?:^[ \t]*///[^\n]*\n)+)[ \t]*(function|event|error) (\w+)", re.MULTILINE)
_KINDS = {"function": "Functions", "event": "Events", "error": "Errors", "constructor": "Constructor"}


def page(root: Path) -> str:
    """Return the page of all shipped contracts but the blueprints, which are creation code."""
    natspec = _natspec(root / "contracts")
    files = sorted((root / "chain" / "artifacts").glob("*.json"))
    contracts = [json.loads(file.read_text()) for file in files if not file.stem.endswith("Blueprint")]
    head = (
        "# Contracts\n\nWhat `chain/artifacts` ships, compiled by solc "
        f"{contracts[0]['compiler']['version']}; the words are those of the interfaces.\n\n"
    )
    return head + "\n\n".join(_contract(contract, natspec) for contract in contracts) + "\n"


def _contract(contract: dict[str, Any], natspec: dict[tuple[str, str], str]) -> str:
    parts = [f"(contract-{contract['contractName']})=\n## {contract['contractName']}"]
    for kind, title in _KINDS.items():
        entries = [entry for entry in contract["abi"] if entry["type"] == kind]
        if entries:
            parts.append(f"**{title}**")
            parts += [_entry(entry, natspec.get((kind, entry.get("name", "")), "")) for entry in entries]
    return "\n\n".join(parts)


def _entry(entry: dict[str, Any], words: str) -> str:
    given = ", ".join(_typed(one) for one in entry.get("inputs", ()))
    outcome = ", ".join(_typed(one) for one in entry.get("outputs", ()))
    shown = f"{entry.get('name', 'constructor')}({given})"
    if entry.get("stateMutability") in ("view", "pure", "payable"):
        shown += f" {entry['stateMutability']}"
    return f"`{shown}{f' returns ({outcome})' if outcome else ''}`" + (f"\n\n{words}" if words else "")


def _typed(value: dict[str, Any]) -> str:
    kind = value.get("internalType", value["type"]).removeprefix("struct ").removeprefix("enum ")
    return " ".join(part for part in (kind, "indexed" if value.get("indexed") else "", value["name"]) if part)


def _natspec(folder: Path) -> dict[tuple[str, str], str]:
    """Return the Markdown of each commented function, event and error; the interfaces' words come first."""
    found: dict[tuple[str, str], str] = {}
    files = sorted(folder.rglob("*.sol"), key=lambda file: (file.parent.name != "interfaces", file))
    for file in files:
        for comment, kind, name in _SPOKEN.findall(file.read_text()):
            found.setdefault((kind, name), _markdown(comment))
    return found


def _markdown(comment: str) -> str:
    text = " ".join(line.strip().removeprefix("///").strip() for line in comment.splitlines())
    pieces = [piece.strip() for piece in re.split(r"@(?=notice|dev|param|return|inheritdoc|custom)", text)]
    said = [
        escaped(re.sub(r"^(notice|dev) ", "", piece))
        for piece in pieces
        if piece.startswith(("notice", "dev"))
    ]
    listed = [
        re.sub(r"^param (\w+) (.*)", lambda m: f"- `{m[1]}`: {escaped(m[2])}", piece)
        if piece.startswith("param")
        else f"- returns {escaped(piece.removeprefix('return').strip())}"
        for piece in pieces
        if piece.startswith(("param", "return"))
    ]
    plain = [escaped(pieces[0])] if pieces[0] else []
    return "\n\n".join([*plain, *said, *(["\n".join(listed)] if listed else [])])
