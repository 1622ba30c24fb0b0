"""Order and repeats are harmless: every permutation of small stories ends like the story told in order."""

import itertools
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from coursecove.accounts.sync.parsing import parse
from coursecove.accounts.sync.synthetic import apply_within
from coursecove.accounts.sync.taking import Arrival
from coursecove.kit.db import Database, ServiceDb
from tests.sync import provider
from tests.sync.provider import START, deleted, membership, organization, user

Told = tuple[str, dict[str, Any]]

MUSIC, MARA, NOAH = organization("org_story"), user("user_mara"), user("user_noah", first_name="Noah")
ADMIN = membership("orgmem_1", MUSIC, MARA, role="org:admin")
AGAIN = membership("orgmem_2", MUSIC, MARA, START + 50, created_at=START + 50)

STORIES: dict[str, list[Told]] = {
    "a person changes and goes": [
        ("user.created", MARA),
        ("user.updated", user("user_mara", START + 1, first_name="Maja")),
        ("user.updated", user("user_mara", START + 2, first_name="Mia")),
        ("user.deleted", deleted("user", "user_mara")),
    ],
    "a school with its people": [
        ("organization.created", MUSIC),
        ("user.created", MARA),
        ("organizationMembership.created", ADMIN),
        ("organizationMembership.updated", membership("orgmem_1", MUSIC, MARA, START + 5)),
        ("user.updated", user("user_mara", START + 6, last_name="Berg")),
    ],
    "leaving and coming back": [
        ("user.created", MARA),
        ("organizationMembership.created", ADMIN),
        ("organizationMembership.deleted", ADMIN),
        ("organizationMembership.created", AGAIN),
        (
            "organizationMembership.updated",
            membership("orgmem_2", MUSIC, MARA, START + 60, role="org:teacher", created_at=START + 50),
        ),
    ],
    "a school goes": [
        ("organization.created", MUSIC),
        ("organizationMembership.created", ADMIN),
        ("organization.updated", organization("org_story", START + 9, name="Late Name")),
        ("organization.deleted", deleted("organization", "org_story")),
    ],
    "a person goes whose memberships stay": [
        ("organizationMembership.created", ADMIN),
        ("organizationMembership.created", membership("orgmem_9", MUSIC, NOAH, role="org:teacher")),
        ("user.created", NOAH),
        ("user.deleted", deleted("user", "user_mara")),
    ],
    "an update that does not say whom it is about": [
        ("organizationMembership.created", ADMIN),
        (
            "organizationMembership.updated",
            {"id": "orgmem_1", "role": "org:teacher", "updated_at": START + 3},
        ),
        ("user.created", MARA),
    ],
    "two contents for one version": [
        ("user.created", MARA),
        ("user.updated", user("user_mara", START, first_name="Twin")),
        ("user.updated", user("user_mara", START, first_name="Other")),
    ],
}

STATE = """
    select 'user ' || u.clerk_user_id, concat_ws('|', u.status, u.email, u.first_name, u.last_name, u.provisional)
      from users u where u.status <> 'DELETED' and u.created_at > $1
    union all select 'school ' || o.clerk_organization_id, concat_ws('|', o.name, o.slug, o.subdomain, o.provisional)
      from organizations o where o.status <> 'DELETED' and o.created_at > $1
    union all select 'member ' || o.clerk_organization_id || ' ' || u.clerk_user_id,
           concat_ws('|', m.role, m.clerk_membership_id, m.display_name, m.sort_name)
      from organization_memberships m join organizations o on o.id = m.organization_id join users u on u.id = m.user_id
     where m.status = 'ACTIVE' and o.status = 'ACTIVE' and u.status = 'ACTIVE' and u.created_at > $1
    union all select concat_ws(' ', 'mirror', kind, external_id),
           concat_ws('|', case when deleted then 'gone' else version::text || encode(tie, 'hex') end, data, organization_ref,
                     user_ref, doubtful)
      from identity_mirror where updated_at > $1
     order by 1"""


class Undone(Exception):
    """Rolls a story back, so that the next one finds the same beginning."""


class Teller:
    """Tells stories inside a transaction that is rolled back."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def ending(self, story: Sequence[Sequence[Told]]) -> dict[str, str]:
        """The state after the batches of a story."""
        state: dict[str, str] = {}
        try:
            async with self.database.service() as db:
                for batch in story:
                    await apply_within(db, [_arrival(*told) for told in batch])
                state = await _state(db)
                raise Undone
        except Undone:
            return state


@pytest.fixture
def teller(database: Database) -> Teller:
    return Teller(database)


@pytest.mark.parametrize("name", STORIES)
async def test_every_permutation_of_a_story_ends_the_same(teller: Teller, name: str) -> None:
    story = STORIES[name]
    expected = await teller.ending([[told] for told in story])
    assert any(row.startswith("mirror") for row in expected)
    for permutation in itertools.permutations(story):
        assert await teller.ending([[told] for told in permutation]) == expected, _names(permutation)


@pytest.mark.parametrize("name", STORIES)
async def test_repeats_and_batches_change_nothing(teller: Teller, name: str) -> None:
    story = STORIES[name]
    expected = await teller.ending([[told] for told in story])
    chance = random.Random(name)  # noqa: S311 - a shuffle
    for _ in range(40):
        doubled = [*story, *chance.choices(story, k=3)]
        chance.shuffle(doubled)
        cut = chance.randrange(len(doubled))
        assert await teller.ending([doubled[:cut], doubled[cut:]] if cut else [doubled]) == expected, _names(
            doubled
        )


async def test_all_stories_told_at_once_end_like_one_after_the_other(teller: Teller) -> None:
    everything = [told for story in STORIES.values() for told in story]
    expected = await teller.ending([[told] for told in everything])
    assert {"user user_noah"} == {row for row in expected if row.startswith("user ")}
    for seed in range(20):
        mixed = list(everything)
        random.Random(seed).shuffle(mixed)  # noqa: S311 - a shuffle
        assert await teller.ending([mixed[:9], mixed[9:20], mixed[20:]]) == expected, seed


def _arrival(event_type: str, data: dict[str, Any]) -> Arrival:
    body = provider.event(event_type, data, timestamp=data.get("updated_at", START + 100))
    delivery = parse(provider.fresh("story"), body, datetime.now(UTC))
    return Arrival(delivery, body)


async def _state(db: ServiceDb) -> dict[str, str]:
    connection = await db.connection()
    rows = await connection.fetch(
        STATE, await connection.fetchval("select transaction_timestamp() - interval '1 ms'")
    )
    return {row[0]: row[1] for row in rows}


def _names(story: Sequence[Told]) -> str:
    return " > ".join(f"{kind} {json.dumps(data.get('id'))} {data.get('updated_at')}" for kind, data in story)
