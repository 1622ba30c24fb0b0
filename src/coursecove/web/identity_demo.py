"""The demo cast as the embedded provider keeps it: the same ids as on the product's side, so there is nothing to tell."""

from coursecove import demo
from coursecove.accounts.roles import Role
from coursecove.demo import DemoPerson, DemoSchool
from coursecove_identity import accounts, memberships, organizations, webhooks
from coursecove_identity.accounts import NewAccount, NewAddress
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection

PASSWORD = "lanterns over the harbour"  # noqa: S105 - printed at every development start
PROVIDER_ROLES = {
    Role.SUPER_ADMIN: "org:admin",
    Role.TEACHER: "org:teacher",
    Role.STUDENT: "org:student",
    Role.GUARDIAN: "org:guardian",
}


async def seed(provider: Provider) -> bool:
    """Put the cast into an empty provider; False where somebody is there already."""
    await provider.prepare()
    hashed = await provider.hasher.hash(PASSWORD)
    async with provider.store.transaction() as connection:
        if await accounts.anybody(connection):
            return False
        for person in (*demo.PEOPLE, demo.OPERATOR):
            await _open(connection, person, hashed)
        for school in demo.SCHOOLS:
            await _found(connection, school)
        await webhooks.take_back(connection)
    return True


async def _open(connection: Connection, person: DemoPerson, hashed: str) -> None:
    new = NewAccount(
        first_name=person.first_name,
        last_name=person.last_name,
        addresses=[NewAddress(person.email)],
        password_hash=hashed,
        user_id=person.external_id,
    )
    await accounts.open_account(connection, new)


async def _found(connection: Connection, school: DemoSchool) -> None:
    organization_id = await organizations.create(
        connection, name=school.name, slug=school.slug, organization_id=school.external_id
    )
    for person in demo.people_of(school):
        role = person.role_in(school.label)
        if role is not None:
            await memberships.create(
                connection,
                organization_id,
                person.external_id,
                role=PROVIDER_ROLES[role],
                membership_id=demo.external_id("orgmem", f"{school.label}:{person.key}"),
            )
