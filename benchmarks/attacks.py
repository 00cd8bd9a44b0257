"""What every known attack earns under every mechanism, and what one trainer gains by appearing ten times.

Pay is relative to an honest trainer with the same resources; model damage is how much the final validation
loss is above that without the attacker; honest loss is the part of their pay that honest trainers lose. The
last table is the price of proof of computation: how often an honest update is refused as unproven.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from report import aligned, arguments, emit

from valuation.attacks.catalogue import ATTACKS
from valuation.attacks.chart import chart
from valuation.attacks.game import Setting, play
from valuation.attacks.judges import JUDGES_ATTACKS
from valuation.attacks.mechanisms import MECHANISMS
from valuation.attacks.tables import FULL, QUICK, Size, attack_rows, named, replication_rows
from valuation.mechanism import default_mechanism
from valuation.problem import problem_of

Rows = list[dict[str, Any]]

NOTES = """## How to read it

An attack that earns more than 5 % is open. The interval is over seeds, 64 for `default` and 4 for the others
(on a transformer instead of digits: [transformer.md](transformer.md)); updates that know nothing of their
sender's data pass the proof of computation once in a hundred rounds, so small numbers are such luck.

Four that stay open do an honest trainer's work on the assigned data and something besides: `stale-base`,
`stretching`, `test-data-besides`, `backdoor`. What they are paid is what they bring. `test-data-besides` is
open wherever the evaluation data are known before the round, as those of a public data set are. More than
half of the stake decides what was measured: against that there are audits, the guardian and the court, not
the median.

In the originals' columns an update can be copied within the round, as if it had leaked; the chain's
commitments prevent that under any mechanism. Splitting is measured for each method bare, without any check,
so that its own answer is seen; `default` has the checks. Of the counters, stake per identity divides every
gain by the number of identities (`per stake`).

Not played, of the forty rows of the catalogue: what no decoder lets in (10, 11), and what is a matter of
contracts, of sending and of judges' stakes and not of scores (24, 26 to 28, 30 to 40): see docs/security.md.
"""


def false_refusals(seeds: int, alphas: Iterable[float], honest: int, rounds: int) -> Rows:
    """Return how often honest updates are refused as unproven, by how unlike the trainers' labels are."""
    rows = []
    for alpha in alphas:
        setting = Setting(problem_of(default_mechanism(alpha=alpha)), honest=honest, rounds=rounds)
        refused = 0
        for seed in range(seeds):
            outcome = play(setting, None, seed)
            refused += sum(count for (_, reason), count in outcome.refused.items() if reason == "unproven")
        played = seeds * rounds * honest
        rows.append({"alpha": alpha, "updates": played, "refused": refused, "share": refused / played})
    return rows


def by_attack(rows: Sequence[dict[str, Any]]) -> Rows:
    """Return a table for people: attacks down, mechanisms across, relative pay in per cent."""
    meanings = {**ATTACKS, **JUDGES_ATTACKS}
    return [
        {
            "attack": name,
            "catalogue": ", ".join(map(str, meanings[name].rows)),
            **{row["mechanism"]: f"{100 * row['relative_pay']:.1f}" for row in rows if row["name"] == name},
        }
        for name in dict.fromkeys(row["name"] for row in rows)
    ]


def measure(names: Sequence[str], size: Size, jobs: int) -> Rows:
    """Return the rows of attacks; the default mechanism is played sixteen times as often."""
    more = replace(size, seeds=16 * size.seeds) if size is FULL else size
    others = [name for name in names if name != "default"]
    return attack_rows(named(["default"]), more, jobs) + attack_rows(named(others), size, jobs)


def page(tables: dict[str, Rows], command: str) -> str:
    """Return the tables as the page of the documentation."""
    titles = {
        "attacks": "Every attack under the default mechanism",
        "relative pay, %": "Relative pay under other mechanisms, in per cent",
        "replication": "What one trainer gains by appearing ten times",
        "honest updates refused": "How often honest work is refused as unproven",
    }
    parts = [f"# What attacks earn\n\n{__doc__}\nWritten by `{command}`, not by hand. ![plot](attacks.svg)\n"]
    for name, title in titles.items():
        rows = tables[name]
        if name == "attacks":
            rows = [row for row in rows if row["mechanism"] == "default"]
        body = "\n".join(aligned(rows))
        parts.append(f"## {title}\n\n```\n{body}\n```\n")
    parts.append(NOTES)
    meanings = "\n".join(
        f"- **{name}**: {attack.meaning}" for name, attack in {**ATTACKS, **JUDGES_ATTACKS}.items()
    )
    return "\n".join([*parts, f"## The attacks\n\n{meanings}\n"])


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, help="write the tables there, as a page")
    parser.add_argument("--plot", type=Path, help="write a picture (SVG) there")
    options = parser.parse_args()
    size = QUICK if options.quick else FULL
    # The transformer takes hours at this size: benchmarks/transformer.py plays it in a smaller one.
    names = ["default"] if options.quick else [name for name in MECHANISMS if name != "transformer"]
    rows = measure(names, size, options.jobs)
    tables = {
        "attacks": rows,
        "relative pay, %": by_attack(rows),
        "replication": replication_rows(size, options.jobs),
        "honest updates refused": false_refusals(1, [10.0], 3, 2)
        if options.quick
        else false_refusals(6, [1000.0, 10.0, 1.0], 6, 6),
    }
    if options.plot:
        options.plot.write_text(chart(rows))
    if options.out:
        options.out.write_text(
            page(tables, "python benchmarks/attacks.py --out docs/attacks.md --plot docs/attacks.svg")
        )
    emit(tables, options.json)


if __name__ == "__main__":
    main()
