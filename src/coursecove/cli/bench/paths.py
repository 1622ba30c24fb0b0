"""What is measured, by name, with the goal of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from coursecove.accounts.roles import Role
from coursecove.analytics.queries import DASHBOARD_CALL
from coursecove.cli.bench import starting
from coursecove.cli.bench.comparing import Amount, Comparison, compare
from coursecove.cli.bench.contending import contended
from coursecove.cli.bench.figures import Goal, Result
from coursecove.cli.bench.floor import Script
from coursecove.cli.bench.growing import growth
from coursecove.cli.bench.pages import PAGES
from coursecove.cli.bench.schools import Size
from coursecove.cli.bench.stage import Site, Stage
from coursecove.cli.bench.webhooks import webhooks
from coursecove.kit.db import Claims
from coursecove.kit.errors import ProblemError

Measure: TypeAlias = Callable[[Stage, Size, Amount], Result]
STATEMENT = DASHBOARD_CALL.replace("$1, $2, $3", ":claims, :seal, 5000")


def dashboard(name: str, role: Role, **headers: str) -> Comparison:
    """The home page of a role, as a few different people of it ask for it."""

    def requests(site: Site, _: int) -> Sequence[str]:
        return [site.get("/dashboard", site.signed_in(person), **headers) for person in site.some(role)]

    def floor(site: Site) -> Sequence[Script]:
        found = [
            site.sealed(Claims(person.subject, UUID(person.organization_id), "sess_bench"))
            for person in site.some(role)
        ]
        return [Script(STATEMENT, {"claims": claims, "seal": seal}) for claims, seal in found]

    return Comparison(name, "pages/s", Goal("ratio", 0.30), requests, floor)


COMPARISONS: tuple[Comparison, ...] = (
    dashboard("dashboard_owner", Role.SUPER_ADMIN),
    dashboard("dashboard_teacher", Role.TEACHER),
    dashboard("dashboard_student", Role.STUDENT),
    dashboard("dashboard_guardian", Role.GUARDIAN),
    dashboard("dashboard_owner_compressed", Role.SUPER_ADMIN, Accept_Encoding="gzip"),
    *PAGES,
    webhooks("webhooks", 16, 0.60, rate=500),
    webhooks("webhooks_shared", 64, 1.20, rate=2_000),
)


def _compared(path: Comparison) -> Measure:
    return lambda stage, size, amount: compare(path, stage.site(size), amount)


PATHS: Mapping[str, Measure] = MappingProxyType(
    {path.name: _compared(path) for path in COMPARISONS}
    | {
        "growth": lambda stage, size, amount: growth(COMPARISONS[0], stage, size, amount),
        "booking_contended": lambda stage, size, amount: contended(stage.site(size), amount),
        "start": lambda _stage, _size, amount: starting.second_start(amount.rounds),
        "memory": lambda _stage, _size, _amount: starting.idle_memory(),
    }
)


class NoSuchPath(ProblemError):
    """No path that can be measured begins so"""


def measured(name: str, *, rounds: int, seconds: float, schools: int) -> Iterator[Result]:
    """Each path whose name begins so, one after the other on one stage."""
    chosen = [measure for known, measure in PATHS.items() if known.startswith(name)]
    if not chosen:
        raise NoSuchPath(f"{NoSuchPath.title()}: {name}. There are {', '.join(PATHS)}.")
    with Stage() as stage:
        for measure in chosen:
            yield measure(stage, Size(schools=schools), Amount(rounds, seconds))
