"""Background work of notifications: writing the mails that follow from facts, and delivering the outbox."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from coursecove.accounts.events import MemberJoined
from coursecove.accounts.wording import role_word
from coursecove.kit.db import Database, ServiceDb
from coursecove.kit.durable import (
    AnyFunction,
    Backoff,
    Failure,
    Function,
    RetryLater,
    Run,
    ScheduleTicked,
    function,
)
from coursecove.kit.mail import Address, one_line
from coursecove.kit.web.formats import Reader
from coursecove.kit.web.language import gettext as _
from coursecove.notifications.actions import (
    clear_bodies,
    note_failed,
    note_sent,
    note_trouble,
    queue_mail,
    take_out,
)
from coursecove.notifications.certificate_letters import certificate_letters
from coursecove.notifications.events import MailQueued
from coursecove.notifications.lessons import lesson_letters
from coursecove.notifications.queries import Newcomer, newcomer
from coursecove.notifications.rendering import OUR_COLOR, Letter, Letterhead, letter, written_for
from coursecove.notifications.series_letters import series_letters
from coursecove.providers.mail import MailProvider, MailRefused, MailUnavailable, Message

SOON = Backoff(base=5, factor=2, cap=3600)
"""Twenty tries in about half a day, the first ones fast: somebody waits for a code."""

LONGEST_WAIT = 3600.0
BY_MACHINE = {"Auto-Submitted": "auto-generated"}
"""So that no holiday notice answers (RFC 3834)."""

UNTIL_KNOWN = Backoff(base=10, factor=3, cap=3600)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Post:
    """What mail needs of the installation: its outbox, the way out, the sender, and each school's address."""

    database: Database
    provider: MailProvider
    sender: Address
    origin: Callable[[str], str]


def functions(post: Post) -> tuple[AnyFunction, ...]:
    """Everything that happens with mail, on this installation's way out."""
    return (
        delivery(post),
        welcoming(post),
        *lesson_letters(post.origin),
        *series_letters(post.origin),
        *certificate_letters(post.origin),
        clear_old_mail,
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a handed over mail: a receipt, or why it was refused; neither where nothing was to do."""

    receipt: str | None = None
    refusal: str | None = None


def delivery(post: Post) -> Function[MailQueued]:
    @function(on=MailQueued, dedup="mail_id", retries=20, backoff=SOON, on_exhausted=give_up)
    async def deliver_mail(run: Run[MailQueued]) -> None:
        """Hand the mail over once; what the other side will never take fails it, all else is tried again."""
        mail_id = run.event.mail_id
        outcome = await run.call("hand over", hand_over, post, mail_id)
        if outcome.receipt is not None:
            await run.step("note", note_sent, mail_id, outcome.receipt)
        elif outcome.refusal is not None:
            await run.step("note", note_failed, mail_id, outcome.refusal)

    return deliver_mail


async def hand_over(idempotency_key: str, post: Post, mail_id: UUID) -> Outcome:
    """One attempt. What the mail says is read here and in no step, so that no step's memo keeps it."""
    async with post.database.service() as db:
        mail = await take_out(db, mail_id)
    if mail is None:
        return Outcome()
    if mail.text is None or mail.html is None:
        return Outcome(refusal="its text is no longer kept")
    try:
        sender = post.sender.named(mail.from_name)
        message = Message(
            mail.recipient, mail.subject, mail.text, mail.html, sender, mail.created_at, headers=BY_MACHINE
        )
        return Outcome(receipt=await post.provider.send(message, idempotency_key))
    except MailRefused as refusal:
        return Outcome(refusal=str(refusal))
    except MailUnavailable as trouble:
        async with post.database.service() as db:
            await note_trouble(db, mail_id, str(trouble))
        if trouble.retry_after is not None:
            raise RetryLater(min(trouble.retry_after, LONGEST_WAIT)) from trouble
        raise


async def give_up(db: ServiceDb, failure: Failure[MailQueued]) -> None:
    """The dead run waits for the operator, and so does its mail."""
    await note_failed(db, failure.event.mail_id, failure.error)


class PersonUnknown(Exception):
    """The provider has not told this person's address yet; it follows."""


def welcoming(post: Post) -> Function[MemberJoined]:
    @function(on=MemberJoined, dedup="member_id", retries=8, backoff=UNTIL_KNOWN)
    async def welcome(run: Run[MemberJoined]) -> None:
        """Greet a person once, in the name of the first school they join."""
        patient = run.attempt < welcome.attempts
        await run.step("write", write_welcome, run.event.member_id, post.origin, patient=patient)

    return welcome


async def write_welcome(
    db: ServiceDb, member_id: UUID, origin: Callable[[str], str], *, patient: bool
) -> bool:
    """Whether there was somebody to write to; who has no address gets no mail."""
    person = await newcomer(db, member_id)
    if person is None or person.email is None:
        if person is not None and person.provisional and patient:
            raise PersonUnknown
        return False
    words = welcome_letter(person, origin(person.label))
    await queue_mail(
        db,
        to=person.email,
        subject=words.subject,
        text=words.text,
        html=words.html,
        key=f"welcome:{person.user_id}",
        school_id=person.school_id,
    )
    return True


def welcome_letter(person: Newcomer, url: str) -> Letter:
    """The first mail a person gets of us, in the school's name, colour and language."""
    head = Letterhead(one_line(person.school_name), url, person.brand_color or OUR_COLOR, person.locale)
    with written_for(Reader(person.locale, person.time_zone)):
        subject = _("Welcome to %(school)s") % {"school": head.name}
        return letter("welcome", subject, head, newcomer=person, role=role_word(person.role).lower())


@function(cron="41 3 * * *")
async def clear_old_mail(run: Run[ScheduleTicked]) -> None:
    """What mails said is forgotten after 30 days."""
    for turn in range(1000):
        if await run.step(f"clear {turn}", clear_bodies, AT_ONCE) < AT_ONCE:
            return
