"""The JSON API of keys for programs: list, make and revoke them."""

from uuid import UUID

from fastapi import Response
from starlette.requests import Request

from coursecove.accounts import queries, schemas
from coursecove.accounts.actions import check_delegation, create_token, revoke_token
from coursecove.accounts.api import this_person
from coursecove.accounts.api_access import Reader, Reading, Writer, Writing
from coursecove.accounts.api_models import ApiToken
from coursecove.accounts.api_routes import ApiRoutes
from coursecove.accounts.permissions import Permission
from coursecove.accounts.scopes import Scope
from coursecove.kit.web.paging import CursorQuery, Limit, ways_on

routes = ApiRoutes("Keys")


@routes.get("/tokens", allow=Permission.MANAGE_TOKENS, scope=Scope.MANAGE_TOKENS)
async def list_tokens(
    request: Request,
    response: Response,
    db: Reading,
    _me: Reader,
    *,
    cursor: CursorQuery = None,
    limit: Limit = 25,
) -> schemas.Tokens:
    """The caller's own keys and, for owners, the school's."""
    found = await queries.token_page(db, cursor=cursor, limit=limit)
    ways = ways_on(request, response, found)
    items = [schemas.Token.model_validate(row) for row in found.rows]
    return schemas.Tokens(items=items, next=ways.next, previous=ways.previous)


@routes.post("/tokens", allow=Permission.MANAGE_TOKENS, scope=Scope.MANAGE_TOKENS)
async def make_token(wanted: schemas.NewToken, db: Writing, me: Writer) -> schemas.IssuedToken:
    """Make a key. Its secret is in this answer and nowhere else."""
    person = await this_person(db, me)
    if me.token_id is not None:
        check_delegation(await db.get(ApiToken, me.token_id), scopes=wanted.scopes, days=wanted.days)
    token, secret = await create_token(
        db,
        person,
        name=wanted.name,
        scopes=wanted.scopes,
        days=wanted.days,
        of_school=wanted.of_school,
    )
    return schemas.IssuedToken.of(token, secret=secret)


@routes.post(
    "/tokens/{token_id}/revocation",
    allow=Permission.MANAGE_TOKENS,
    scope=Scope.MANAGE_TOKENS,
    status=200,
)
async def revoke(token_id: UUID, db: Writing, _me: Writer) -> schemas.Token:
    """Stop a key at once. Revoking it again changes nothing."""
    return schemas.Token.of(await revoke_token(db, token_id))
