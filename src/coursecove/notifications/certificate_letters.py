"""A letter to whoever finished a course, or to those who look after them: the certificate is there."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from coursecove.courses.learning_events import CertificateIssued
from coursecove.kit.db import ServiceDb
from coursecove.kit.durable import AnyFunction, Run, function
from coursecove.kit.mail import one_line
from coursecove.kit.web.formats import Reader
from coursecove.kit.web.language import gettext as _
from coursecove.notifications.actions import queue_mail
from coursecove.notifications.rendering import OUR_COLOR, Letter, Letterhead, letter, written_for

Origin = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class CertificateReader:
    """Somebody who is told of a certificate, and what it says."""

    id: UUID
    email: str
    locale: str
    time_zone: str
    own: bool
    learner: str
    course: str
    school_id: UUID
    school_name: str
    label: str
    brand_color: str | None


READERS = """
    with k as (
      select k.organization_id, k.member_id, k.learner, k.course from certificates k
       where k.organization_id = $1 and k.id = $2 and k.revoked_at is null),
    who as (
      select k.member_id as id, true as own from k
      union all
      select g.guardian_id, false
        from k join guardianships g on g.organization_id = k.organization_id and g.student_id = k.member_id
       where not exists (
         select from organization_memberships s join users u on u.id = s.user_id
          where s.organization_id = k.organization_id and s.id = k.member_id and u.email is not null))
    select m.id, u.email, coalesce(m.locale, o.locale) as locale, coalesce(m.time_zone, o.time_zone) as time_zone,
           w.own, k.learner, k.course, o.id as school_id, o.name as school_name, o.subdomain as label, o.brand_color
      from k
      join organizations o on o.id = k.organization_id and o.status = 'ACTIVE'
     cross join who w
      join organization_memberships m on m.organization_id = k.organization_id and m.id = w.id and m.status = 'ACTIVE'
      join users u on u.id = m.user_id and u.status = 'ACTIVE' and u.email is not null
     order by m.id"""


def certificate_letters(origin: Origin) -> tuple[AnyFunction, ...]:
    """The one function: each letter is written once, whatever is tried again."""

    @function(on=CertificateIssued)
    async def tell_of_certificate(run: Run[CertificateIssued]) -> None:
        """Tell the learner, or the guardians of one without an address; nothing if it was taken back since."""
        await run.step("write", write_certificate_letters, run.event.certificate_id, origin)

    return (tell_of_certificate,)


async def write_certificate_letters(db: ServiceDb, certificate_id: UUID, origin: Origin) -> int:
    """How many were written."""
    readers = await db.fetch(CertificateReader, READERS, db.organization_id, certificate_id)
    for reader in readers:
        words = certificate_letter(reader, certificate_id, origin(reader.label))
        await queue_mail(
            db,
            to=reader.email,
            subject=words.subject,
            text=words.text,
            html=words.html,
            key=f"certificate:{certificate_id}:{reader.id}",
            school_id=reader.school_id,
        )
    return len(readers)


def certificate_letter(reader: CertificateReader, certificate_id: UUID, url: str) -> Letter:
    """The letter to one of them."""
    head = Letterhead(one_line(reader.school_name), url, reader.brand_color or OUR_COLOR, reader.locale)
    with written_for(Reader(reader.locale, reader.time_zone)):
        return letter(
            "certificate",
            _("Finished: %(course)s") % {"course": one_line(reader.course)},
            head,
            course=one_line(reader.course),
            learner=one_line(reader.learner),
            own=reader.own,
            link=f"{url}/certificates/{certificate_id}",
        )
