"""Calls that Clerk does not have: students without an address, who sign in with the school's code, a name and a PIN."""

from coursecove_identity import audit, emails, managed, organizations, shapes
from coursecove_identity.audit import Action
from coursecove_identity.backend_edge import Call, Edge
from coursecove_identity.faults import malformed, not_found
from coursecove_identity.pages.school import offer_conversion
from coursecove_identity.visitor import Visitor


class ManagedCalls:
    """Makes managed profiles, sets their name and PIN, and gives them into their person's own hands."""

    def __init__(self, edge: Edge) -> None:
        self.routes = [
            edge.route("POST", "/organizations/{organization_id}/managed_profiles", self.create),
            edge.route("POST", "/users/{user_id}/pin", self.set_pin),
            edge.route("POST", "/users/{user_id}/managed_username", self.rename),
            edge.route("POST", "/users/{user_id}/conversion", self.offer_conversion),
        ]

    async def create(self, call: Call) -> object:
        body = await call.body()
        username, pin, first_name = body.needed("username"), body.needed("pin"), body.needed("first_name")
        last_name, created_by = body.text("last_name"), body.text("created_by")
        body.done()
        async with call.writing() as db:
            user = await managed.create_managed(
                call.provider,
                db,
                await organizations.find(db, call.id("organization_id")),
                username=username,
                pin=pin,
                first_name=first_name,
                last_name=last_name,
                created_by=created_by,
            )
            return await shapes.user_json(db, user.id)

    async def set_pin(self, call: Call) -> object:
        body = await call.body()
        pin, set_by = body.needed("pin"), body.text("set_by")
        body.done()
        user_id = call.id("user_id")
        async with call.writing() as db:
            await managed.set_pin(call.provider, db, user_id, pin, set_by=set_by)
            return await shapes.user_json(db, user_id)

    async def rename(self, call: Call) -> object:
        body = await call.body()
        username, set_by = body.needed("username"), body.text("set_by")
        body.done()
        user_id = call.id("user_id")
        async with call.writing() as db:
            await managed.rename(db, user_id, username, renamed_by=set_by)
            return await shapes.user_json(db, user_id)

    async def offer_conversion(self, call: Call) -> object:
        """A letter whose link makes the profile its person's own."""
        body = await call.body()
        address, school, offered_by = (
            body.needed("email_address"),
            body.needed("school"),
            body.text("offered_by"),
        )
        body.done()
        to = emails.normal(address)
        if to is None:
            raise malformed("email_address", "email_address must be a valid email address.")
        user_id = call.id("user_id")
        async with call.writing() as db:
            if await managed.find(db, user_id) is None:
                raise not_found("managed profile")
            await offer_conversion(call.provider, db, user_id, to, school=school)
            await audit.record(
                db,
                Action.MANAGED_CONVERSION_OFFERED,
                Visitor.of(call.request),
                user_id=user_id,
                actor_id=offered_by,
            )
            answer = await shapes.user_json(db, user_id)
        call.provider.letters.send_soon()
        return answer
