"""Asking people to join an organisation. Every function runs in its caller's transaction."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from coursecove_identity import emails, memberships, organizations, shapes, webhooks
from coursecove_identity.clock import DAY, HOUR, now_ms
from coursecove_identity.faults import (
    Fault,
    Forbidden,
    NotFound,
    NotPossible,
    TooOften,
    malformed,
    not_found,
    wrong_value,
)
from coursecove_identity.ids import new_id
from coursecove_identity.metadata import Metadata, checked
from coursecove_identity.roles import ADMIN, known
from coursecove_identity.store import Connection, made, many, one

LIFETIME_DAYS, LONGEST_DAYS = 30, 365
MOST_PER_HOUR = 250


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Whom to ask, and what they will be."""

    email_address: str
    role: str
    inviter_id: str | None = None
    public_metadata: Metadata | None = None
    private_metadata: Metadata | None = None
    redirect_url: str | None = None
    expires_in_days: int | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """One person asked to join one organisation; times are milliseconds."""

    id: str
    organization_id: str
    organization_name: str
    email_address: str
    role: str
    status: str
    inviter_id: str | None
    public_metadata: Metadata
    private_metadata: Metadata
    redirect_url: str | None
    expires_at: int

    @property
    def is_open(self) -> bool:
        return self.status == "pending" and self.expires_at > now_ms()


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation and the ticket for its link, which is known here and then never again."""

    invitation: Invitation
    ticket: str


_COLUMNS = """
    i.id, i.organization_id, o.name as organization_name, i.email_address, i.role, i.status, i.inviter_id,
    i.public_metadata, i.private_metadata, i.redirect_url, i.expires_at"""
_FROM = "identity.invitations i join identity.organizations o on o.id = i.organization_id"

FIND = f"select {_COLUMNS} from {_FROM} where i.id = $1 and i.organization_id = $2"  # noqa: S608 - constants
FIND_ALONE = f"select {_COLUMNS} from {_FROM} where i.id = $1"  # noqa: S608
BY_TICKET = f"""
    select {_COLUMNS} from {_FROM} join identity.invitation_tickets t on t.invitation_id = i.id
     where t.ticket_hash = $1"""  # noqa: S608
OPEN_FOR = f"""
    select {_COLUMNS} from {_FROM} join identity.email_addresses e on lower(e.email_address) = i.email_address
     where e.user_id = $1 and e.verified_at is not null and i.status = 'pending' and i.expires_at > $2
     order by i.created_at"""  # noqa: S608

INSERT = """
    insert into identity.invitations (id, organization_id, email_address, role, inviter_id, public_metadata,
                                      private_metadata, redirect_url, expires_at, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"""

END = """
    update identity.invitations set status = $2, user_id = $3, updated_at = greatest(updated_at + 1, $4)
     where id = $1"""

PROLONG = """
    update identity.invitations set expires_at = $2, updated_at = greatest(updated_at + 1, $3) where id = $1"""

EXPIRE_OLD = """
    update identity.invitations set status = 'expired', updated_at = greatest(updated_at + 1, $3)
     where organization_id = $1 and email_address = any($2::text[]) and status = 'pending' and expires_at <= $3"""

PENDING = """
    select email_address from identity.invitations
     where organization_id = $1 and email_address = any($2::text[]) and status = 'pending'"""

MEMBERS = """
    select e.email_address from identity.memberships m join identity.email_addresses e on e.user_id = m.user_id
     where m.organization_id = $1 and lower(e.email_address) = any($2::text[]) and e.verified_at is not null"""

LATELY = """
    select count(*) as number, min(sent_at) as first from identity.invitation_sendings
     where organization_id = $1 and sent_at > $2"""

COUNT_SENDINGS = """
    insert into identity.invitation_sendings (organization_id, sent_at) select $1, $2 from generate_series(1, $3)"""

FORGET_SENDINGS = "delete from identity.invitation_sendings where sent_at < $1"
FORGET_TICKETS = "delete from identity.invitation_tickets where invitation_id = $1"
ADD_TICKET = """
    insert into identity.invitation_tickets (ticket_hash, invitation_id, organization_id, created_at)
    values ($1, $2, $3, $4)"""

HAS_ADDRESS = """
    select exists (select from identity.email_addresses
                    where user_id = $1 and lower(email_address) = $2 and verified_at is not null)"""


async def create(connection: Connection, organization_id: str, asked: Sequence[NewInvitation]) -> list[Sent]:
    """All of them or none; each gets its own ticket. The mail is written by whoever calls this."""
    addresses = [_address(each.email_address) for each in asked]
    await organizations.lock(connection, organization_id)
    for each in asked:
        known(each.role)
        await _check_inviter(connection, organization_id, each.inviter_id)
    await _check_addresses(connection, organization_id, addresses)
    await _count(connection, organization_id, len(asked))
    return [
        await _create(connection, organization_id, address, each)
        for address, each in zip(addresses, asked, strict=True)
    ]


async def resend(connection: Connection, organization_id: str, invitation_id: str) -> Sent:
    """A new link, good for as long as a new invitation's; those sent before end."""
    await organizations.lock(connection, organization_id)
    invitation = await _pending(connection, organization_id, invitation_id)
    await _count(connection, organization_id, 1)
    await connection.execute(PROLONG, invitation_id, now_ms() + LIFETIME_DAYS * DAY, now_ms())
    await connection.execute(FORGET_TICKETS, invitation_id)
    ticket = await _new_ticket(connection, organization_id, invitation_id)
    return Sent(await find(connection, organization_id, invitation.id), ticket)


async def revoke(connection: Connection, organization_id: str, invitation_id: str) -> None:
    """The link leads nowhere from now on."""
    await organizations.lock(connection, organization_id)
    await _pending(connection, organization_id, invitation_id)
    await _end(connection, invitation_id, "revoked", None)


async def accept(connection: Connection, invitation_id: str, user_id: str) -> str:
    """The invitee belongs to the organisation; only who has verified the very address that was asked. Answers its id."""
    invitation = await one(connection, Invitation, FIND_ALONE, invitation_id)
    if invitation is None:
        raise not_found("organization invitation", invitation_id)
    await organizations.lock(connection, invitation.organization_id)
    invitation = await _acceptable(connection, invitation.organization_id, invitation_id)
    if not await connection.fetchval(HAS_ADDRESS, user_id, invitation.email_address):
        sentence = (
            "This invitation was sent to another e-mail address than the verified ones of this account."
        )
        raise Forbidden(Fault("authorization_invalid", "Unauthorized request", sentence))
    if await memberships.claim_at(connection, user_id, invitation.organization_id) is None:
        await memberships.create(
            connection,
            invitation.organization_id,
            user_id,
            role=invitation.role,
            public_metadata=invitation.public_metadata,
            private_metadata=invitation.private_metadata,
        )
    await _end(connection, invitation_id, "accepted", user_id)
    return invitation.organization_id


async def find(connection: Connection, organization_id: str, invitation_id: str) -> Invitation:
    found = await one(connection, Invitation, FIND, invitation_id, organization_id)
    if found is None:
        raise not_found("organization invitation", invitation_id)
    return found


async def by_ticket(connection: Connection, ticket: str) -> Invitation | None:
    """The invitation that a link is of, in whichever state it is."""
    return await one(connection, Invitation, BY_TICKET, _digest(ticket))


async def open_for(connection: Connection, user_id: str) -> list[Invitation]:
    """What somebody is asked to join, at any of their verified addresses."""
    return await many(connection, Invitation, OPEN_FOR, user_id, now_ms())


async def forget_sendings(connection: Connection) -> None:
    """What no limit counts any more."""
    await connection.execute(FORGET_SENDINGS, now_ms() - 2 * HOUR)


async def _create(connection: Connection, organization_id: str, address: str, asked: NewInvitation) -> Sent:
    new, at = new_id("orginv"), now_ms()
    await connection.execute(
        INSERT,
        new,
        organization_id,
        address,
        asked.role,
        asked.inviter_id,
        checked(asked.public_metadata),
        checked(asked.private_metadata, "private_metadata"),
        asked.redirect_url,
        at + _days(asked.expires_in_days) * DAY,
        at,
    )
    ticket = await _new_ticket(connection, organization_id, new)
    await webhooks.emit(
        connection, "organizationInvitation.created", await shapes.invitation_json(connection, new)
    )
    return Sent(await made(connection, Invitation, FIND, new, organization_id), ticket)


async def _end(connection: Connection, invitation_id: str, status: str, user_id: str | None) -> None:
    await connection.execute(END, invitation_id, status, user_id, now_ms())
    await connection.execute(FORGET_TICKETS, invitation_id)
    data = await shapes.invitation_json(connection, invitation_id)
    await webhooks.emit(connection, f"organizationInvitation.{status}", data)


async def _pending(connection: Connection, organization_id: str, invitation_id: str) -> Invitation:
    """Neither accepted nor revoked; one that has only grown old may still be sent again."""
    invitation = await find(connection, organization_id, invitation_id)
    if invitation.status != "pending":
        sentence = "The organization invitation is not in the 'pending' status."
        raise NotFound(Fault("organization_invitation_not_pending", "not pending", sentence))
    return invitation


async def _acceptable(connection: Connection, organization_id: str, invitation_id: str) -> Invitation:
    invitation = await find(connection, organization_id, invitation_id)
    if invitation.status == "accepted":
        sentence = "This invitation has already been accepted. Sign in instead."
        raise NotPossible(Fault("organization_invitation_already_accepted", "already accepted", sentence))
    if invitation.status == "revoked":
        sentence = "This invitation has been revoked and cannot be used anymore."
        raise NotPossible(Fault("organization_invitation_revoked_code", "revoked", sentence))
    if not invitation.is_open:
        sentence = "This invitation has expired. Ask for a new one."
        raise NotPossible(Fault("organization_invitation_expired", "expired", sentence))
    return invitation


async def _check_inviter(connection: Connection, organization_id: str, inviter_id: str | None) -> None:
    if inviter_id is None:
        return
    place = await memberships.claim_at(connection, inviter_id, organization_id)
    if place is None or place.role != ADMIN:
        sentence = "The inviter has to be a member of the organization with administrator privileges."
        raise Forbidden(Fault("not_an_admin_in_organization", "not an admin", sentence, "inviter_user_id"))


async def _check_addresses(connection: Connection, organization_id: str, addresses: list[str]) -> None:
    await connection.execute(EXPIRE_OLD, organization_id, addresses, now_ms())
    members = await connection.fetch(MEMBERS, organization_id, addresses)
    if members:
        sentence = f"{members[0]['email_address']} is already a member of the organization."
        raise NotPossible(
            Fault("already_a_member_in_organization", "already a member", sentence, "email_address")
        )
    pending = {row["email_address"] for row in await connection.fetch(PENDING, organization_id, addresses)}
    twice = pending | {address for address in addresses if addresses.count(address) > 1}
    if twice:
        sentence = "There are already pending invitations for the following email addresses: "
        raise NotPossible(
            Fault(
                "duplicate_record",
                "duplicate invitation",
                sentence + ", ".join(sorted(twice)),
                "email_address",
            )
        )


async def _count(connection: Connection, organization_id: str, number: int) -> None:
    """Every sending counts, also a repeated one; the organisation is locked, so nobody counts beside us."""
    now = now_ms()
    lately = await connection.fetchrow(LATELY, organization_id, now - HOUR)
    if lately is not None and lately["number"] + number > MOST_PER_HOUR:
        wait = (lately["first"] or now) + HOUR - now
        sentence = f"An organization may send {MOST_PER_HOUR} invitations an hour. Please try again later."
        fault = Fault("too_many_requests", "Too many requests", sentence)
        raise TooOften(fault, retry_after=max(1, -(-wait // 1000)))
    await connection.execute(COUNT_SENDINGS, organization_id, now, number)


async def _new_ticket(connection: Connection, organization_id: str, invitation_id: str) -> str:
    ticket = secrets.token_urlsafe(32)
    await connection.execute(ADD_TICKET, _digest(ticket), invitation_id, organization_id, now_ms())
    return ticket


def _digest(ticket: str) -> bytes:
    return sha256(ticket.encode("utf-8", "replace")).digest()


def _address(given: str) -> str:
    """As it is compared: nobody tells two mailboxes apart by their capitals."""
    address = emails.normal(given)
    if address is None:
        raise malformed("email_address", "email_address must be a valid email address.")
    return address.lower()


def _days(given: int | None) -> int:
    if given is None:
        return LIFETIME_DAYS
    if not 1 <= given <= LONGEST_DAYS:
        raise wrong_value("expires_in_days", f"expires_in_days must be between 1 and {LONGEST_DAYS}.")
    return given
