"""What a public docstring has to say, found in source texts; `test_docstrings.py` holds the code to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SHAPE = re.compile(r"\((?:[\w*^+\- ]+,)+[\w*^+\-| ]*\)|\(\)|scalar|same shape|of the shape|as long as")
ARRAYS = re.compile(r"\b(NDArray|ArrayLike)\b")
UNITS = {
    r"seconds|timeout|duration|deadline|patience|pause": "second|minute|block|phase",
    r"amount|stake|budget|pot|slash|bond": "token|wei|unit|budget|basis|stake",
    r"fee|tip|wei": "wei|gas|fee",
    r"loss(es)?": r"nat|unit|loss",
    r"bytes_limit|max_bytes": "byte",
}
SOURCE = re.compile(
    r"\b(19|20)\d\d\b|\d{4}\.\d{4,5}|[Ss]ection|[Ee]q(uation|\.)|[Tt]heorem|[Aa]lgorithm|closed form|docs/"
    r"|this project's own"
)


@dataclass(frozen=True)
class Function:
    """A public function or method, with what is said above it.

    Attributes:
        name: As it is called in its module.
        line: Where it begins.
        node: Its syntax tree.
        said: Its own docstring, and that of its class.
        around: The docstring of its module.
    """

    name: str
    line: int
    node: ast.FunctionDef
    said: str
    around: str
    module: ast.Module = field(repr=False)


def functions(source: str) -> Iterator[Function]:
    """Every public function, and every public method of a public class."""
    module = ast.parse(source)
    around = ast.get_docstring(module) or ""
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield Function(node.name, node.lineno, node, ast.get_docstring(node) or "", around, module)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            above = ast.get_docstring(node) or ""
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"):
                    said = f"{ast.get_docstring(part) or ''}\n{above}"
                    yield Function(f"{node.name}.{part.name}", part.lineno, part, said, around, module)


def missing(
    source: str, *, sourced: Collection[str] = (), bases: Mapping[str, Collection[str]] = MappingProxyType({})
) -> list[str]:
    """What the docstrings of a module leave out, as `line name: what`.

    Args:
        source: The module's text.
        sourced: Names of functions that have to say where they come from.
        bases: The names of each error's base classes: who names one of them has named it.
    """
    found = []
    for each in functions(source):
        if is_overload(each.node):
            continue
        lacks = [*_shapes(each), *_units(each), *_errors(each, bases)]
        if each.name in sourced and not SOURCE.search(each.said + each.around):
            lacks.append("no source")
        found += [f"{each.line} {each.name}: {what}" for what in lacks]
    return found


def is_overload(node: ast.FunctionDef) -> bool:
    """Whether it only tells a type checker something, or implements what another class documents."""
    return any(
        "overload" in ast.unparse(each) or "override" in ast.unparse(each) for each in node.decorator_list
    )


def _shapes(each: Function) -> Iterator[str]:
    arguments = [*each.node.args.posonlyargs, *each.node.args.args, *each.node.args.kwonlyargs]
    annotations = [argument.annotation for argument in arguments] + [each.node.returns]
    arrays = any(part is not None and ARRAYS.search(ast.unparse(part)) for part in annotations)
    if arrays and not SHAPE.search(each.said):
        yield "no shape of its arrays"


def _units(each: Function) -> Iterator[str]:
    arguments = [*each.node.args.posonlyargs, *each.node.args.args, *each.node.args.kwonlyargs]
    for argument in arguments:
        kind = ast.unparse(argument.annotation) if argument.annotation else ""
        if not re.search(r"\b(int|float)\b", kind) or "Callable" in kind:
            continue
        for names, units in UNITS.items():
            if re.fullmatch(rf"(.*_)?({names})", argument.arg) and not re.search(
                units, each.said, re.IGNORECASE
            ):
                yield f"no unit of {argument.arg}"


def _errors(each: Function, bases: Mapping[str, Collection[str]]) -> Iterator[str]:
    helpers = {
        node.name: node
        for node in each.module.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_")
    }
    for error in sorted(_raised(each.node, helpers, set())):
        if not any(re.search(rf"\b{name}\b", each.said) for name in (error, *bases.get(error, ()))):
            yield f"does not say that it raises {error}"


def _raised(node: ast.FunctionDef, helpers: dict[str, ast.FunctionDef], seen: set[str]) -> set[str]:
    """The errors that a function raises itself, or by a private function of its module."""
    found: set[str] = set()
    caught = {
        name.id
        for handler in ast.walk(node)
        if isinstance(handler, ast.ExceptHandler) and handler.type is not None
        for name in ast.walk(handler.type)
        if isinstance(name, ast.Name)
    }
    for part in ast.walk(node):
        if isinstance(part, ast.Raise) and part.exc is not None:
            what = part.exc.func if isinstance(part.exc, ast.Call) else part.exc
            if isinstance(what, ast.Name | ast.Attribute):
                name = what.id if isinstance(what, ast.Name) else what.attr
                if name[:1].isupper() and name not in ("NotImplementedError", "AssertionError"):
                    found.add(name)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            name = part.func.id
            if name in helpers and name not in seen:
                found |= _raised(helpers[name], helpers, seen | {name})
    return found - caught
