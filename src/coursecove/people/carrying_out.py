"""Carrying a change out at the identity provider: outside every transaction, and harmless when it is repeated."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from coursecove.accounts.outside import Learn
from coursecove.accounts.roles import Role
from coursecove.kit.errors import Conflict, Invalid, NotFound
from coursecove.people.models import ChangeKind
from coursecove.providers.identity import (
    IdentityProvider,
    NewInvitation,
    ProviderConflict,
    ProviderForgot,
    ProviderInvitation,
)

INVITED_AT_ONCE = 10
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
    name: str | None
    user_ref: str | None
    membership_ref: str | None
    invitation_id: UUID | None
    invitation_ref: str | None
    asked_by: UUID | None
    asked_by_ref: str | None


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

    def __init__(self, identity: IdentityProvider, learn: Learn, *, landing: str) -> None:
        self._identity, self._learn, self._landing = identity, learn, landing

    async def carry_out(self, order: Order) -> Outcome:
        """One order. What the provider refuses is an outcome; where it cannot be reached, the error goes on."""
        try:
            return await self._done(order)
        except ProviderForgot:
            return Outcome(order.id, "gone")
        except (Invalid, Conflict, NotFound) as refusal:
            return Outcome(order.id, refusal.message)

    async def invite_all(self, orders: Sequence[Order]) -> list[Outcome]:
        """Several invitations in one call; where one of them is refused, each by itself, so that it is known which."""
        if not orders:
            return []
        try:
            sent = await self._invite(orders)
        except (Invalid, Conflict):
            return [await self.carry_out(order) for order in orders]
        by_email = {invitation.email.casefold(): invitation for invitation in sent}
        return [_sent(order, by_email.get(order.email or "")) for order in orders]

    async def _done(self, order: Order) -> Outcome:
        match ChangeKind(order.kind):
            case ChangeKind.INVITATION:
                return await self._invite_one(order)
            case ChangeKind.REVOCATION:
                return await self._revoke(order)
            case ChangeKind.RESENDING:
                found = await self._identity.resend_invitation(
                    order.school_ref, order.invitation_ref or "", by=order.asked_by_ref
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

    async def _invite_one(self, order: Order) -> Outcome:
        try:
            return _sent(order, (await self._invite([order]))[0])
        except ProviderConflict:
            # It may be our own, sent before a crash kept us from noting it.
            pending = await self._pending(order.school_ref, order.email or "")
            if pending is None:
                raise
            return _sent(order, pending)

    async def _invite(self, orders: Sequence[Order]) -> list[ProviderInvitation]:
        return await self._identity.invite(
            orders[0].school_ref,
            [NewInvitation(order.email or "", _role(order)) for order in orders],
            inviter_id=orders[0].asked_by_ref,
            redirect_url=self._landing,
        )

    async def _pending(self, school_ref: str, email: str) -> ProviderInvitation | None:
        for page in range(PENDING_PAGES):
            found = await self._identity.invitations(school_ref, limit=100, offset=page * 100)
            for invitation in found:
                if invitation.email.casefold() == email:
                    return invitation
            if len(found) < 100:
                break
        return None

    async def _revoke(self, order: Order) -> Outcome:
        with suppress(ProviderForgot):  # it is gone, which is what was asked
            await self._identity.revoke_invitation(
                order.school_ref, order.invitation_ref or "", by=order.asked_by_ref
            )
        return Outcome(order.id)

    async def _restore(self, order: Order) -> None:
        try:
            added = await self._identity.add_member(order.school_ref, order.user_ref or "", _role(order))
        except ProviderConflict:
            added = await self._identity.change_role(order.school_ref, order.user_ref or "", _role(order))
        await self._learn("organizationMembership.created", added.raw)

    async def _remove(self, order: Order) -> None:
        with suppress(ProviderForgot):
            await self._identity.remove_member(order.school_ref, order.user_ref or "")
        await self._learn("organizationMembership.deleted", _gone(order))


def _role(order: Order) -> Role:
    return Role(order.role or Role.STUDENT)


def _sent(order: Order, found: ProviderInvitation | None) -> Outcome:
    if found is None:
        return Outcome(order.id, "gone")
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
