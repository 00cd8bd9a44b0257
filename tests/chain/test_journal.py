"""The journal tells what may be in flight, whatever moment a process ended at."""

import multiprocessing
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import NetworkError, StoreError
from chain.journal import IN_FLIGHT, Attempt, Entry, Intent, Journal, Step

ROOT = Path(__file__).resolve().parents[2]
GENESIS = b"\x01" * 32
intents = st.builds(
    Intent,
    account=st.sampled_from(["0xA", "0xB"]),
    contract=st.sampled_from(["0xC", ""]),
    round=st.integers(0, 2),
    content=st.sampled_from(["0x01", "0x02"]),
    reference=st.sampled_from(["", "gift"]),
)
attempts = st.lists(
    st.builds(
        Attempt,
        hash=st.text("0123456789abcdef", min_size=4, max_size=8),
        raw=st.just("0xef"),
        maximum=st.integers(0, 2**60),
        tip=st.integers(0, 2**60),
    ),
    max_size=3,
).map(tuple)
entries = st.builds(
    Entry,
    intent=intents,
    step=st.sampled_from(Step),
    nonce=st.integers(0, 2**63 - 1),
    gas=st.integers(0, 2**24),
    attempts=attempts,
    block=st.integers(-1, 10**9),
)


def journal(path: Path) -> Journal:
    return Journal(path, chain_id=1337, genesis_hash=GENESIS)


def intent(content: str = "0x01", reference: str = "") -> Intent:
    return Intent("0xA", "0xC", 1, content, reference)


def entry(content: str = "0x01", step: Step = Step.INTENT, nonce: int = 0) -> Entry:
    return Entry(intent(content), step, nonce)


def matches(asked: Intent, written: Intent) -> bool:
    if asked.reference:
        return (asked.account, asked.reference) == (written.account, written.reference)
    return asked == written


@settings(max_examples=30)
@given(st.lists(entries, max_size=12))
def test_the_last_entry_of_each_intent_is_remembered_by_whoever_opens_the_file(
    tmp_path_factory: pytest.TempPathFactory, written: list[Entry]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "deep" / "journal.sqlite"
    ours = journal(path)
    recorded = [ours.record(step) for step in written]
    assert [step.number for step in recorded] == list(range(1, len(written) + 1))
    for asked in {step.intent for step in written}:
        expected = [step for step in recorded if matches(asked, step.intent)][-1]
        assert ours.latest(asked) == expected
        assert journal(path).latest(asked) == expected
    assert ours.latest(Intent("nobody", "", 0, "")) is None
    for account in ("0xA", "0xB"):
        flying = [s for s in recorded if s.intent.account == account and s.step in IN_FLIGHT]
        assert ours.of(account, IN_FLIGHT) == sorted(flying, key=lambda s: (s.nonce, s.number))
    ours.close()


def test_an_entry_goes_from_step_to_step_and_gathers_its_attempts(tmp_path: Path) -> None:
    ours = journal(tmp_path / "j")
    first = ours.record(entry())
    signed = ours.record(replace(first, step=Step.SIGNED, attempts=(Attempt("0x1", "0xa", 10, 1),)))
    again = ours.record(replace(signed, attempts=(*signed.attempts, Attempt("0x2", "0xb", 12, 2))))
    ours.record(entry("0x02", Step.SIGNED, nonce=1))
    settled = ours.record(replace(again, step=Step.CONFIRMED, block=7))
    assert ours.latest(intent()) == settled
    assert [attempt.hash for attempt in settled.attempts] == ["0x1", "0x2"]
    assert ours.of("0xA", (Step.CONFIRMED,), from_block=7) == [settled]
    assert ours.of("0xA", (Step.CONFIRMED,), from_block=8) == []


def test_a_reference_is_for_one_account_and_whatever_it_was_first_used_for(tmp_path: Path) -> None:
    ours = journal(tmp_path / "j")
    ours.record(Entry(intent("0x01", "gift"), Step.CONFIRMED, 3))
    found = ours.latest(intent("0x02", "gift"))
    assert found is not None
    assert found.intent.content == "0x01"
    assert ours.latest(intent("0x01")) is None
    assert ours.latest(replace(intent("0x01", "gift"), account="0xB")) is None


def test_a_journal_of_another_chain_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal(path).record(entry())
    for chain_id, genesis in ((1, GENESIS), (1337, b"\x02" * 32)):
        with pytest.raises(NetworkError, match="restarted dev chain"):
            Journal(path, chain_id=chain_id, genesis_hash=genesis)


@pytest.mark.parametrize("text", ["# notes\n" * 100, '{"schema":1}\n', "x"])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_text(text)
    with pytest.raises(StoreError, match="journal"):
        journal(path)
    assert path.read_text() == text


def test_another_database_or_another_schema_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE notes (text)")
    with pytest.raises(StoreError, match="journal"):
        journal(tmp_path / "other")
    journal(tmp_path / "j").record(entry())
    with sqlite3.connect(tmp_path / "j") as later:
        later.execute("UPDATE chain SET schema = 99")
    with pytest.raises(StoreError, match="schema"):
        journal(tmp_path / "j")


def test_a_damaged_page_is_a_named_error(tmp_path: Path) -> None:
    path = tmp_path / "j"
    ours = journal(path)
    for index in range(200):
        ours.record(entry(f"0x{index}"))
    ours.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(StoreError):
        journal(path).latest(intent())


def test_two_journals_on_one_file_see_what_the_other_writes(tmp_path: Path) -> None:
    first, second = journal(tmp_path / "j"), journal(tmp_path / "j")
    for index in range(5):
        one, two = first.record(entry(f"a{index}")), second.record(entry(f"b{index}"))
        assert second.latest(one.intent) == one
        assert first.latest(two.intent) == two


def _write_many(path: str, name: str, count: int) -> None:
    ours = journal(Path(path))
    for index in range(count):
        ours.record(entry(f"{name}{index}", nonce=index))


def test_processes_write_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "j"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(str(path), name, 20)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    found = journal(path)
    assert len(found.of("0xA", (Step.INTENT,))) == 60
    for name in "abc":
        last = found.latest(intent(f"{name}19"))
        assert last is not None
        assert last.nonce == 19


# A process of its own writes until it is killed from outside, wherever it happens to be.
WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from chain.journal import Attempt, Entry, Intent, Journal, Step
journal = Journal(Path(sys.argv[1]), chain_id=1337, genesis_hash=bytes([1]) * 32)
for index in itertools.count():
    gift = Intent("0xA", "0xC", 1, f"{index}")
    written = journal.record(Entry(gift, Step.SIGNED, index, 1, (Attempt(f"{index}", "0xab" * 500, 1, 1),)))
    print(index, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 5, 60])
def test_a_writer_killed_at_any_moment_has_lost_nothing_that_it_had_recorded(
    lines: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path / "j")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(lines):
            last = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        told = [*range(last + 1), *(int(line) for line in writer.stdout)]
    found = journal(tmp_path / "j").of("0xA", (Step.SIGNED,))
    assert [e.nonce for e in found[: len(told)]] == told
    assert len(found) <= len(told) + 1  # the one that was on disk before it could be told
    assert all(e.attempts[0].hash == e.intent.content for e in found)


def test_a_copy_of_the_files_taken_at_any_moment_opens(tmp_path: Path) -> None:
    """What a power cut leaves: the write-ahead log, without the process that would have merged it."""
    (tmp_path / "copy").mkdir()
    ours = journal(tmp_path / "j")
    for index in range(20):
        ours.record(entry(f"{index}", nonce=index))
    for part in tmp_path.glob("j*"):
        shutil.copy(part, tmp_path / "copy" / part.name)
    wal = tmp_path / "copy" / "j-wal"
    with wal.open("r+b") as torn:
        torn.truncate(wal.stat().st_size - 100)  # the last step did not quite reach the disk
    assert [e.nonce for e in journal(tmp_path / "copy" / "j").of("0xA", (Step.INTENT,))] == list(range(19))


def test_a_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    ours = journal(tmp_path / "j")
    ours.record(entry())
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["j", "j-shm", "j-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_step_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        journal(tmp_path / "file" / "journal.sqlite").record(entry())
    with pytest.raises(StoreError):
        journal(Path("/dev/full")).record(entry())


def test_a_full_disk_is_a_named_error_and_loses_nothing(tmp_path: Path) -> None:
    ours = journal(tmp_path / "j")
    ours.record(entry("0x01"))
    size = (tmp_path / "j-wal").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
    try:
        with pytest.raises(StoreError, match="cannot write"):
            ours.record(entry("0x02"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert ours.latest(intent("0x02")) is None
    assert ours.latest(intent("0x01")) is not None
    assert ours.record(entry("0x02")).number == 2
    assert os.path.exists(ours.path)
