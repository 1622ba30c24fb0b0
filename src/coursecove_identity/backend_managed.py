"""Calls that Clerk does not have: students without an address, who sign in with the school's code, a name and a PIN."""

from coursecove_identity import managed, organizations, shapes
from coursecove_identity.backend_edge import Call, Edge


class ManagedCalls:
    """Makes managed profiles and sets their PIN."""

    def __init__(self, edge: Edge) -> None:
        self.routes = [
            edge.route("POST", "/organizations/{organization_id}/managed_profiles", self.create),
            edge.route("POST", "/users/{user_id}/pin", self.set_pin),
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
