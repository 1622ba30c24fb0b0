"""The JSON API of the school itself: its settings, its names, exports of its data."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Response

from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.models import Organization
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit.db import Reads
from coursecove.kit.web.conditional import check_match, entity_tag
from coursecove.schools import schemas
from coursecove.schools.actions.exports import ask_for_export
from coursecove.schools.actions.settings import change_school
from coursecove.schools.queries import data, school

routes = ApiRoutes("School")

IfMatch = Annotated[str | None, Header(description="The ETag of the version to change; required.")]


@routes.get("/school", allow=Permission.SEE_SCHOOL, scope=Scope.READ_SCHOOL)
async def show_school(response: Response, db: Reading, _me: Reader) -> schemas.School:
    """The school's own facts and settings."""
    return await _school(response, db)


@routes.patch("/school", allow=Permission.MANAGE_SCHOOL, scope=Scope.WRITE_SCHOOL, conditional=True)
async def change_school_settings(
    response: Response, changes: schemas.SchoolChanges, db: Writing, me: Writer, if_match: IfMatch = None
) -> schemas.School:
    """Change the school's settings, unless somebody else did since you looked."""
    current = await db.get(Organization, me.school_id, lock=True)
    check_match(if_match, entity_tag(current.id, current.updated_at))
    await change_school(db, me, changes.given())
    return await _school(response, db)


@routes.get("/school/hostnames", allow=Permission.MANAGE_SCHOOL, scope=Scope.READ_SCHOOL)
async def list_hostnames(db: Reading, _me: Reader) -> schemas.Hostnames:
    """The names under which the school answers, and those that lead to it."""
    found = await school.addresses(db)
    return schemas.Hostnames(items=[schemas.Hostname.model_validate(each) for each in found])


@routes.get("/exports", allow=Permission.EXPORT_SCHOOL, scope=Scope.EXPORT_SCHOOL)
async def list_exports(db: Reading, _me: Reader) -> schemas.Exports:
    """Exports of the school's data, the latest first."""
    return schemas.Exports(items=[schemas.Export.model_validate(each) for each in await data.exports(db)])


@routes.post("/exports", allow=Permission.EXPORT_SCHOOL, scope=Scope.EXPORT_SCHOOL, status=202)
async def create_export(db: Writing, me: Writer) -> schemas.Export:
    """Have everything of the school written into an archive; look at it again to see how far it is."""
    export = await ask_for_export(db, me.member_id)
    return schemas.Export.model_validate(await data.export(db, export.id))


@routes.get("/exports/{export_id}", allow=Permission.EXPORT_SCHOOL, scope=Scope.EXPORT_SCHOOL)
async def show_export(export_id: UUID, db: Reading, _me: Reader) -> schemas.Export:
    """How far an export is."""
    return schemas.Export.model_validate(await data.export(db, export_id))


async def _school(response: Response, db: Reads) -> schemas.School:
    facts = await school.settings(db)
    response.headers["etag"] = entity_tag(facts.id, facts.version)
    return schemas.School.model_validate(facts)
