"""Reads of the outbox and of those who are written to, through the service client."""

from dataclasses import dataclass
from uuid import UUID

from coursecove.kit.cursors import BadCursor, Slice, cut, read_cursor
from coursecove.kit.db import ReadDb, Reads, ServiceDb
from coursecove.kit.mail import one_line
from coursecove.notifications.views import Mail, MailLine

PAGE_SIZE = 25
LATEST = UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")


@dataclass(frozen=True, slots=True)
class MailStats:
    """The figures behind the operator's view; the age in seconds, 0 where nothing waits."""

    queued: int
    failed: int
    oldest_queued_age: float


MAIL_STATS = """
    select count(*) filter (where status = 'queued') as queued,
           count(*) filter (where status = 'failed') as failed,
           coalesce(extract(epoch from now() - min(created_at) filter (where status = 'queued')), 0)::float8
             as oldest_queued_age
      from mail_messages where status <> 'sent'"""


async def mail_stats(db: Reads) -> MailStats:
    """How much mail waits and how much gave up, from an index that holds only those."""
    return await db.one(MailStats, MAIL_STATS)


MAILS_BEFORE = """
    select id, recipient, subject, status, attempts, created_at from mail_messages
     where id < $1 and strpos(lower(recipient), lower($2)) > 0 order by id desc limit $3"""

MAILS_AFTER = """
    select id, recipient, subject, status, attempts, created_at from mail_messages
     where id > $1 and strpos(lower(recipient), lower($2)) > 0 order by id limit $3"""


async def mails(
    db: Reads, *, recipient: str = "", cursor: str | None = None, limit: int = PAGE_SIZE
) -> Slice[MailLine]:
    """The outbox, newest first; `recipient` is any part of an address. Ids are ordered by time."""
    place = read_cursor(cursor, 1)
    key = _uuid(place.key[0]) if place else LATEST
    sql = MAILS_AFTER if place and place.backwards else MAILS_BEFORE
    rows = await db.fetch(MailLine, sql, key, recipient, limit + 1)
    return cut(rows, limit, place, lambda row: (str(row.id),))


MAIL = """
    select m.id, m.key, m.recipient, m.subject, m.from_name, m.text_body as text, m.html_body as html, m.status,
           m.attempts, m.error, m.created_at, m.sent_at, o.name as school
      from mail_messages m left join organizations o on o.id = m.school_id
     where m.id = $1"""


async def mail(db: ReadDb, mail_id: UUID) -> Mail:
    return await db.one(Mail, MAIL, mail_id)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A member who joined, as the welcome mail needs to know them."""

    user_id: UUID
    email: str | None
    first_name: str | None
    display_name: str
    provisional: bool
    role: str
    school_id: UUID
    school_name: str
    label: str
    brand_color: str | None
    locale: str
    time_zone: str

    @property
    def called(self) -> str:
        """The name to greet with, which may hold whatever somebody typed."""
        return one_line(self.first_name or self.display_name)


NEWCOMER = """
    select u.id as user_id, u.email, u.first_name, m.display_name, u.provisional, m.role, o.id as school_id,
           o.name as school_name, o.subdomain as label, o.brand_color, coalesce(m.locale, o.locale) as locale,
           coalesce(m.time_zone, o.time_zone) as time_zone
      from organization_memberships m
      join users u on u.id = m.user_id and u.status = 'ACTIVE'
      join organizations o on o.id = m.organization_id and o.status = 'ACTIVE'
     where m.organization_id = $1 and m.id = $2 and m.status = 'ACTIVE'"""


async def newcomer(db: ServiceDb, member_id: UUID) -> Newcomer | None:
    """A member of the transaction's school, while they still are one."""
    return await db.first(Newcomer, NEWCOMER, db.organization_id, member_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor from None
