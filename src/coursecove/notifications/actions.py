"""Writing into the outbox in the transaction of whatever a mail is about, and noting what became of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coursecove.kit.db import ServiceDb
from coursecove.kit.ids import new_id
from coursecove.kit.mail import BadAddress, checked_address, one_line
from coursecove.notifications.events import MailQueued

LONGEST_SUBJECT = 200

WRITE = """
    insert into mail_messages (id, key, school_id, from_name, recipient, subject, text_body, html_body, status, error)
    values ($1, $2, $3, (select name from organizations where id = $3), $4, $5, $6, $7,
            case when $8::text is null then 'queued' else 'failed' end, $8)
    on conflict (key) do nothing returning id"""


async def queue_mail(
    db: ServiceDb, *, to: str, subject: str, text: str, html: str, key: str, school_id: UUID | None = None
) -> None:
    """Leave a mail for delivery, in the school's name where there is one. A key used before queues nothing.

    An address that is none fails this mail, in sight of the operator, and never the caller's own work.
    """
    try:
        recipient, error = checked_address(to), None
    except BadAddress:
        recipient, error = one_line(to), "the recipient's address is none"
    line = one_line(subject)[:LONGEST_SUBJECT]
    mail_id: UUID | None = await db.value(WRITE, new_id(), key, school_id, recipient, line, text, html, error)
    if mail_id is not None and error is None:
        await _tell(db, MailQueued(mail_id))


async def _tell(db: ServiceDb, event: MailQueued) -> None:
    """News of the platform: a school's own feed shows what its people did, not what was posted to them."""
    school = db.organization_id
    db.belongs_to(None)
    try:
        await db.emit(event)
    finally:
        db.belongs_to(school)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail on its way out; without bodies where they are cleared already."""

    recipient: str
    subject: str
    text: str | None
    html: str | None
    from_name: str | None
    created_at: datetime


TAKE_OUT = """
    update mail_messages set attempts = attempts + 1 where id = $1 and status <> 'sent'
    returning recipient, subject, text_body as text, html_body as html, from_name, created_at"""


async def take_out(db: ServiceDb, mail_id: UUID) -> Outgoing | None:
    """The mail for one more attempt; nothing where it left before or is gone."""
    return await db.first(Outgoing, TAKE_OUT, mail_id)


NOTE_TROUBLE = "update mail_messages set error = $2 where id = $1 and status <> 'sent' returning id"


async def note_trouble(db: ServiceDb, mail_id: UUID, error: str) -> None:
    """Why the latest attempt came to nothing; another follows."""
    await db.value(NOTE_TROUBLE, mail_id, error)


NOTE_SENT = """
    update mail_messages set status = 'sent', receipt = $2, sent_at = now(), error = null
     where id = $1 and status <> 'sent' returning id"""


async def note_sent(db: ServiceDb, mail_id: UUID, receipt: str) -> None:
    await db.value(NOTE_SENT, mail_id, receipt)


NOTE_FAILED = """
    update mail_messages set status = 'failed', error = $2 where id = $1 and status <> 'sent' returning id"""


async def note_failed(db: ServiceDb, mail_id: UUID, error: str) -> None:
    await db.value(NOTE_FAILED, mail_id, error)


CLEAR_BODIES = """
    with old as (
      select id from mail_messages
       where status <> 'queued' and text_body is not null and created_at < now() - interval '30 days'
       order by created_at limit $1),
    cleared as (
      update mail_messages m set text_body = null, html_body = null, error = null
        from old where m.id = old.id returning m.id)
    select count(*) from cleared"""


async def clear_bodies(db: ServiceDb, at_most: int) -> int:
    """What a mail said is kept for 30 days; that it was sent, and its key, for good."""
    count: int = await db.value(CLEAR_BODIES, at_most)
    return count


EMPTY = "with gone as (delete from mail_messages returning 1) select count(*) from gone"


async def empty_mailbox(db: ServiceDb) -> int:
    """Forget every mail, keys too; only a development start offers it."""
    count: int = await db.value(EMPTY)
    return count
