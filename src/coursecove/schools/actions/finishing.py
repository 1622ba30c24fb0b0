"""The service client's part of founding: what the provider made becomes the school that its founder described."""

from uuid import UUID

from sqlalchemy import select

from coursecove.accounts.models import Organization
from coursecove.kit import clock
from coursecove.kit.db import ServiceDb
from coursecove.kit.errors import NotFound
from coursecove.schools.founding_models import Founding
from coursecove.schools.logos import measured
from coursecove.schools.models import SchoolLogo
from coursecove.schools.naming import label_of

SETTLE_LABEL = "select app.settle_label($1, $2)"


async def note_organization(db: ServiceDb, founding_id: UUID, external_id: str) -> None:
    """From here on this founding is that organisation's."""
    founding = await db.get(Founding, founding_id, lock=True)
    founding.external_id = external_id
    await db.flush()


async def note_failure(db: ServiceDb, founding_id: UUID, problem: str) -> None:
    """The founder is told why, and may change what they said."""
    founding = await db.get(Founding, founding_id, lock=True)
    if founding.state == "submitted":
        founding.state, founding.problem = "failed", problem
        founding.updated_at = clock.now()
        await db.flush()


async def complete(db: ServiceDb, founding_id: UUID) -> None:
    """Give the school its address, its look and its region; doing it again changes nothing."""
    founding = await db.get(Founding, founding_id, lock=True)
    if founding.state != "submitted" or founding.external_id is None:
        return
    school = await _school_of(db, founding.external_id)
    db.belongs_to(school.id)
    await db.value(SETTLE_LABEL, school.id, label_of(founding.slug))
    school.brand_color, school.time_zone, school.locale = (
        founding.brand_color,
        founding.time_zone,
        founding.locale,
    )
    school.serves_minors = bool(founding.serves_minors)
    await _put_up_logo(db, founding, school)
    school.updated_at = clock.now()
    founding.state, founding.school_id, founding.problem = "done", school.id, None
    founding.finished_at = founding.updated_at = clock.now()
    founding.logo = None
    await db.flush()


async def _school_of(db: ServiceDb, external_id: str) -> Organization:
    wanted = select(Organization).where(Organization.clerk_organization_id == external_id)
    school: Organization | None = (await db.execute(wanted)).scalar_one_or_none()
    if school is None:
        raise NotFound
    return school


async def _put_up_logo(db: ServiceDb, founding: Founding, school: Organization) -> None:
    image: bytes | None = await db.value("select logo from foundings where id = $1", founding.id)
    if image is None:
        return
    logo = measured(image)
    db.add(SchoolLogo(digest=logo.digest, image=logo.image, width=logo.width, height=logo.height))
    school.logo_digest = logo.digest
