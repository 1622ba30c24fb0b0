"""When app, passkeys and codes are all lost: somebody who runs the installation takes the factors away, after making
sure of the person. The password still has to be known, and everything that is open ends."""

from coursecove_identity import audit, emails, notices, second_factors, sessions
from coursecove_identity.audit import Action
from coursecove_identity.ids import new_id
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection
from coursecove_identity.users import User
from coursecove_identity.visitor import Visitor
from coursecove_identity.words import gettext as _

TAKE = (
    "delete from identity.totp where user_id = $1",
    "delete from identity.passkeys where user_id = $1",
    "delete from identity.backup_codes where user_id = $1",
)


async def take_second_factors(
    provider: Provider, connection: Connection, user: User, *, taken_by: str | None = None
) -> None:
    """The caller sends the letters after its commit."""
    for statement in TAKE:
        await connection.execute(statement, user.id)
    await second_factors.settle(connection, user.id)
    await sessions.end_all(connection, user.id, "revoked")
    await audit.record(connection, Action.SECOND_FACTORS_TAKEN, user_id=user.id, actor_id=taken_by)
    address = await emails.primary_of(connection, user.id)
    if address is not None:
        what = _(
            "Whoever runs this site removed your second factors, because you or somebody else asked for it."
        )
        letter = notices.credentials_changed(
            provider, address.email_address, what, Visitor(), key=new_id("mail")
        )
        await provider.letters.due(connection, letter)
