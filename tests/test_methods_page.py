"""The page on methods lists them as they are."""

import re
import subprocess
import sys
from pathlib import Path

from valuation import methods
from valuation.mechanism import METHODS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "valuation.md").read_text()
sys.path.insert(0, str(ROOT / "tools"))

import methods_page  # noqa: E402


def test_the_table_is_that_of_the_methods() -> None:
    assert methods_page.table() in PAGE
    assert methods_page.replaced(PAGE) == PAGE


def test_every_method_has_a_row_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| [A-Z]", PAGE, flags=re.M)
    assert rows == list(methods())
    # What only a project can be paid by is told in the text above the table.
    others = set(METHODS) - set(rows)
    assert others == {"gauntlet", "shapley-design", "shapley-sampled"}
    assert all(f"`{name}`" in PAGE for name in others)


def test_its_script_runs_and_prints_values_and_pay() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "comfedsv" in ran.stdout
    assert "largest payout difference" in ran.stdout
