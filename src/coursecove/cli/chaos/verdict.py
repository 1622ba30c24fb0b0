"""What is left of the promises: lost, doubled, diverged, and how long senders waited."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from coursecove.cli.bench.figures import percentile
from coursecove.kit.ids import NIL

PROMISED_MS: Final = 500
STATES: Final = "select webhook_id, status from webhook_events where webhook_id = any($1)"

FOUND: Final = """
    select 'user ' || u.clerk_user_id, u.first_name from users u
     where u.clerk_user_id like 'user\\_storm%' and u.status = 'ACTIVE'
    union all
    select 'school ' || o.clerk_organization_id, concat_ws('|', o.name, o.slug) from organizations o
     where o.clerk_organization_id like 'org\\_storm%' and o.status = 'ACTIVE'
       and exists (select from hostnames h where h.name = o.subdomain and h.organization_id = o.id and h.status = 'current')
    union all
    select concat_ws(' ', 'member', o.clerk_organization_id, u.clerk_user_id), concat_ws('|', m.role, m.clerk_membership_id)
      from organization_memberships m
      join organizations o on o.id = m.organization_id and o.status = 'ACTIVE'
      join users u on u.id = m.user_id and u.status = 'ACTIVE'
     where o.clerk_organization_id like 'org\\_storm%' and m.status = 'ACTIVE'"""

DOUBLED: Final = f"""
    select u.clerk_user_id from users u
      join events e on e.organization_id = '{NIL}' and e.name = 'accounts/user.registered'
       and e.data->>'user_id' = u.id::text
     group by 1 having count(*) > 1
    union all
    select e.key from events e where e.name in ('accounts/member.joined', 'accounts/member.left')
     group by e.organization_id, e.name, e.key having count(*) > 1"""  # noqa: S608 - a literal of ours

QUEUED: Final = """
    select extract(epoch from processed_at - $1)::float8 from webhook_events
     where created_at < $1 and processed_at > $1 and webhook_id = any($2)"""


@dataclass
class Sent:
    """What the senders saw."""

    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    """Tries that met a process just killed; the sender tries again."""
    answered: list[tuple[float, float]] = field(default_factory=list)
    """When each was sent, on the monotonic clock, and how many milliseconds its answer took."""

    def waits(self, first: float = 0.0, last: float = math.inf) -> list[float]:
        """The milliseconds of those that were sent between two moments."""
        return [waited for sent, waited in self.answered if first <= sent < last]


@dataclass
class Verdict:
    """The promises, one by one."""

    sent: Sent
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    diverged: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    done_after: float = 0.0
    queued: list[float] = field(default_factory=list)
    restarts: int = 0
    kills: int = 0
    outage: tuple[float, float] | None = None
    """From when to when the database was frozen, on the monotonic clock."""

    @property
    def strange(self) -> dict[int, int]:
        return {status: count for status, count in self.sent.statuses.items() if status not in (200, 503)}

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.diverged or self.strange)

    def lines(self) -> list[str]:
        shown = ", ".join(f"{status}: {count}" for status, count in sorted(self.sent.statuses.items()))
        lines = [
            f"acknowledged {len(self.sent.acknowledged)} webhooks; database crashed {self.restarts} times, processes killed {self.kills} times",
            f"lost {len(self.lost)}, doubled {len(self.doubled)}, diverged {len(self.diverged)}",
            f"answers {shown}; without an answer {self.sent.unanswered}",
            f"answered after {_waits(self.sent.waits())}",
            f"nothing waited any more {self.done_after:.1f} s after the last one was sent",
        ]
        if self.outage:
            began, ended = self.outage
            lines += [
                f"during the outage {_waits(self.sent.waits(began, ended))}",
                f"in the ten seconds after it {_waits(self.sent.waits(ended, ended + 10))}",
            ]
        if self.queued:
            lines.append(
                f"after the outage {len(self.queued)} were waiting, and done after {_shares(self.queued, 's')}"
            )
        lines += [f"lost: {one}" for one in self.lost[:10]]
        lines += [f"doubled: {one}" for one in self.doubled[:10]]
        lines += [f"{one}: wanted {was}, found {now}" for one, (was, now) in list(self.diverged.items())[:10]]
        return lines


def _waits(waits: list[float]) -> str:
    quick = sum(each <= PROMISED_MS for each in waits) / max(1, len(waits)) * 100
    return f"{_shares(waits, 'ms')}; {quick:.2f} % of {len(waits)} within {PROMISED_MS} ms"


def _shares(values: list[float], unit: str) -> str:
    shown = ((f"p{share * 100:g}", percentile(values, share)) for share in (0.5, 0.99, 0.999))
    return ", ".join(f"{name} {value:.1f} {unit}" for name, value in shown)


async def judge(
    verdict: Verdict, connection: "asyncpg.Connection[asyncpg.Record]", wanted: Mapping[str, str]
) -> None:
    """Compare what the database says with what the provider knows."""
    states = {row[0]: row[1] for row in await connection.fetch(STATES, list(verdict.sent.acknowledged))}
    verdict.lost = sorted(unfinished(verdict.sent.acknowledged, states))
    verdict.doubled = [row[0] for row in await connection.fetch(DOUBLED)]
    verdict.diverged = differences(wanted, {row[0]: row[1] for row in await connection.fetch(FOUND)})


def unfinished(acknowledged: Collection[str], states: Mapping[str, str]) -> list[str]:
    """Those that were said to be safe and did not come to a good end."""
    return [one for one in acknowledged if states.get(one) not in ("completed", "superseded")]


def differences(
    wanted: Mapping[str, str], found: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    names = sorted(wanted.keys() | found.keys())
    return {one: (wanted.get(one), found.get(one)) for one in names if wanted.get(one) != found.get(one)}
