"""Writes the pages that the code gives before Sphinx looks; leaves alone what has not changed."""

from collections.abc import Mapping
from pathlib import Path

from sphinx.application import Sphinx

from extensions import api, commands, contracts, errors, gallery, schemas

ROOT = Path(__file__).resolve().parents[2]


def write_pages(app: Sphinx) -> None:
    """Write every page that the code gives, and remove those that it no longer gives."""
    reference = {
        **api.pages(ROOT),
        "commands.md": commands.page(),
        "contracts.md": contracts.page(ROOT),
        "errors.md": errors.page(),
        "schemas.md": schemas.page(ROOT),
    }
    _write(Path(app.srcdir) / "reference" / "generated", reference)
    _write(Path(app.srcdir) / "gallery" / "generated", gallery.pages(ROOT))


def _write(folder: Path, pages: Mapping[str, str | bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        file, content = folder / name, page if isinstance(page, bytes) else page.encode()
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)
    for stale in {file.name for file in folder.iterdir()} - set(pages):
        (folder / stale).unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the pages written when a build begins."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
