"""The site builds without a warning, loads nothing from another host, and says what the code says."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("furo", reason="the extra `docs` is not installed here")
pytest.importorskip("latex2mathml")

ROOT = Path(__file__).parents[2]
PAGES = {
    "index.html": None,
    "exit-codes.html": None,
    "gallery/index.html": None,
    "gallery/generated/01_axioms.html": None,
    "gallery/generated/which_mechanism.html": None,
    "tutorials/trainer.html": None,
    "explanation/glossary.html": None,
    "reference/generated/commands.html": "weighhouse-peer-submit",
    "reference/generated/errors.html": "error-insufficientfunds",
    "reference/generated/contracts.html": "contract-rewarddistributor",
    "reference/generated/schemas.html": "mechanism",
    "reference/generated/valuation.federated.html": "valuation.federated.fedsv.fedsv",
    "reference/generated/valuation.html": "valuation.stopping.StoppingRule",
    "reference/generated/chain.roles.html": "chain.roles.auditor.Auditor.audit",
}


class Assets(HTMLParser):
    """What a browser would load for a page by itself, and every place that can be linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        if tag == "link" and given.get("rel") not in ("stylesheet", "icon", "preload", "prefetch"):
            return
        names = ("href", "src") if tag == "link" else ("src", "srcset", "data", "poster")
        self.loaded += [given[name] for name in names if name in given]


def parsed(page: Path) -> Assets:
    parser = Assets()
    parser.feed(page.read_text())
    return parser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    made = subprocess.run(
        [ROOT / "tools" / "docs", sys.executable, folder],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "WARNING" not in made.stdout + made.stderr
    return folder


def test_the_pages_and_places_that_others_link_to_are_there(site: Path) -> None:
    for name, anchor in PAGES.items():
        assert (site / name).is_file(), name
        assert anchor is None or anchor in parsed(site / name).anchors, (name, anchor)


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    loaded = {asset for page in pages for asset in parsed(page).loaded}
    assert len(pages) > 40
    assert loaded
    assert not {asset for asset in loaded if re.match(r"(?:[a-z]+:)?//", asset)}


def test_no_style_sheet_loads_anything_from_another_host(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert not re.findall(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^)"']+""", sheet.read_text()), sheet


def test_formulas_are_drawn_by_the_browser(site: Path) -> None:
    assert "<math" in (site / "explanation" / "glossary.html").read_text()


def test_the_scan_finds_a_foreign_script_style_and_image(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<link rel="stylesheet" href="https://a.example/x.css"><script src="//b.example/y.js"></script>'
        '<img src="http://c.example/z.png"><a href="https://d.example">not loaded</a>'
    )
    assert [asset.rpartition("/")[2] for asset in parsed(page).loaded] == ["x.css", "y.js", "z.png"]
