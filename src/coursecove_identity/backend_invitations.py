"""The Backend API's calls about invitations; sending one again is this provider's own."""

from collections.abc import Sequence

from coursecove_identity import invitations, organizations, shapes
from coursecove_identity.backend_edge import Call, Edge, page
from coursecove_identity.backend_fields import Fields, read_objects
from coursecove_identity.backend_lists import INVITATION_ORDERS, INVITATIONS, ordered
from coursecove_identity.clock import now_ms
from coursecove_identity.faults import malformed, wrong_value
from coursecove_identity.invitation_letters import invitation_url, write_letter
from coursecove_identity.invitations import NewInvitation, Sent
from coursecove_identity.provider import Provider
from coursecove_identity.shapes import Json
from coursecove_identity.store import Connection

MOST_AT_ONCE = 10
STATUSES = ("pending", "accepted", "revoked", "expired")

LIST = f"select i.id {INVITATIONS}"
COUNT = f"select count(*) {INVITATIONS}"
OF_PERSON = """
    select lower(email_address) as address from identity.email_addresses where user_id = $1 and verified_at is not null"""


class InvitationCalls:
    """Lists, sends and takes back invitations."""

    def __init__(self, edge: Edge) -> None:
        all_of = "/organizations/{organization_id}/invitations"
        one = f"{all_of}/{{invitation_id}}"
        self.routes = [
            edge.route("GET", all_of, self.find_all),
            edge.route("POST", all_of, self.create),
            edge.route("POST", f"{all_of}/bulk", self.create_many),
            edge.route("GET", f"{all_of}/pending", self.list_pending),
            edge.route("GET", one, self.get),
            edge.route("POST", f"{one}/revoke", self.revoke),
            edge.route("POST", f"{one}/resend", self.resend),
            edge.route("GET", "/organization_invitations", self.list_everywhere),
            edge.route("GET", "/users/{user_id}/organization_invitations", self.list_of_person),
        ]

    async def find_all(self, call: Call) -> object:
        return await self._list(call, await self._organization(call))

    async def list_pending(self, call: Call) -> object:
        return await self._list(call, await self._organization(call), statuses=["pending"])

    async def list_everywhere(self, call: Call) -> object:
        return await self._list(call, None)

    async def list_of_person(self, call: Call) -> object:
        async with call.reading() as db:
            found = await db.fetch(OF_PERSON, call.id("user_id"))
        return await self._list(call, None, addresses=[row["address"] for row in found])

    async def get(self, call: Call) -> object:
        async with call.reading() as db:
            found = await organizations.find(db, call.id("organization_id"))
            invitation = await invitations.find(db, found, call.id("invitation_id"))
            return await shapes.invitation_json(db, invitation.id)

    async def create(self, call: Call) -> object:
        (made,) = await self._create(call, [await call.body()])
        return made

    async def create_many(self, call: Call) -> object:
        made = await self._create(call, await read_objects(call.request, MOST_AT_ONCE, "invitations"))
        return page(made, len(made))

    async def revoke(self, call: Call) -> object:
        body = await call.body()
        body.ignored("requesting_user_id")
        body.done()
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            await invitations.revoke(db, found, call.id("invitation_id"))
            return await shapes.invitation_json(db, call.id("invitation_id"))

    async def resend(self, call: Call) -> object:
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            sent = await invitations.resend(db, found, call.id("invitation_id"))
            await write_letter(call.provider, db, sent)
            answer = await _answer(call.provider, db, sent)
        call.provider.letters.send_soon()
        return answer

    async def _create(self, call: Call, bodies: Sequence[Fields]) -> list[Json]:
        asked = [(_asked(call.provider, body), body.flag("notify") is not False) for body in bodies]
        for body in bodies:
            body.done()
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            made = await invitations.create(db, found, [new for new, _ in asked])
            for sent, (_, notify) in zip(made, asked, strict=True):
                if notify:
                    await write_letter(call.provider, db, sent)
            answers = [await _answer(call.provider, db, sent) for sent in made]
        call.provider.letters.send_soon()
        return answers

    async def _organization(self, call: Call) -> str:
        async with call.reading() as db:
            return await organizations.find(db, call.id("organization_id"))

    async def _list(
        self,
        call: Call,
        organization_id: str | None,
        *,
        statuses: list[str] | None = None,
        addresses: list[str] | None = None,
    ) -> object:
        query = call.query
        order, descending = query.order(INVITATION_ORDERS)
        limit, offset = query.page()
        wanted = statuses or query.texts("status")
        if not set(wanted or ()) <= set(STATUSES):
            raise wrong_value("status", f"status must be one of: {', '.join(STATUSES)}.")
        address, text = query.text("email_address"), query.text("query")
        query.done()
        filters = (
            organization_id,
            wanted,
            now_ms(),
            address and address.lower(),
            addresses,
            text and text.lower(),
        )
        sql = LIST + ordered(order, "i", descending=descending) + " limit $7 offset $8"
        async with call.reading() as db:
            found = [row["id"] for row in await db.fetch(sql, *filters, limit, offset)]
            data = await shapes.invitations_json(db, found)
            return page(data, await db.fetchval(COUNT, *filters))


def _asked(provider: Provider, body: Fields) -> NewInvitation:
    back = body.text("redirect_url") or None
    if back is not None and provider.site.target(back) is None:
        raise malformed("redirect_url", "redirect_url must be an address of this installation.")
    return NewInvitation(
        email_address=body.needed("email_address"),
        role=body.needed("role"),
        inviter_id=body.text("inviter_user_id"),
        public_metadata=body.mapping("public_metadata"),
        private_metadata=body.mapping("private_metadata"),
        redirect_url=back,
        expires_in_days=body.number("expires_in_days"),
    )


async def _answer(provider: Provider, db: Connection, sent: Sent) -> Json:
    url = invitation_url(provider, sent.ticket)
    return await shapes.invitation_json(db, sent.invitation.id, url=url)
