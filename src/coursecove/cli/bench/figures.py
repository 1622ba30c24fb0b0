"""The arithmetic of a measurement: medians, percentiles, neighbours, and the goal that they are held against."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of ours between two turns of the floor, in units a second, and what it cost."""

    ours: float
    floor: float
    cpu_us: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a path has to reach: `ratio` of at least 0.30, `seconds` of at most 5."""

    figure: str
    limit: float
    at_least: bool = True

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{self.figure} {'≥' if self.at_least else '≤'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Result:
    """What one path came to; figures that it does not have are None."""

    name: str
    goal: str
    met: bool
    rounds: int
    unit: str
    ours: float
    errors: int = 0
    connections: int | None = None
    floor: float | None = None
    ratio: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_us: dict[str, float] = field(default_factory=dict)
    rss_mb: float | None = None

    def plain(self) -> dict[str, object]:
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def ratio_of_neighbours(rounds: Sequence[Round]) -> float:
    """The median of the rounds' own ratios: a machine that slows down slows both of a pair."""
    return median([each.ours / each.floor for each in rounds if each.floor])


def cpu_of(rounds: Sequence[Round]) -> dict[str, float]:
    """The median cost of a unit in each kind of process."""
    names = {name for each in rounds for name in each.cpu_us}
    return {
        name: median([each.cpu_us[name] for each in rounds if name in each.cpu_us]) for name in sorted(names)
    }
