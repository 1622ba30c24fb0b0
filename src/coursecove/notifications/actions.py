"""Writing into the outbox, in the transaction of whatever the mail is about."""

from uuid import UUID

from coursecove.kit.db import ServiceDb
from coursecove.kit.ids import new_id
from coursecove.notifications.events import MailQueued

QUEUE = """
    insert into mail_messages (id, key, school_id, from_name, recipient, subject, text_body, html_body)
    values ($1, $2, $3, (select name from organizations where id = $3), $4, $5, $6, $7)
    on conflict (key) do nothing returning id"""


async def queue_mail(
    db: ServiceDb, *, to: str, subject: str, text: str, html: str, key: str, school_id: UUID | None = None
) -> None:
    """Leave a mail for delivery, in the school's name where there is one. A key used before queues nothing."""
    mail_id: UUID | None = await db.value(QUEUE, new_id(), key, school_id, to, subject, text, html)
    if mail_id is not None:
        await _tell(db, MailQueued(mail_id))


async def _tell(db: ServiceDb, event: MailQueued) -> None:
    """News of the platform: a school's own feed shows what its people did, not what was posted to them."""
    school = db.organization_id
    db.belongs_to(None)
    try:
        await db.emit(event)
    finally:
        db.belongs_to(school)
