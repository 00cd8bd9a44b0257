"""The page of named errors: what each means, and the exit code with which a command ends on it."""

import inspect

import chain.contracts.errors
import chain.errors
import valuation.errors
from chain.cli.output import exit_code
from extensions.docstrings import markdown
from valuation.errors import WeighhouseError

CODES = {
    1: "a defect: run again with `WEIGHHOUSE_DEBUG=1` and report the traceback",
    2: "correct the input that the message names",
    3: "look at the file, key or package that the message names",
    4: "look at the node behind `--network`, then run the command again",
    5: "run `weighhouse audit`: what chain, store and recomputation say differs",
    6: "the contract's reason is the error's name; nothing was changed",
    7: "look at `weighhouse project status`: wait, or it is too late",
    8: "nothing; it is done already",
    9: "use the account, chain or file mode that the message names",
    10: "look at `--store`: bytes are missing or were changed",
}


def page() -> str:
    """Return the page of the errors of both packages."""
    parts = [
        "# Errors\n\nEvery refusal has a name. A command ends on each with an "
        "[exit code](../../exit-codes.md)."
    ]
    for module in (valuation.errors, chain.errors, chain.contracts.errors):
        parts.append(f"## `{module.__name__}`")
        parts += [_described(error) for error in _errors(module)]
    return "\n\n".join(parts) + "\n"


def _errors(module: object) -> list[type[WeighhouseError]]:
    return [
        member
        for member in vars(module).values()
        if inspect.isclass(member)
        and issubclass(member, WeighhouseError)
        and member.__module__ == module.__name__  # type: ignore[attr-defined]
    ]


def _described(error: type[WeighhouseError]) -> str:
    # The code depends on the class alone, and some constructors want arguments.
    code = exit_code(error.__new__(error))
    head = f"(error-{error.__name__})=\n### {error.__name__}"
    return f"{head}\n\n{markdown(error.__doc__)}\n\nExit code {code}: {CODES[code]}."
