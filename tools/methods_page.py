"""Prints the table of methods in docs/valuation.md, from the methods themselves.

python tools/methods_page.py        prints it
python tools/methods_page.py PAGE   puts it into the page, in place of the old one
"""

import inspect
import sys
from pathlib import Path

from valuation import methods
from valuation.federated.method import MethodSpec
from valuation.mechanism import METHODS, MethodRule
from valuation.parameters import wanted
from valuation.shapley.methods import METHODS as ESTIMATORS

HEAD = "| method | what it is | needs | parameters in a mechanism | source |\n|---|---|---|---|---|"


def table() -> str:
    """Return the table, one row a method."""
    return "\n".join([HEAD, *(row(spec, METHODS[name]) for name, spec in methods().items())])


def row(spec: MethodSpec, rule: MethodRule) -> str:
    """Return a method's row."""
    parameters = [f"`{name}`: {wanted(allowed)}" for name, allowed in rule.parameters.items()]
    parameters += ["`history`"] if rule.remembers else []
    cells = [f"`{spec.name}`", title(spec), "; ".join(needs(spec)), "; ".join(parameters), spec.paper]
    return f"| {' | '.join(cells)} |"


def title(spec: MethodSpec) -> str:
    """Return the first sentence of the file that a method stands in, without its end."""
    estimator = ESTIMATORS.get(spec.name.replace("-", "_"))
    module = inspect.getmodule(estimator.estimate if estimator else spec.function)
    first, _, _ = (inspect.getdoc(module) or "").partition("\n\n")
    return " ".join(first.split()).partition(". ")[0].rstrip(".")


def needs(spec: MethodSpec) -> list[str]:
    """Return what a method takes for granted, in words."""
    held = spec.assumptions
    most = held.maximum_peers or spec.limit({})
    return [
        *([f"{held.minimum_peers} peers"] if held.minimum_peers > 1 else []),
        *(
            [f"up to {most} peers" if held.maximum_peers else f"up to {most} peers, unless it draws"]
            if most
            else []
        ),
        *(["everybody in every round"] if held.full_participation else []),
        *(["equal weights"] if held.equal_weights else []),
        *([f"`{held.per_peer}`"] if held.per_peer else []),
        *(["disjoint blocks of parameters"] if spec.vertical else []),
        *(["`rng`"] if draws_always(spec) else []),
    ]


def draws_always(spec: MethodSpec) -> bool:
    """Say whether a method cannot do without a generator."""
    parameter = inspect.signature(spec.function).parameters.get("rng")
    return parameter is not None and parameter.default is inspect.Parameter.empty


def replaced(page: str) -> str:
    """Return a page with its table of methods made anew."""
    before, _, rest = page.partition(HEAD)
    after = rest.partition("\n\n")[2]
    return f"{before}{table()}\n\n{after}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
        path.write_text(replaced(path.read_text()))
    else:
        print(table())
