"""The statements behind the Backend API's lists: every filter is there, and one that is null asks for nothing."""

from collections.abc import Mapping
from typing import LiteralString

USERS = """
      from identity.users u
     where ($1::text[] is null or exists (select from identity.email_addresses e
                                           where e.user_id = u.id and lower(e.email_address) = any($1)))
       and ($2::text[] is null or u.id = any($2)) and ($3::text[] is null or u.id <> all($3))
       and ($4::text[] is null or u.external_id = any($4))
       and ($5::text[] is null or lower(u.username) = any($5))
       and ($6::text[] is null or exists (select from identity.memberships m
                                           where m.user_id = u.id and m.organization_id = any($6)))
       and ($7::text is null
            or strpos(lower(concat_ws(' ', u.id, u.username, u.first_name, u.last_name)), $7) > 0
            or exists (select from identity.email_addresses e
                        where e.user_id = u.id and strpos(lower(e.email_address), $7) > 0))
       and ($8::text is null or exists (select from identity.email_addresses e
                                         where e.user_id = u.id and strpos(lower(e.email_address), $8) > 0))
       and ($9::text is null or strpos(lower(concat_ws(' ', u.first_name, u.last_name)), $9) > 0)
       and ($10::text is null or strpos(lower(u.username), $10) > 0)
       and ($11::boolean is null or u.banned = $11)
       and ($12::bigint is null or u.created_at < $12) and ($13::bigint is null or u.created_at > $13)
       and ($14::bigint is null or u.last_active_at < $14) and ($15::bigint is null or u.last_active_at > $15)
       and ($16::bigint is null or u.last_sign_in_at < $16) and ($17::bigint is null or u.last_sign_in_at > $17)
       and not $18"""

AFTER_NEWER: LiteralString = """
       and ($21::text is null or (u.created_at, u.id) > (select c.created_at, c.id from identity.users c where c.id = $21))"""
AFTER_OLDER: LiteralString = """
       and ($21::text is null or (u.created_at, u.id) < (select c.created_at, c.id from identity.users c where c.id = $21))"""

USER_ORDERS: Mapping[str, LiteralString] = {
    "created_at": "u.created_at",
    "updated_at": "u.updated_at",
    "email_address": "(select lower(e.email_address) from identity.email_addresses e where e.user_id = u.id and e.is_primary)",
    "first_name": "lower(u.first_name)",
    "last_name": "lower(u.last_name)",
    "username": "lower(u.username)",
    "last_active_at": "u.last_active_at",
    "last_sign_in_at": "u.last_sign_in_at",
}

ORGANIZATIONS = """
      from identity.organizations o
     where ($1::text is null or o.id = $2 or strpos(lower(o.name), $1) > 0 or strpos(o.slug, $1) > 0)
       and ($3::text[] is null or exists (select from identity.memberships m
                                           where m.organization_id = o.id and m.user_id = any($3)))
       and ($4::text[] is null or not exists (select from identity.memberships m
                                               where m.organization_id = o.id and m.user_id = any($4)))
       and ($5::text[] is null or o.id = any($5)) and ($6::text[] is null or o.id <> all($6))"""

ORGANIZATION_ORDERS: Mapping[str, LiteralString] = {
    "created_at": "o.created_at",
    "name": "lower(o.name)",
    "members_count": "(select count(*) from identity.memberships m where m.organization_id = o.id)",
}

MEMBERSHIPS = """
      from identity.memberships m join identity.users u on u.id = m.user_id
      left join identity.email_addresses p on p.user_id = u.id and p.is_primary
     where ($1::text is null or m.organization_id = $1)
       and ($2::text[] is null or m.user_id = any($2)) and ($3::text[] is null or m.user_id <> all($3))
       and ($4::text[] is null or m.role = any($4))
       and ($5::text[] is null or exists (select from identity.email_addresses e
                                           where e.user_id = u.id and lower(e.email_address) = any($5)))
       and ($6::text is null
            or strpos(lower(concat_ws(' ', u.id, u.username, u.first_name, u.last_name, p.email_address)), $6) > 0)
       and ($7::text is null or strpos(lower(p.email_address), $7) > 0)
       and ($8::text is null or strpos(lower(concat_ws(' ', u.first_name, u.last_name)), $8) > 0)
       and ($9::text[] is null or lower(u.username) = any($9))
       and ($10::bigint is null or m.created_at < $10) and ($11::bigint is null or m.created_at > $11)
       and not $12"""

MEMBERSHIP_ORDERS: Mapping[str, LiteralString] = {
    "created_at": "m.created_at",
    "email_address": "lower(p.email_address)",
    "first_name": "lower(u.first_name)",
    "last_name": "lower(u.last_name)",
    "username": "lower(u.username)",
    "phone_number": "m.created_at",
}

INVITATIONS = """
      from identity.invitations i
     where ($1::text is null or i.organization_id = $1)
       and ($2::text[] is null or (case when i.status = 'pending' and i.expires_at <= $3 then 'expired'
                                        else i.status end) = any($2))
       and ($4::text is null or i.email_address = $4)
       and ($5::text[] is null or i.email_address = any($5))
       and ($6::text is null or strpos(i.email_address, $6) > 0)"""

INVITATION_ORDERS: Mapping[str, LiteralString] = {
    "created_at": "i.created_at",
    "email_address": "i.email_address",
}

SESSIONS = """
      from identity.sessions s
     where ($1::text is null or s.user_id = $1) and ($2::text is null or s.client_id = $2)
       and ($3::text is null or s.status = $3)"""


def ordered(order: LiteralString, alias: LiteralString, *, descending: bool) -> LiteralString:
    """Sorted by it and, where that is equal, by id, so that pages neither repeat nor leave out."""
    direction: LiteralString = "desc nulls last" if descending else "asc nulls last"
    ends: LiteralString = "desc" if descending else "asc"
    return f" order by {order} {direction}, {alias}.id {ends}"
