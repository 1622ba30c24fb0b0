"""What the provider has beside what we have: the difference is mended by the function that webhooks go through.

Only what differs is told, so a second run finds nothing, and a run that was broken off is simply begun again. What the
provider no longer has counts as gone only if we knew it before its list was read.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import msgspec

from coursecove.accounts.sync.outcomes import BATCH, Applying
from coursecove.accounts.sync.synthetic import told
from coursecove.accounts.sync.taking import Arrival, Line
from coursecove.kit.errors import ProblemError
from coursecove.providers.identity import IdentityProvider

PATH: Final = "reconcile"
NOUNS: Final = {"user": "user", "organization": "organization", "membership": "organizationMembership"}
FEW: Final = 10
"""So many may be gone without a question; beyond that at most half of what we know."""

KNOWN: Final = """
    select kind, external_id, organization_ref, user_ref from identity_mirror where not deleted
    union
    select 'user', clerk_user_id, null, null from users where status <> 'DELETED'
    union
    select 'organization', clerk_organization_id, null, null from organizations where status <> 'DELETED'
    union
    select 'membership', t.clerk_membership_id, o.clerk_organization_id, u.clerk_user_id
      from organization_memberships t join organizations o on o.id = t.organization_id join users u on u.id = t.user_id
     where t.status = 'ACTIVE' and o.status <> 'DELETED' and u.status <> 'DELETED'"""

SAME_PERSON: Final = """
    select m.external_id, m.version, encode(m.tie, 'hex') as tie, m.deleted, u.id is not null and not u.provisional
           and (u.email, u.first_name, u.last_name, u.avatar_url) is not distinct from
               (m.data->>'email', m.data->>'first_name', m.data->>'last_name', m.data->>'image') as same
      from identity_mirror m left join users u on u.clerk_user_id = m.external_id
     where m.kind = 'user' and m.external_id = any($1)"""

SAME_SCHOOL: Final = """
    select m.external_id, m.version, encode(m.tie, 'hex') as tie, m.deleted, o.id is not null and not o.provisional
           and (o.name, o.slug) is not distinct from (m.data->>'name', m.data->>'slug') as same
      from identity_mirror m left join organizations o on o.clerk_organization_id = m.external_id
     where m.kind = 'organization' and m.external_id = any($1)"""

SAME_MEMBERSHIP: Final = """
    select m.external_id, m.version, encode(m.tie, 'hex') as tie, m.deleted, coalesce(o.status = 'DELETED', false) or
           (t.id is not null and (t.status, t.role, t.clerk_membership_id) is not distinct from
               ('ACTIVE', m.data->>'role', m.external_id)
            and t.display_name is not distinct from coalesce(p.data->>'display_name', t.display_name)) as same
      from identity_mirror m
      left join organizations o on o.clerk_organization_id = m.organization_ref
      left join users u on u.clerk_user_id = m.user_ref
      left join organization_memberships t on t.organization_id = o.id and t.user_id = u.id
      left join identity_mirror p on p.kind = 'user' and p.external_id = m.user_ref
     where m.kind = 'membership' and m.external_id = any($1)"""

SAME: Final = {"user": SAME_PERSON, "organization": SAME_SCHOOL, "membership": SAME_MEMBERSHIP}


class TooMuchIsGone(ProblemError):
    """The provider no longer has most of what is known here. Are these the keys of the right one? Nothing was removed;
    --remove-all removes it."""


@dataclass
class Difference:
    """What was found, by kind."""

    seen: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    buried: Counter[str] = field(default_factory=Counter)
    """Alive at the provider, deleted here: deleted is final, so somebody has to look."""


@dataclass(frozen=True, slots=True)
class Known:
    """An object that we take to be alive; a membership with its school and its person."""

    kind: str
    id: str
    school: str | None
    person: str | None


class Reconciling:
    """One walk through all that the provider has."""

    def __init__(
        self,
        port: IdentityProvider,
        line: Line,
        applying: Applying,
        say: Callable[[str], None],
        *,
        dry_run: bool = False,
    ) -> None:
        self._port, self._line, self._applying, self._say = port, line, applying, say
        self._dry_run = dry_run
        self._found: set[tuple[str, str]] = set()
        self.difference = Difference()

    async def run(self, *, remove_all: bool = False) -> Difference:
        """Mend, or with `dry_run` only say, what differs. TooMuchIsGone, IdentityUnavailable, DatabaseAway."""
        known = [Known(*row) for row in await self._line.fetch(KNOWN)]
        await self._walk("organization", self._schools())
        await self._walk("user", self._people())
        for kind, school in sorted(self._found):
            if kind == "organization":
                await self._walk("membership", self._members(school))
        gone = [each for each in known if (each.kind, each.id) not in self._found]
        if len(gone) > max(FEW, len(known) // 2) and not remove_all and not self._dry_run:
            raise TooMuchIsGone
        await self._remove(gone)
        return self.difference

    async def _schools(self) -> AsyncIterator[bytes]:
        async for each in self._port.organizations():
            yield each.raw

    async def _people(self) -> AsyncIterator[bytes]:
        async for each in self._port.users():
            yield each.raw

    async def _members(self, school: str) -> AsyncIterator[bytes]:
        async for each in self._port.memberships(school):
            yield each.raw

    async def _walk(self, kind: str, objects: AsyncIterator[bytes]) -> None:
        batch: list[Arrival] = []
        async for raw in objects:
            batch.append(told(f"{NOUNS[kind]}.updated", raw, path=PATH))
            if len(batch) == BATCH:
                await self._compare(kind, batch)
                batch = []
        await self._compare(kind, batch)

    async def _compare(self, kind: str, batch: Sequence[Arrival]) -> None:
        if not batch:
            return
        ids = [each.delivery.objects[0].id for each in batch]
        rows = {row["external_id"]: row for row in await self._line.fetch(SAME[kind], ids)}
        self._found |= {(kind, one) for one in ids}
        self.difference.seen[kind] += len(batch)
        differing = [each for each in batch if self._differs(kind, each, rows)]
        self.difference.mended[kind] += len(differing)
        await self._apply(differing, "differs")
        self._say(f"{self.difference.seen[kind]} of kind {kind} compared")

    def _differs(self, kind: str, arrival: Arrival, rows: dict[str, asyncpg.Record]) -> bool:
        told_now = arrival.delivery.objects[0]
        row = rows.get(told_now.id)
        if row is None:
            return True
        if row["deleted"]:
            self.difference.buried[kind] += 1
            self._say(f"{told_now.id}: deleted here, alive at the provider")
            return False
        if told_now.version == row["version"] and told_now.tie != row["tie"]:
            told_now.version += 1  # two contents claim one version: what the provider says now is right
            return True
        return told_now.version > row["version"] or not row["same"]

    async def _remove(self, gone: Sequence[Known]) -> None:
        """Memberships first, then whose they were."""
        order = list(reversed(NOUNS))
        ordered = sorted(gone, key=lambda each: (order.index(each.kind), each.id))
        for first in range(0, len(ordered), BATCH):
            batch = ordered[first : first + BATCH]
            self.difference.gone.update(each.kind for each in batch)
            await self._apply([_tombstone(each) for each in batch], "gone")

    async def _apply(self, arrivals: Sequence[Arrival], word: str) -> None:
        for arrival in arrivals:
            arrival.delivery.again = True
            self._say(f"{arrival.delivery.object}: {word}")
        if arrivals and not self._dry_run:
            await self._applying.apply(arrivals)


def _tombstone(known: Known) -> Arrival:
    data: dict[str, object] = {"id": known.id, "deleted": True}
    if known.kind == "membership":
        data |= {"organization": {"id": known.school}, "public_user_data": {"user_id": known.person}}
    return told(f"{NOUNS[known.kind]}.deleted", msgspec.json.encode(data), path=PATH)
