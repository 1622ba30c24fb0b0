"""The provider of a storm: what happens there, what it tells of it, and what must be known in the end."""

import json
import random
from dataclasses import dataclass, field
from typing import Any, Final

ROLES: Final = {"org:admin": "SUPER_ADMIN", "org:teacher": "TEACHER", "org:member": "STUDENT"}
BEGAN: Final = 1_767_225_600_000
LIVE_SCHOOLS, LIVE_PEOPLE = 5, 200
WINDOW: Final = 40
"""How far a webhook may come before or after its turn."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something told; it is sent until it is acknowledged, and now and then once more."""

    id: str
    body: str


@dataclass
class World:
    """People, schools and memberships at the provider. Ids are never used twice."""

    seed: int
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    schools: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    told: list[Message] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - a storm that can be repeated

    def live(self, count: int) -> None:
        """Act until so many webhooks have been told."""
        while len(self.told) < count:
            self._act()
        del self.told[count:]

    def wanted(self) -> dict[str, str]:
        """What our tables must say of it."""
        wanted = {f"user {one}": str(each["first_name"]) for one, each in self.people.items()}
        wanted |= {f"school {one}": f"{each['name']}|{each['slug']}" for one, each in self.schools.items()}
        for (school, person), each in self.members.items():
            wanted[f"member {school} {person}"] = f"{ROLES[each['role']]}|{each['id']}"
        return wanted

    def _act(self) -> None:
        chance = self._chance.random()
        if len(self.schools) < LIVE_SCHOOLS or chance < 0.02:
            self._school()
        elif len(self.people) < LIVE_PEOPLE or chance < 0.5:
            self._person()
        elif chance < 0.9:
            self._member()
        elif chance < 0.96:
            self._leave()
        else:
            self._go()

    def _person(self) -> None:
        known = list(self.people)
        old = len(known) >= LIVE_PEOPLE and self._chance.random() < 0.7
        one = self._chance.choice(known) if old else self._id("user")
        now = self._now()
        self.people[one] = {
            "id": one,
            "object": "user",
            "first_name": f"First{now % 997}",
            "last_name": "Storm",
            "email_addresses": [],
            "updated_at": now,
        }
        self._tell("user.updated" if old else "user.created", self.people[one])

    def _school(self) -> None:
        known = list(self.schools)
        old = len(known) >= LIVE_SCHOOLS
        one = self._chance.choice(known) if old else self._id("org")
        now = self._now()
        slug = f"storm-{self._chance.randrange(8)}"  # a few for all: schools compete for a label
        self.schools[one] = {
            "id": one,
            "object": "organization",
            "name": f"School {now % 997}",
            "slug": slug,
            "updated_at": now,
        }
        self._tell("organization.updated" if old else "organization.created", self.schools[one])

    def _member(self) -> None:
        pair = self._chance.choice(list(self.schools)), self._chance.choice(list(self.people))
        known, now = self.members.get(pair), self._now()
        made = {"id": self._id("orgmem"), "object": "organization_membership", "created_at": now}
        member = dict(known or made) | {"role": self._chance.choice(list(ROLES)), "updated_at": now}
        member["organization"] = self.schools[pair[0]]
        member["public_user_data"] = {"user_id": pair[1], "first_name": self.people[pair[1]]["first_name"]}
        self.members[pair] = member
        self._tell(f"organizationMembership.{'updated' if known else 'created'}", member)

    def _leave(self) -> None:
        if self.members:
            member = self.members.pop(self._chance.choice(list(self.members)))
            self._tell("organizationMembership.deleted", member | {"updated_at": self._now()})

    def _go(self) -> None:
        """Somebody deletes their account, seldom a school goes; the provider is silent about the memberships."""
        school = self._chance.random() < 0.05
        gone = self._chance.choice(list(self.schools if school else self.people))
        (self.schools if school else self.people).pop(gone)
        self.members = {pair: each for pair, each in self.members.items() if gone not in pair}
        kind = "organization" if school else "user"
        self._tell(f"{kind}.deleted", {"id": gone, "object": kind, "deleted": True})

    def _id(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}_storm{self.seed}x{self._number}"

    def _now(self) -> int:
        self._number += 1
        return BEGAN + self._number * 7

    def _tell(self, event_type: str, data: dict[str, Any]) -> None:
        envelope = {"data": data, "object": "event", "type": event_type, "timestamp": self._now()}
        self.told.append(Message(self._id("msg"), json.dumps(envelope, separators=(",", ":"))))


def as_it_comes(told: list[Message], seed: int) -> list[Message]:
    """Out of order within a window, one in ten once more at some later time."""
    chance = random.Random(seed)  # noqa: S311 - a storm that can be repeated
    places = [(place + chance.uniform(0, WINDOW), place) for place in range(len(told))]
    places += [
        (place + chance.uniform(0, 20 * WINDOW), place) for place in range(len(told)) if chance.random() < 0.1
    ]
    return [told[place] for _, place in sorted(places)]
