"""The API reference, read from the sources without importing them: one page a package."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from extensions.docstrings import markdown

PACKAGES = ("valuation", "chain")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def pages(root: Path) -> dict[str, str]:
    """Return the text of each page by its name, `api.md` with the list of all among them."""
    grouped: dict[str, list[Path]] = defaultdict(list)
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            if not any(part.startswith("_") and part != "__init__.py" for part in file.parts):
                grouped[_package_of(file.relative_to(root))].append(file)
    made = {f"{name}.md": _page(name, files, root) for name, files in sorted(grouped.items())}
    listed = "\n".join(name.removesuffix(".md") for name in made)
    return made | {
        "api.md": "# Python\n\nEvery public module, function and class, from the docstrings in the code.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    }


def module_name(file: Path) -> str:
    """Return the dotted name of a module's file.

    >>> module_name(Path("valuation/federated/__init__.py"))
    'valuation.federated'
    """
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _package_of(file: Path) -> str:
    return ".".join(file.parts[:-1][:2])


def _page(name: str, files: list[Path], root: Path) -> str:
    files = sorted(files, key=lambda file: (module_name(file.relative_to(root)) != name, file))
    return f"# {name}\n\n" + "\n\n".join(_module(file, root) for file in files) + "\n"


def _module(file: Path, root: Path) -> str:
    name, tree = module_name(file.relative_to(root)), ast.parse(file.read_text())
    parts = [f"## `{name}`", f":::{{py:module}} {name}\n:::", markdown(ast.get_docstring(tree))]
    parts += [_definition(node, 4) for node in tree.body if _is_public(node)]
    return "\n\n".join(part for part in parts if part)


def _is_public(node: ast.AST) -> bool:
    return isinstance(node, _DEFINITIONS) and not node.name.startswith("_")


def _definition(node: ast.stmt, colons: int, *, inside: bool = False) -> str:
    assert isinstance(node, _DEFINITIONS)
    fence, body = ":" * colons, [markdown(ast.get_docstring(node))]
    if isinstance(node, ast.ClassDef):
        kind, shown = "class", f"{node.name}{_fields(node)}"
        members = [child for child in node.body if _is_public(child)]
        body += [_definition(child, colons - 1, inside=True) for child in members]
    else:
        kind, shown = _kind(node, inside), f"{node.name}{_signature(node, inside)}"
    text = "\n\n".join(part for part in body if part)
    return f"{fence}{{py:{kind}}} {shown}\n\n{text}\n{fence}"


def _kind(node: ast.FunctionDef | ast.AsyncFunctionDef, inside: bool) -> str:
    if not inside:
        return "function"
    decorators = {ast.unparse(one) for one in node.decorator_list}
    return (
        "property" if decorators & {"property", "cached_property", "functools.cached_property"} else "method"
    )


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, inside: bool) -> str:
    if _kind(node, inside) == "property":
        return ""
    given = ast.unparse(node.args)
    if inside and not any(ast.unparse(one) == "staticmethod" for one in node.decorator_list):
        given = given.partition(", ")[2] if ", " in given else ""
    return f"({given})" + (f" -> {ast.unparse(node.returns)}" if node.returns else "")


def _fields(node: ast.ClassDef) -> str:
    """Return what a dataclass is made from, or the constructor's arguments."""
    if any("dataclass" in ast.unparse(one) for one in node.decorator_list):
        return f"({', '.join(_dataclass_fields(node))})"
    made = [child for child in node.body if isinstance(child, ast.FunctionDef) and child.name == "__init__"]
    return _signature(made[0], inside=True).partition(" -> ")[0] if made else ""


def _dataclass_fields(node: ast.ClassDef) -> Iterator[str]:
    for child in node.body:
        if isinstance(child, ast.AnnAssign) and not ast.unparse(child.target).startswith("_"):
            default = f" = {ast.unparse(child.value)}" if child.value else ""
            yield f"{ast.unparse(child.target)}: {ast.unparse(child.annotation)}{default}"
