"""Asking to be let into a school, and deciding about it."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.accounts.access import Actor
from coursecove.kit import clock
from coursecove.kit.db import Reads, UserDb
from coursecove.kit.errors import Conflict, Forbidden, RateLimited
from coursecove.kit.ids import new_id
from coursecove.schools.events import JoiningDecided
from coursecove.schools.models import JoinRequest

LONGEST_MESSAGE = 500
ASK = "select app.ask_to_join($1, $2, $3)"


class NotTakingRequests(Forbidden):
    """This school takes people by invitation only. Ask it to invite you."""


class AlreadyDecided(Conflict):
    """Somebody decided about this already."""


async def ask_to_join(db: UserDb, school_id: UUID, message: str) -> None:
    """Ask the school's owners to be let in; asking again changes nothing."""
    outcome = await db.value(ASK, school_id, new_id(), message.strip()[:LONGEST_MESSAGE])
    if outcome == "closed":
        raise NotTakingRequests
    if outcome == "too often":
        raise RateLimited(
            "You asked a short while ago. Please wait before you ask again.", retry_after=86_400
        )


async def decide(db: UserDb, actor: Actor, actor_id: UUID, request_id: UUID, *, accept: bool) -> JoinRequest:
    """Note the decision; who was accepted becomes a member through the identity provider."""
    request = await db.get(JoinRequest, request_id, lock=True)
    if request.state != "waiting":
        raise AlreadyDecided
    request.state = "accepted" if accept else "declined"
    request.decided_at, request.decided_by = clock.now(), actor_id
    await db.flush()
    await db.emit(JoiningDecided(request.id, accept))
    return request


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, as the identity provider knows them."""

    external_id: str
    name: str
    state: str


WAITING = """
    select r.external_id, r.name, r.state from join_requests r
     where r.organization_id = (select app.org_id()) and r.id = $1"""


async def waiting_request(db: Reads, request_id: UUID) -> Asked:
    """Somebody about whom nobody decided yet."""
    asked = await db.one(Asked, WAITING, request_id)
    if asked.state != "waiting":
        raise AlreadyDecided
    return asked
