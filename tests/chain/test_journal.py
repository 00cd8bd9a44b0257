"""The journal tells what may be in flight, whatever moment a process ended at."""

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import NetworkError, StoreError
from chain.journal import Entry, Journal, Step

GENESIS = b"\x01" * 32
keys = st.text(min_size=1, max_size=8)
entries = st.builds(
    Entry,
    key=keys,
    step=st.sampled_from(Step),
    call=st.just("0xab"),
    nonce=st.integers(0, 2**64),
    hash=st.just("0xcd"),
    raw=st.just("0xef"),
    block=st.integers(-1, 10**9),
)


def journal(path: Path) -> Journal:
    return Journal(path, chain_id=1337, genesis_hash=GENESIS)


def entry(key: str, step: Step = Step.INTENT, nonce: int = 0) -> Entry:
    return Entry(key, step, "0xab", nonce)


@settings(max_examples=30)
@given(st.lists(entries, max_size=12))
def test_the_last_step_of_each_key_is_remembered_by_whoever_opens_the_file(
    tmp_path_factory: pytest.TempPathFactory, written: list[Entry]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "deep" / "journal.jsonl"
    ours = journal(path)
    for step in written:
        ours.record(step)
    last = {step.key: step for step in written}
    for key, step in last.items():
        assert ours.latest(key) == step
        assert journal(path).latest(key) == step
    assert ours.latest("a key that nobody wrote") is None


@settings(max_examples=50)
@given(st.lists(entries, min_size=1, max_size=5), st.data())
def test_a_journal_cut_at_any_byte_keeps_its_whole_lines_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, written: list[Entry], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    first = journal(path)
    for step in written:
        first.record(step)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    survivors = written[: max(0, whole[:cut].count(b"\n") - 1)]
    second = journal(path)
    for key in {step.key for step in written}:
        assert second.latest(key) == {step.key: step for step in survivors}.get(key)
    added = entry("after the crash")
    second.record(added)
    third = journal(path)
    assert third.latest("after the crash") == added
    assert [json.loads(line) for line in path.read_text().splitlines()][1:] == [
        {**vars(step)} for step in [*survivors, added]
    ]


def test_a_journal_of_another_chain_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal(path).record(entry("a"))
    for chain_id, genesis in ((1, GENESIS), (1337, b"\x02" * 32)):
        with pytest.raises(NetworkError, match="restarted dev chain"):
            Journal(path, chain_id=chain_id, genesis_hash=genesis)


@pytest.mark.parametrize(
    "line", ["not json", "{}", "[]", "null", '{"key": "a"}', '{"step": "unheard of"}', "\x00\x00"]
)
def test_a_damaged_line_is_named_with_its_number(line: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal(path).record(entry("a"))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, line, lines[-1], ""]))
    with pytest.raises(StoreError, match="line 3"):
        journal(path)


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for text in ("# notes", "# notes\n", "[1]\n", '"text"\n', "null\n", "{"):
        path.write_text(text)
        if text == "{":  # may be the first byte of a journal's first line
            assert journal(path).latest("a") is None
        else:
            with pytest.raises(StoreError):
                journal(path)
            assert path.read_text() == text


def test_two_journals_on_one_file_see_what_the_other_writes(tmp_path: Path) -> None:
    first, second = journal(tmp_path / "j"), journal(tmp_path / "j")
    for index in range(5):
        first.record(entry(f"a{index}"))
        second.record(entry(f"b{index}"))
        assert second.latest(f"a{index}") == entry(f"a{index}")
        assert first.latest(f"b{index}") == entry(f"b{index}")


def _write_many(path: str, name: str, count: int) -> None:
    ours = journal(Path(path))
    for index in range(count):
        ours.record(entry(f"{name}{index}", nonce=index))


def test_processes_write_whole_lines_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "j"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(str(path), name, 30)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    found = journal(path)
    assert len(path.read_text().splitlines()) == 91
    for name in "abc":
        assert found.latest(f"{name}29") == entry(f"{name}29", nonce=29)


def test_a_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal(path).record(entry("a"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_step_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        journal(tmp_path / "file" / "journal.jsonl").record(entry("a"))
    with pytest.raises(StoreError, match="cannot write"):
        journal(Path("/dev/full")).record(entry("a"))


def test_steps_replace_each_other(tmp_path: Path) -> None:
    ours = journal(tmp_path / "j")
    first = entry("a")
    for step in (Step.INTENT, Step.SIGNED, Step.CONFIRMED):
        ours.record(replace(first, step=step))
    found = ours.latest("a")
    assert found is not None
    assert found.step is Step.CONFIRMED
