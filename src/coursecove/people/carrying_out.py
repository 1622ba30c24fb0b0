"""Carrying a change out at the identity provider: outside every transaction, and harmless when it is repeated."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

from coursecove.accounts.outside import Learn
from coursecove.accounts.roles import Role
from coursecove.kit.errors import Conflict, Invalid, NotFound
from coursecove.people.models import ChangeKind
from coursecove.providers.identity import (
    IdentityProvider,
    InvitationsRefused,
    NewInvitation,
    ProviderForgot,
    ProviderInvitation,
)

INVITED_AT_ONCE = 50
PENDING_PAGES = 20


@dataclass(frozen=True, slots=True)
class Order:
    """A change in the provider's own words: whom it is about there, and who asked."""

    id: UUID
    kind: str
    role: str | None
    email: str | None
    school_ref: str
    school_name: str
    school_slug: str
    school_label: str
    name: str | None
    user_ref: str | None
    membership_ref: str | None
    invitation_id: UUID | None
    invitation_ref: str | None
    asked_by: UUID | None
    asked_by_ref: str | None
    allowed: bool
    """False once whoever asked may not ask for such things any more."""
    stale: bool
    """True where the person does not stand as they did when this was asked: nothing is left to do."""


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """An invitation as our mirror keeps it: without its link."""

    external_id: str
    email: str
    status: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order: nothing wrong, or a problem in words; the invitation, where there is one."""

    change_id: UUID
    problem: str | None = None
    invitation: SentInvitation | None = None


class Provider:
    """The provider's port with what carrying out needs besides: what to learn, where invitations lead."""

    def __init__(self, identity: IdentityProvider, learn: Learn, origin_of: Callable[[str], str]) -> None:
        self._identity, self._learn, self._origin_of = identity, learn, origin_of

    async def end_account(self, user_ref: str) -> None:
        """An account that only a school looked after; ending one that is gone is fine."""
        await self._identity.delete_user(user_ref)

    async def carry_out(self, order: Order) -> Outcome:
        """One order. What the provider refuses is an outcome; where it cannot be reached, the error goes on."""
        if order.stale or not order.allowed:
            return Outcome(order.id, None if order.stale else "not_allowed")
        try:
            return await self._done(order)
        except ProviderForgot:
            return Outcome(order.id, "gone")
        except (Invalid, Conflict, NotFound) as refusal:
            return Outcome(order.id, refusal.message)

    async def invite_all(self, orders: Sequence[Order]) -> list[Outcome]:
        """Several invitations in one call; whoever is refused does not keep the others out."""
        going = [order for order in orders if order.allowed and order.kind == ChangeKind.INVITATION]
        others = [order for order in orders if order not in going]
        invited = await self._invited(going) if going else []
        return [*invited, *[await self.carry_out(order) for order in others]]

    async def _done(self, order: Order) -> Outcome:
        match ChangeKind(order.kind):
            case ChangeKind.INVITATION:
                return (await self._invited([order]))[0]
            case ChangeKind.REVOCATION:
                return await self._revoke(order)
            case ChangeKind.RESENDING:
                found = await self._identity.resend_invitation(
                    order.school_ref, order.invitation_ref or "", by=order.asked_by_ref or ""
                )
                return _sent(order, found)
            case ChangeKind.ROLE:
                changed = await self._identity.change_role(
                    order.school_ref, order.user_ref or "", _role(order)
                )
                await self._learn("organizationMembership.updated", changed.raw)
            case ChangeKind.RESTORATION:
                await self._restore(order)
            case ChangeKind.REMOVAL | ChangeKind.LEAVING:
                await self._remove(order)
        return Outcome(order.id)

    async def _invited(self, orders: Sequence[Order]) -> list[Outcome]:
        refused: Mapping[str, str] = {}
        try:
            sent = await self._identity.invite(
                orders[0].school_ref,
                [NewInvitation(order.email or "", _role(order)) for order in orders],
                inviter_id=orders[0].asked_by_ref or "",
                redirect_url=f"{self._origin_of(orders[0].school_label)}/dashboard",
            )
        except InvitationsRefused as some:
            # One of them may be our own, sent before a crash kept us from noting it.
            ours = await self._pending(orders[0].school_ref, set(some.fields))
            sent, refused = [*some.sent, *ours], some.fields
        by_email = {invitation.email.casefold(): invitation for invitation in sent}
        return [_sent(order, by_email.get(order.email or ""), refused) for order in orders]

    async def _pending(self, school_ref: str, wanted: set[str]) -> list[ProviderInvitation]:
        """Open invitations of these addresses, as the provider has them."""
        ours: list[ProviderInvitation] = []
        for page in range(PENDING_PAGES):
            found = await self._identity.invitations(school_ref, limit=100, offset=page * 100)
            ours += [invitation for invitation in found if invitation.email.casefold() in wanted]
            if len(found) < 100 or len(ours) == len(wanted):
                break
        return ours

    async def _revoke(self, order: Order) -> Outcome:
        with suppress(ProviderForgot):  # it is gone, which is what was asked
            await self._identity.revoke_invitation(
                order.school_ref, order.invitation_ref or "", by=order.asked_by_ref or ""
            )
        return Outcome(order.id)

    async def _restore(self, order: Order) -> None:
        added = await self._identity.add_member(order.school_ref, order.user_ref or "", _role(order))
        await self._learn("organizationMembership.created", added.raw)

    async def _remove(self, order: Order) -> None:
        await self._identity.remove_member(order.school_ref, order.user_ref or "")
        await self._learn("organizationMembership.deleted", _gone(order))


def _role(order: Order) -> Role:
    return Role(order.role or Role.STUDENT)


def _sent(
    order: Order, found: ProviderInvitation | None, refused: Mapping[str, str] = MappingProxyType({})
) -> Outcome:
    if found is None:
        return Outcome(order.id, refused.get(order.email or "", "gone"))
    kept = SentInvitation(
        found.id,
        found.email.casefold(),
        found.status,
        _moment(found.created_at_ms),
        _moment(found.expires_at_ms) if found.expires_at_ms else None,
    )
    return Outcome(order.id, None, kept)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _gone(order: Order) -> bytes:
    """The membership that is no more, as its webhook will tell; the provider answers a removal with nothing."""
    return json.dumps(
        {
            "object": "organization_membership",
            "id": order.membership_ref,
            "organization": {
                "id": order.school_ref,
                "name": order.school_name,
                "slug": order.school_slug,
            },
            "public_user_data": {"user_id": order.user_ref, "first_name": order.name},
        }
    ).encode()
