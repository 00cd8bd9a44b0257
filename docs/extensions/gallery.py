"""The gallery's pages: made by running every script and notebook, so that none is out of date."""

from __future__ import annotations

import ast
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

# Nobody has to know that a notebook is run.
logging.getLogger("traitlets").setLevel(logging.WARNING)

SECONDS = 300
"""Nothing here takes as long, however busy the machine."""


@dataclass(frozen=True)
class Page:
    """What came of a script or a notebook.

    Attributes:
        name: The file's name without its ending.
        title: Its first line.
        line: What it says of itself in a sentence.
        text: The page, in Markdown.
        pictures: The pictures that it drew, by file name.
    """

    name: str
    title: str
    line: str
    text: str
    pictures: dict[str, bytes]


def sources(root: Path) -> list[Path]:
    """Return the scripts and the notebooks, in the order of the index."""
    docs = root / "docs"
    return [*sorted(docs.glob("gallery/*.py")), *sorted(docs.glob("notebooks/*.ipynb"))]


def run(source: Path, root: Path) -> Page:
    """Run a script or a notebook in a process and an empty folder of its own.

    Raises:
        RuntimeError: a script ended with another code than 0.
        CellExecutionError: a notebook's cell raised something.
    """
    with TemporaryDirectory(prefix="gallery-") as folder:
        does = _script if source.suffix == ".py" else _notebook
        return does(source, root, Path(folder))


def pages(root: Path) -> dict[str, str | bytes]:
    """Run everything, two at a time, and return the pages, their pictures and the list for the index."""
    # Notebooks take longest and go first.
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda source: run(source, root), reversed(sources(root))))[::-1]
    found: dict[str, str | bytes] = {f"{page.name}.md": page.text for page in done}
    for page in done:
        found.update(page.pictures)
    return {**found, "list.txt": "\n".join(_entry(page) for page in done)}


def _script(source: Path, root: Path, folder: Path) -> Page:
    code = source.read_text()
    ran = subprocess.run(
        [sys.executable, source],
        cwd=folder,
        env=_environment(root),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{source.name} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    title, _, about = (ast.get_docstring(ast.parse(code)) or "").partition("\n\n")
    program = code.split('"""\n', 1)[1].strip()
    pictures = {file.name: file.read_bytes() for file in sorted(folder.glob("*.svg"))}
    text = [f"# {title}", about, *(f"![{title}]({name})" for name in pictures)]
    text += ["It prints:", _fenced("text", ran.stdout), f"`docs/gallery/{source.name}`:"]
    text += [_fenced("python", program)]
    return Page(source.stem, title, _first_sentence(about), _joined(text), pictures)


def _notebook(source: Path, root: Path, folder: Path) -> Page:
    notebook = nbformat.read(source, as_version=4)
    # Through files of its folder, not through ports that everybody on the machine can reach.
    kernel = {"transport": "ipc", "connection_file": str(folder / ".kernel.json")}
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        coalesce_streams=True,  # else what is printed falls apart by the time at which it comes
        resources={"metadata": {"path": folder}},
        config=Config(KernelManager=kernel),
    )
    client.execute(env=_environment(root) | {"IPYTHONDIR": str(folder / ".ipython")})
    first, *_ = notebook.cells
    title, _, about = first.source.removeprefix("# ").partition("\n\n")
    text: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            # Links lead from the notebook, and the page lies one folder deeper.
            text.append(cell.source.replace("](../", "](../../").replace(".ipynb)", ".md)"))
            continue
        text.append(_fenced("python", cell.source))
        for output in cell.outputs:
            data = {"text/plain": output.text} if output.output_type == "stream" else output.data
            if "image/svg+xml" in data:
                name = f"{source.stem}-{len(pictures) + 1}.svg"
                pictures[name] = data["image/svg+xml"].encode()
                text.append(f"![A picture of what was computed above]({name})")
            else:
                text.append(_fenced("text", data["text/plain"]))
    text.append(f"This page is the notebook `docs/notebooks/{source.name}`.")
    return Page(source.stem, title, _first_sentence(about), _joined(text), pictures)


def _environment(root: Path) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    # Two programs run at a time: threads of linear algebra would wait for each other, up to tenfold.
    return {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _entry(page: Page) -> str:
    link = f"[{page.title}](generated/{page.name}.md)"
    picture = next(iter(page.pictures), None)
    shown = f"```{{image}} generated/{picture}\n:alt: {page.title}\n:width: 360px\n```\n" if picture else ""
    return f"**{link}**\n\n{page.line}\n\n{shown}"


def _first_sentence(text: str) -> str:
    sentence, dot, _ = " ".join(text.split()).partition(". ")
    return sentence + dot.strip()


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def _joined(pieces: list[str]) -> str:
    return "\n\n".join(pieces) + "\n"
