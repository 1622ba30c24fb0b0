"""What the process counts about the webhooks it received; the database tells the rest."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from coursecove.accounts.sync.journal import Journal
from coursecove.accounts.sync.receiving import Receipt

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Watch:
    """Counters of one process, on the registry that its /metrics shows."""

    def __init__(self, registry: CollectorRegistry, journal: Journal) -> None:
        self._acknowledged = Counter(
            "webhooks_acknowledged",
            "Webhooks answered with 200: applied at once (fast), stored (slow) or on disk (journal).",
            ("path", "status"),
            registry=registry,
        )
        self._refused = Counter(
            "webhooks_refused",
            "Webhooks not stored: 400 is a bad signature, 503 nowhere to keep it.",
            ("status",),
            registry=registry,
        )
        self._seconds = Histogram(
            "webhooks_seconds",
            "Time from a webhook's arrival to its answer.",
            ("path",),
            buckets=BUCKETS,
            registry=registry,
        )
        _gauge(
            registry,
            "webhooks_journal_bytes",
            "Bytes in the journal.",
            lambda: float(journal.waiting().bytes),
        )
        _gauge(
            registry,
            "webhooks_journal_oldest_seconds",
            "Age of the oldest file in the journal.",
            lambda: journal.waiting().oldest_seconds,
        )
        self._paths = {
            (path, status): (self._acknowledged.labels(path, status), self._seconds.labels(path))
            for path in ("fast", "slow", "journal")
            for status in ("completed", "superseded", "ignored", "failed", "pending")
        }

    def received(self, receipt: Receipt, seconds: float) -> None:
        """A delivery is safe and was acknowledged."""
        count, histogram = self._paths[receipt.path, receipt.status]
        count.inc()
        histogram.observe(seconds)

    def refused(self, status: int) -> None:
        self._refused.labels(str(status)).inc()


def _gauge(registry: CollectorRegistry, name: str, documentation: str, read: Callable[[], float]) -> None:
    Gauge(name, documentation, registry=registry).set_function(read)
