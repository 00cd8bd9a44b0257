"""What the README shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from chain.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text()
COMMANDS = re.findall(r"^weighhouse ([a-z]+(?: [a-z]+)?)[^\n#]*", README, flags=re.M)


def test_its_python_runs_and_prints_values() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ada" in ran.stdout
    assert "largest payout difference" in ran.stdout
    assert "leave-one-out" in ran.stdout


@pytest.mark.parametrize("words", sorted(set(COMMANDS)))
def test_its_commands_exist(words: str) -> None:
    command: click.Command = main
    for word in words.split():
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert not isinstance(command, click.Group)
