"""How a page asks the identity provider for one change: note it, call, learn, keep what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

from coursecove.accounts.access import Member
from coursecove.accounts.outside import Outside
from coursecove.accounts.permissions import Permission
from coursecove.kit.db import UserDb
from coursecove.kit.errors import RateLimited, Unavailable
from coursecove.kit.web.language import gettext as _
from coursecove.people.actions import Wish, ask, settle
from coursecove.people.carrying_out import Order, Provider
from coursecove.people.models import ChangeKind
from coursecove.people.orders import my_order
from coursecove.people.wording import problem_words


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page learns: the order, the refusal in words, and whether the background goes on with it."""

    order: Order
    problem: str | None = None
    waits: bool = False

    @property
    def undo(self) -> str:
        """Where to post to have it the way it was."""
        return f"/people/changes/{self.order.id}/undoing"

    @property
    def toast(self) -> str:
        """What to say where the background goes on."""
        return _("The sign-in service does not answer right now. We keep trying; you need not do anything.")


async def ask_now(
    request: Request, work: Outside, me: Member, wish: Callable[[UserDb], Awaitable[Wish]]
) -> Asked:
    """One change, carried out while the person waits; what cannot be reached now is left to the background."""
    async with work.write() as db:
        wanted = await wish(db)
        order = await my_order(db, await ask(db, me, wanted))
    provider = Provider(work.identity, work.learn, request.app.state.root.origin)
    try:
        outcome = await provider.carry_out(order)
    except (Unavailable, RateLimited):
        return Asked(order, waits=True)
    if order.kind != ChangeKind.LEAVING:
        # Whoever took their own rights away still notes that they did.
        async with work.write(allow=Permission.SEE_SCHOOL) as db:
            await settle(db, order, outcome)
    return Asked(order, problem_words(outcome.problem) if outcome.problem else None)
