"""What the provider knows: people, schools and memberships, and what it has told about them."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.sync import provider
from tests.sync.provider import START

ROLES = {
    "org:admin": "SUPER_ADMIN",
    "org:teacher": "TEACHER",
    "org:guardian": "GUARDIAN",
    "org:student": "STUDENT",
    "org:member": "STUDENT",
    "org:unheard_of": "STUDENT",
}
PEOPLE, SCHOOLS = 3, 2
UNHEARD = 5
"""One in so many joins although we know them as members."""

_worlds = count(1)


@dataclass(frozen=True, slots=True)
class Message:
    """Something told; it is sent until it is acknowledged, and now and then once more."""

    id: str
    type: str
    body: bytes


@dataclass
class Provider:
    """The other side of the wire. Ids are never used twice; what is deleted stays so."""

    name: str = field(default_factory=lambda: f"w{next(_worlds)}")
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    schools: dict[str, dict[str, Any]] = field(default_factory=dict)
    memberships: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[Message] = field(default_factory=list)
    clock: int = START
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def act(self, choice: int) -> None:
        """One thing that somebody does at the provider; `choice` decides what, and to whom."""
        acts = (
            self.user_changes,
            self.user_changes,
            self.school_changes,
            self.member_changes,
            self.member_changes,
            self.member_changes,
            self.member_leaves,
            self.user_goes,
            self.school_goes,
        )
        acts[choice % len(acts)](choice // len(acts))

    def user_changes(self, choice: int) -> None:
        user_id = self._id("user", choice % PEOPLE, self.users)
        first = user_id not in self.users
        self.users[user_id] = provider.user(user_id, self._tick(), first_name=f"First{choice % 97}")
        self._tell("user.created" if first else "user.updated", self.users[user_id])

    def school_changes(self, choice: int) -> None:
        school_id = self._id("org", choice % SCHOOLS, self.schools)
        first = school_id not in self.schools
        # A few slugs for all, so that schools compete for a label.
        slug = f"{self.name}-school" if choice % 2 else f"{self.name}-{choice % 5}"
        self.schools[school_id] = provider.organization(
            school_id, self._tick(), name=f"School {choice % 89}", slug=slug
        )
        self._tell("organization.created" if first else "organization.updated", self.schools[school_id])

    def member_changes(self, choice: int) -> None:
        """Joins, or changes the role of one who is there; the parents exist before, as at any provider.

        Now and then one who is there joins once more: as if we had never been told that they had left. Then the newer
        membership counts, and the older one again once that is over.
        """
        person, school = self._person(choice), self._school(choice // 7)
        role = list(ROLES)[choice % len(ROLES)]
        live = self.live_membership(school["id"], person["id"])
        if live is None or choice % UNHEARD == 0:
            membership_id = f"orgmem_{self.name}_{next(self._numbers)}"
            made = provider.membership(membership_id, school, person, self._tick(), role=role)
            made["created_at"] = made["updated_at"]
            self.memberships[membership_id] = made
            self._tell("organizationMembership.created", made)
            return
        live |= {"role": role, "updated_at": self._tick()}
        self._tell("organizationMembership.updated", live)

    def member_leaves(self, choice: int) -> None:
        live = [each for each in self.memberships.values() if not each.get("gone")]
        if live:
            self._leave(live[choice % len(live)])

    def user_goes(self, choice: int) -> None:
        live = [user_id for user_id, each in self.users.items() if not each.get("gone")]
        if not live:
            return
        user_id = live[choice % len(live)]
        if choice % 2:  # some providers tell of the memberships, some do not
            for each in list(self.memberships.values()):
                if each["public_user_data"]["user_id"] == user_id and not each.get("gone"):
                    self._leave(each)
        self.users[user_id]["gone"] = True
        self._tell("user.deleted", provider.deleted("user", user_id))

    def school_goes(self, choice: int) -> None:
        live = [school_id for school_id, each in self.schools.items() if not each.get("gone")]
        if live:
            school_id = live[choice % len(live)]
            self.schools[school_id]["gone"] = True
            self._tell("organization.deleted", provider.deleted("organization", school_id))

    def live_membership(self, school_id: str, user_id: str) -> dict[str, Any] | None:
        return next(
            (
                each
                for each in reversed(self.memberships.values())
                if not each.get("gone")
                and each["organization"]["id"] == school_id
                and each["public_user_data"]["user_id"] == user_id
            ),
            None,
        )

    def _leave(self, membership: dict[str, Any]) -> None:
        membership |= {"gone": True, "updated_at": self._tick()}
        self._tell("organizationMembership.deleted", membership)

    def _person(self, choice: int) -> dict[str, Any]:
        user_id = self._id("user", choice % PEOPLE, self.users)
        if user_id not in self.users:
            self.user_changes(choice)
        return self.users[user_id]

    def _school(self, choice: int) -> dict[str, Any]:
        school_id = self._id("org", choice % SCHOOLS, self.schools)
        if school_id not in self.schools:
            self.school_changes(choice)
        return self.schools[school_id]

    def _id(self, prefix: str, place: int, known: dict[str, dict[str, Any]]) -> str:
        """Whoever has this place now; after a deletion somebody new takes it."""
        generation = 0
        while known.get(name := f"{prefix}_{self.name}_{place}_{generation}", {}).get("gone"):
            generation += 1
        return name

    def _tick(self) -> int:
        self.clock += 7
        return self.clock

    def _tell(self, event_type: str, data: dict[str, Any]) -> None:
        kept = {key: value for key, value in data.items() if key != "gone"}
        body = provider.event(event_type, kept, timestamp=self._tick())
        self.told.append(Message(f"msg_{self.name}_{next(self._numbers)}", event_type, body))
