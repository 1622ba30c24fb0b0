"""Probes of what a school's door answers whoever asks to be let in, and of what is written then."""

from uuid import UUID, uuid4

from tests.security.forgery import Connection, Probe, attempt
from tests.security.people_answers import become, prepared
from tests.security.stage import Stage

ASK = "select app.ask_to_join($1, $2, 'Let me in')"
END_STAY = "update support_accesses set ended_at = now() where operator = $1 returning id"
RESUME_STAY = "update support_accesses set ended_at = null where operator = $1 returning id"
WRITTEN = "select user_id, organization_id, state, message from join_requests where id = $1"


async def asking_to_be_let_in(stage: Stage) -> list[str]:
    """A stranger with an account may ask, once, in their own name, where the school takes requests."""
    found: list[str] = []
    school = stage.subjects["owner"].school
    async with prepared(stage) as connection:
        await connection.execute("delete from join_requests")
        await connection.execute("update organizations set joining = 'invited' where id = $1", school)
        await _said(stage, connection, found, "visitor", "closed")
        await connection.execute("reset role")
        await connection.execute("update organizations set joining = 'ask' where id = $1", school)
        await _said(stage, connection, found, "nobody", "closed")
        await _said(stage, connection, found, "student", "known")
        asked = await _said(stage, connection, found, "visitor", "asked")
        await _said(stage, connection, found, "visitor", "known")
        await connection.execute("reset role")
        row = await connection.fetchrow(WRITTEN, asked)
        wanted = (stage.subjects["visitor"].user, school, "waiting", "Let me in")
        if row is None or tuple(row) != wanted:
            found.append(f"written: {row}")
    return found


async def _said(stage: Stage, connection: Connection, found: list[str], name: str, wanted: str) -> object:
    await become(stage, connection, name)
    asked = uuid4()
    said = await attempt(connection, ASK, stage.subjects["owner"].school, asked)
    if said != wanted:
        found.append(f"{name}: {said}")
    return asked


async def support_that_was_sent_away(stage: Stage) -> list[str]:
    """An owner ends a stay of support; that a stay has ended nobody takes back."""
    found: list[str] = []
    async with prepared(stage) as connection:
        await become(stage, connection, "owner")
        ended = await attempt(connection, END_STAY, "user_looking")
        if not isinstance(ended, UUID):
            found.append(f"the owner cannot end a stay: {ended}")
        again = await attempt(connection, RESUME_STAY, "user_ended")
        if again != "refused 42501":
            found.append(f"the owner takes it back: {again}")
    return found


PROBES: tuple[Probe, ...] = (asking_to_be_let_in, support_that_was_sent_away)
