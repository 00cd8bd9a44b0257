"""Private files stay private, whole, and within their folder."""

import stat
from pathlib import Path

import pytest

from chain.errors import ConfigError
from chain.roles.state import NotRemembered, StateFolder, state_name


def test_only_the_owner_can_read_a_state_file(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    state.write("salt", b"secret")
    assert stat.S_IMODE((tmp_path / "state" / "salt").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_second_write_replaces_the_first_and_leaves_no_draft(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    state.write("salt", b"old")
    state.write("salt", b"new")
    assert state.read("salt") == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["salt"]


def test_what_was_never_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotRemembered, match="salt"):
        StateFolder(tmp_path).read("salt")


@pytest.mark.parametrize("name", ["", "../salt", "a/b", ".hidden", "a\0b", "x" * 300])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="not a name"):
        StateFolder(tmp_path).write(name, b"")


def test_two_projects_share_a_folder_without_clashes() -> None:
    names = {
        state_name(project, round, address, "salt")
        for project in ("1:0xa", "2:0xa")
        for round in (1, 2)
        for address in ("0xb", "0xc")
    }
    assert len(names) == 8
