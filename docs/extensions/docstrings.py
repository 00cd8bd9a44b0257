"""Docstrings as Markdown: text is escaped, sections become lists, examples and formulas stay."""

import inspect
import re
from collections.abc import Iterator

_SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields|Example|Examples|Source|Note|Notes):$")
_ITEM = re.compile(r"(\*{0,2}[\w.]+(?: [\w.]+| \([^)]*\))?|`[^`]+`): (.*)", re.DOTALL)


def escaped(text: str) -> str:
    """Return text in which Markdown sees nothing but `code`.

    >>> escaped("a_b < `c_d` [0, 1]")
    'a\\\\_b \\\\< `c_d` \\\\[0, 1\\\\]'
    """
    parts = re.split(r"(`[^`\n]+`)", text)
    return "".join(
        part
        if part.startswith("`")
        else re.sub(r"([\\*_\[\]<>#|$~`{}:+-])", r"\\\1", part)
        if index % 2 == 0
        else part
        for index, part in enumerate(parts)
    )


def markdown(docstring: str | None) -> str:
    """Return a docstring's Markdown; nothing of nothing."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    return "\n\n".join(_blocks(lines)).strip()


def _blocks(lines: list[str]) -> Iterator[str]:
    position = 0
    while position < len(lines):
        start = position
        if not lines[position].strip():
            position += 1
        elif lines[position].startswith(">>>"):
            position = _end(lines, position, lambda line: bool(line.strip()))
            yield _fenced("pycon", lines[start:position])
        elif lines[position].startswith(" "):
            position = _end(lines, position, lambda line: line.startswith(" ") or not line.strip())
            yield _fenced("text", lines[start:position])
        elif _SECTION.match(lines[position]):
            position = _end(lines, position + 1, lambda line: line.startswith(" ") or not line.strip())
            yield from _section(lines[start].rstrip(":"), lines[start + 1 : position])
        else:
            position = _end(lines, position, lambda line: bool(line.strip()) and not line.startswith(">>>"))
            yield escaped("\n".join(lines[start:position]))


def _end(lines, position, belongs):  # type: ignore[no-untyped-def]
    while position < len(lines) and belongs(lines[position]):
        position += 1
    return position


def _section(name: str, lines: list[str]) -> Iterator[str]:
    body = inspect.cleandoc("\n" + "\n".join(lines))
    yield f"**{name}**"
    if ">>>" in body:
        yield from _blocks(body.splitlines())
        return
    items = re.split(r"\n(?=\S)", body)
    yield "\n".join(f"- {_item(' '.join(item.split()))}" for item in items if item.strip())


def _item(text: str) -> str:
    named = _ITEM.fullmatch(text)
    return f"`{named[1].strip('`')}`: {escaped(named[2])}" if named else escaped(text)


def _fenced(language: str, lines: list[str]) -> str:
    text = inspect.cleandoc("\n" + "\n".join(lines)) if language == "text" else "\n".join(lines).rstrip()
    return f"```{language}\n{text}\n```"
