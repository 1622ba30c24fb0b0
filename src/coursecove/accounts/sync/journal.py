"""The last safe place: where the database does not answer, deliveries go to a file, on disk before the answer."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from coursecove.accounts.sync.parsing import Delivery, parse
from coursecove.accounts.sync.segments import Segment, records_of, segments_in
from coursecove.accounts.sync.taking import Arrival

log = structlog.get_logger(__name__)

SEGMENT_BYTES: Final = 16 * 1024 * 1024


class JournalRefused(Exception):
    """The journal is off, full or cannot be written."""


class Record(Struct, array_like=True):
    """A delivery as the journal keeps it: its body, or what may be kept in its place."""

    webhook_id: str
    signed_at: datetime
    received_at: datetime
    copies: int = 1
    body: bytes | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What lies in the journal."""

    segments: int
    bytes: int
    oldest_seconds: float


class Journal:
    """Appends from one event loop; concurrent appends share one wait for the disk."""

    def __init__(self, folder: Path | None, *, limit: int = 256 * 1024 * 1024) -> None:
        self.folder, self._limit = folder, limit
        self._segment: Segment | None = None
        self._queue: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "journal")

    async def append(self, arrival: Arrival) -> None:
        """Returns once the delivery is on disk; JournalRefused where it cannot get there."""
        if self.folder is None:
            raise JournalRefused("the journal is off")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((_encode(_record(arrival)), done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await done

    async def seal(self) -> None:
        """End the present file, so that it can be read back; what comes later goes into another."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._seal)

    def waiting(self) -> Waiting:
        """How much lies there, and since when."""
        return waiting_in(self.folder)

    async def close(self) -> None:
        if self._writing is not None:
            await self._writing
        await self.seal()
        self._thread.shutdown()

    async def _write(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue, []
                records = [record for record, _ in batch]
                loop = asyncio.get_running_loop()
                (refused,) = await asyncio.gather(
                    loop.run_in_executor(self._thread, self._append, records), return_exceptions=True
                )
                _answer([done for _, done in batch], refused)
        finally:
            self._writing = None

    def _append(self, records: Sequence[bytes]) -> None:
        if self.folder is None:
            raise JournalRefused("the journal is off")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.waiting().bytes + sum(map(len, records)) > self._limit:
            raise JournalRefused("the journal is full")
        if self._segment is None or self._segment.size > SEGMENT_BYTES or not self._segment.path.exists():
            self._seal()
            self._segment = Segment(self.folder)
        try:
            self._segment.append(records)
        except OSError:
            self._seal()  # after a failed write the file is not trusted with more
            raise

    def _seal(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.close()
            if segment.size == 0:
                segment.path.unlink(missing_ok=True)


def waiting_in(folder: Path | None) -> Waiting:
    """As the folder's names and sizes tell; no file is read."""
    if folder is None or not folder.exists():
        return Waiting(0, 0, 0)
    found = segments_in(folder)
    sizes = [_size(path) for path in found]
    filled = [path for path, size in zip(found, sizes, strict=True) if size]
    oldest = time.time() - int(filled[0].name.partition("-")[0]) / 1e9 if filled else 0
    return Waiting(len(filled), sum(sizes), oldest)


def read(path: Path, size: int, *, instance: str | None = None) -> Iterator[list[Arrival]]:
    """The deliveries in a segment, in order of arrival, so many at a time; in each batch every one is there once.

    Only as much is parsed as is taken: a long file read whole would hold up everybody who wants an answer meanwhile.
    """
    batch: dict[str, Arrival] = {}
    for blob in records_of(path):
        record = _decode(blob)
        earlier = batch.get(record.webhook_id)
        if earlier is not None:
            earlier.delivery.copies += record.copies
            continue
        batch[record.webhook_id] = _arrival(record, instance)
        if len(batch) == size:
            yield list(batch.values())
            batch = {}
    if batch:
        yield list(batch.values())


def _arrival(record: Record, instance: str | None) -> Arrival:
    body = record.body or b""
    delivery = record.delivery or parse(record.webhook_id, body, record.signed_at, instance=instance)
    delivery.path, delivery.copies, delivery.received_at = "journal", record.copies, record.received_at
    delivery.failure = None
    waited = (datetime.now(UTC) - record.received_at).total_seconds()
    return Arrival(delivery, body, time.monotonic() - waited)


def _record(arrival: Arrival) -> Record:
    delivery = arrival.delivery
    came = datetime.fromtimestamp(time.time() - (time.monotonic() - arrival.arrived), UTC)
    record = Record(delivery.webhook_id, delivery.signed_at, came, delivery.copies)
    if delivery.keeps_body:
        record.body = arrival.body
    else:
        record.delivery = delivery
    return record


def _answer(waiting: Sequence[asyncio.Future[None]], refused: object) -> None:
    for done in waiting:
        if done.done():
            continue
        if refused is None:
            done.set_result(None)
        elif isinstance(refused, JournalRefused):
            done.set_exception(JournalRefused(str(refused)))
        else:
            done.set_exception(JournalRefused(f"the journal cannot be written: {refused}"))
    if refused is not None:
        log.error("webhooks.journal_refused", reason=str(refused))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode
