"""Whoever types what a tutorial shows gets what it shows."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks, run, shows

TUTORIALS = ROOT / "docs" / "tutorials"
# A page that goes on where another ended runs after it, in its shell.
TOGETHER = [["trainer", "recompute", "auditor"], ["owner"], ["evaluator"], ["researcher"]]


@pytest.mark.parametrize("names", TOGETHER, ids="-".join)
def test_a_tutorial_does_what_it_shows(names: list[str], tmp_path: Path) -> None:
    ran = list(run([TUTORIALS / f"{name}.md" for name in names], tmp_path))
    assert ran
    for block, output in ran:
        assert shows(output, block.output), f"{block.text}\nshows\n{block.output}\nand printed\n{output}"


def test_every_tutorial_is_run() -> None:
    assert {page.stem for page in TUTORIALS.glob("*.md")} == {name for names in TOGETHER for name in names}


def test_no_shown_command_is_left_out_but_what_installs_and_what_needs_a_liar() -> None:
    left_out = {
        line.partition("#")[0].strip()
        for page in TUTORIALS.glob("*.md")
        for block in re.findall(r"^```bash\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
        if line.startswith("weighhouse")
    }
    assert left_out == {"weighhouse audit --challenge --dev-account 5"}


def test_blocks_are_read_with_their_language_file_and_output() -> None:
    page = "```sh\nls\n```\n\n```output\na\n```\n\n```bash\nno\n```\n"
    page += "```{code-block} python\n:caption: x.py\npass\n```\n"
    assert blocks(page) == [Block("sh", "ls\n", "", "a\n"), Block("python", "pass\n", "x.py")]


@pytest.mark.parametrize(
    ("output", "shown", "holds"),
    [
        ("a  b\nc\n", "a b\n", True),
        ("a\nb\nc\n", "a\nc\n", True),
        ("a\nb\nc\n", "c\na\n", False),
        ("claimed 12 tokens\n", "claimed ... tokens\n", True),
        ("claimed 12 token\n", "claimed ... tokens\n", False),
        ("ab\n", "a\n", False),
        ("anything\n", "", True),
    ],
)
def test_shown_output_is_compared_line_by_line(output: str, shown: str, holds: bool) -> None:
    assert shows(output, shown) is holds
