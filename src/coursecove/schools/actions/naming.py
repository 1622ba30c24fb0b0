"""Renaming a school: the name is the identity provider's, which is told first."""

from coursecove.accounts.access import Member
from coursecove.accounts.events import OrganizationChanged
from coursecove.accounts.outside import Outside
from coursecove.kit.errors import Invalid
from coursecove.schools.editing import check_version
from coursecove.schools.queries.school import Settings

SHORTEST_NAME, LONGEST_NAME = 2, 100


def checked_name(typed: str) -> str:
    """The name as one line, or Invalid."""
    name = " ".join(typed.split())
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME or not any(letter.isalnum() for letter in name):
        said = f"A name needs between {SHORTEST_NAME} and {LONGEST_NAME} characters."
        raise Invalid(said, fields={"name": said})
    return name


def check_renaming(current: Settings, typed: str, version: str) -> str:
    """The name to set; ChangedMeanwhile where it is no longer what the form was opened with."""
    name = checked_name(typed)
    check_version(version, {"name": current.name}, {"name": name})
    return name


async def rename_school(work: Outside, actor: Member, current: Settings, name: str) -> None:
    """Tell the provider, show it at once, and note who did it."""
    if name == current.name:
        return
    answer = await work.identity.update_organization(current.external_id, name=name)
    await work.learn("organization.updated", answer.raw)
    async with work.write() as db:
        await db.emit(OrganizationChanged(actor.school_id, ("name",)))
