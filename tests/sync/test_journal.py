"""The journal: on disk before the answer, torn tails, full disks, other processes, replay once and in order."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coursecove.accounts.sync.journal import Journal, JournalRefused, read
from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.segments import Segment, claimed, records_of, segments_in
from coursecove.accounts.sync.taking import Arrival
from tests.sync.provider import START, event, fresh, user
from tests.sync.stage import Stage

MARA = "user_mara"


def arrival(body: bytes | None = None, webhook_id: str | None = None) -> Arrival:
    body = body if body is not None else event("user.created", user(fresh("user")))
    return Arrival(parse(webhook_id or fresh("msg"), body, datetime.now(UTC)), body)


def everything(path: Path) -> list[Arrival]:
    return [one for batch in read(path, 100) for one in batch]


def test_what_is_written_is_read_back_and_a_torn_tail_is_left_out(tmp_path: Path) -> None:
    segment = Segment(tmp_path)
    segment.append([b"one", b"two"])
    segment.append([b"", b"x" * 100_000])
    segment.close()
    whole = segment.path.read_bytes()
    assert list(records_of(segment.path)) == [b"one", b"two", b"", b"x" * 100_000]
    for cut in (1, 5, 9, 99_999):
        segment.path.write_bytes(whole[:-cut])
        assert list(records_of(segment.path)) == [b"one", b"two", b""]
    segment.path.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
    assert list(records_of(segment.path)) == [b"one"]


def test_a_segment_is_the_owners_alone(tmp_path: Path) -> None:
    segment = Segment(tmp_path)
    assert segment.path.stat().st_mode & 0o777 == 0o600
    with claimed(segment.path) as ours:
        assert not ours
    segment.close()
    with claimed(segment.path) as ours:
        assert ours


async def test_deliveries_come_back_as_they_went_in_each_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    first = arrival()
    code = event("email.created", {"id": "ema_1", "body": "482913"})
    await asyncio.gather(*(journal.append(one) for one in (first, arrival(code, "msg_code"), first)))
    await journal.close()
    (path,) = segments_in(tmp_path)
    found = everything(path)
    assert [one.id for one in found] == [first.id, "msg_code"]
    assert (found[0].body, found[0].delivery.copies, found[0].delivery.path) == (first.body, 2, "journal")
    assert found[0].delivery.mark == first.delivery.mark
    assert found[1].delivery.verdict == "ignored"
    assert b"482913" not in path.read_bytes()


async def test_a_long_file_is_read_a_little_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    told = [arrival() for _ in range(5)]
    await asyncio.gather(*(journal.append(one) for one in [*told, told[0]]))
    await journal.close()
    (path,) = segments_in(tmp_path)
    ids = [[one.id for one in batch] for batch in read(path, 2)]
    first, *others = [one.id for one in told]
    assert ids == [[first, others[0]], others[1:3], [others[3], first]]


async def test_a_journal_that_is_off_or_full_or_cannot_be_written_says_so(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file stands where the folder should be")
    for journal in (Journal(None), Journal(tmp_path / "small", limit=100), Journal(taken)):
        with pytest.raises(JournalRefused):
            await journal.append(arrival())
        await journal.close()
    assert segments_in(tmp_path / "small") == []


async def test_a_failed_write_leaves_no_half_record(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    first = arrival()
    await journal.append(first)
    size = segments_in(tmp_path)[0].stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
    try:
        with pytest.raises(JournalRefused):
            await journal.append(arrival())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    await journal.append(second := arrival())
    await journal.close()
    assert [one.id for path in segments_in(tmp_path) for one in everything(path)] == [first.id, second.id]


async def test_the_journal_is_replayed_oldest_first_and_then_gone(stage: Stage) -> None:
    journal = stage.webhooks.journal
    assert journal.folder is not None
    for at, name in enumerate(["First", "Second", "Third"]):
        body = event("user.updated", user(MARA, START + at, first_name=name))
        await journal.append(arrival(body, f"msg_{at}"))
        await journal.seal()
    assert journal.waiting().segments == 3
    assert await stage.webhooks._replaying.replay() == 3
    assert (await stage.user(MARA))["first_name"] == "Third"
    rows = await stage.admin.fetch(
        "select status, path from webhook_events where path = 'journal' order by id"
    )
    assert [row["status"] for row in rows] == ["completed"] * 3
    assert segments_in(journal.folder) == []


async def test_replaying_what_came_through_after_all_does_nothing_twice(stage: Stage) -> None:
    body = event("user.created", user(MARA))
    assert (await stage.post(body, "msg_1")).status_code == 200
    await stage.webhooks.journal.append(arrival(body, "msg_1"))
    for _ in range(2):
        await stage.webhooks._replaying.replay()
    kept = await stage.webhook("msg_1")
    assert (kept["status"], kept["path"], kept["attempts"]) == ("completed", "fast", 1)
    assert len(await stage.facts("accounts/user.registered")) == 1


WRITER = """
import asyncio, sys, time
from datetime import UTC, datetime
from pathlib import Path
from coursecove.accounts.sync.journal import Journal
from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.taking import Arrival

async def main():
    journal = Journal(Path(sys.argv[1]))
    body = sys.stdin.buffer.read()
    await journal.append(Arrival(parse("msg_of_another", body, datetime.now(UTC)), body))
    print("written", flush=True)
    time.sleep(60)

asyncio.run(main())
"""


async def test_a_living_processes_file_is_left_to_it_and_a_dead_ones_is_taken_over(stage: Stage) -> None:
    folder = stage.webhooks.journal.folder
    assert folder is not None
    folder.mkdir()
    other = subprocess.Popen(  # noqa: ASYNC220 - it says when it is there
        [sys.executable, "-c", WRITER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    )
    assert other.stdin
    assert other.stdout
    other.stdin.write(event("user.created", user(MARA)))
    other.stdin.close()
    assert (await asyncio.to_thread(other.stdout.readline)).strip() == b"written"
    assert await stage.webhooks._replaying.replay() == 0
    other.kill()
    await asyncio.to_thread(other.wait)
    other.stdout.close()
    assert await stage.webhooks._replaying.replay() == 1
    assert await stage.status("msg_of_another") == "completed"
