"""Every program of the gallery runs, and its page shows what it prints and draws."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

nbformat = pytest.importorskip("nbformat", reason="the extra `docs` is not installed here")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "docs" / "gallery").glob("*.py"))
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
        from extensions import gallery

        return gallery


@pytest.fixture(scope="module")
def pages(gallery: ModuleType) -> dict[str, str | bytes]:
    return gallery.pages(ROOT)


def name_of(file: Path) -> str:
    return file.stem


def test_there_are_at_least_eight_scripts_and_three_notebooks() -> None:
    assert len(SCRIPTS) >= 8
    assert len(NOTEBOOKS) >= 3


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_a_script_run_again_prints_and_draws_what_its_page_shows(
    script: Path, gallery: ModuleType, pages: dict[str, str | bytes]
) -> None:
    again = gallery.run(script, ROOT)
    assert re.search(r"^It prints:\n\n```text\n.+\n```$", again.text, re.MULTILINE | re.DOTALL)
    assert again.text == pages[f"{script.stem}.md"]
    assert set(again.pictures) == set(re.findall(r'"(\w+\.svg)"', script.read_text()))
    for name, picture in again.pictures.items():
        assert picture.startswith(b"<?xml")
        assert picture == pages[name]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_a_notebooks_page_has_its_cells_and_pictures(notebook: Path, pages: dict[str, str | bytes]) -> None:
    page = pages[f"{notebook.stem}.md"]
    assert isinstance(page, str)
    cells = nbformat.read(notebook, as_version=4).cells
    assert all(cell.source in page for cell in cells if cell.cell_type == "code")
    headings = re.findall(r"^#+ .+$", "\n".join(cell.source for cell in cells), re.MULTILINE)
    assert headings
    assert all(heading in page for heading in headings)
    pictures = re.findall(r"\]\((\S+\.svg)\)", page)
    assert pictures
    assert all(b"<svg" in pages[name] for name in pictures)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_a_notebook_is_valid_and_stores_no_output(notebook: Path) -> None:
    found = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    nbformat.validate(found)
    assert (found.nbformat, found.nbformat_minor) == (4, 5)
    for cell in found.cells:
        assert cell.cell_type == "markdown" or (not cell.outputs and cell.execution_count is None)


def test_the_index_has_a_line_for_each_and_a_picture_where_there_is_one(
    pages: dict[str, str | bytes],
) -> None:
    entries = str(pages["list.txt"]).split("\n**[")
    assert len(entries) == len(SCRIPTS) + len(NOTEBOOKS)
    for file, entry in zip([*SCRIPTS, *NOTEBOOKS], entries, strict=True):
        assert f"](generated/{file.stem}.md)**\n\n" in entry
        assert entry.split("\n\n")[1].endswith((".", "?", ":"))
        assert ("```{image} generated/" in entry) == (".svg)" in str(pages[f"{file.stem}.md"]))


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "import nothing_of_this_name"])
def test_a_script_that_fails_stops_the_build(code: str, tmp_path: Path, gallery: ModuleType) -> None:
    script = tmp_path / "failing.py"
    script.write_text(f'"""A title\n\nA line.\n"""\n\n{code}\n')
    with pytest.raises(RuntimeError, match=r"failing\.py ended with [13]"):
        gallery.run(script, ROOT)
