"""Writes the pages under `reference/generated` before Sphinx looks; leaves alone what has not changed."""

from pathlib import Path

from sphinx.application import Sphinx

from extensions import api, commands, contracts, errors, schemas

ROOT = Path(__file__).resolve().parents[2]


def write_pages(app: Sphinx) -> None:
    """Write every page that the code gives, and remove those that it no longer gives."""
    folder = Path(app.srcdir) / "reference" / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        **api.pages(ROOT),
        "commands.md": commands.page(),
        "contracts.md": contracts.page(ROOT),
        "errors.md": errors.page(),
        "schemas.md": schemas.page(ROOT),
    }
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
    for stale in {file.name for file in folder.glob("*.md")} - set(pages):
        (folder / stale).unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the pages written when a build begins."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
