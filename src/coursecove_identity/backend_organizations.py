"""The Backend API's calls about organisations and who belongs to them."""

from collections.abc import Sequence

from coursecove_identity import images, logos, memberships, organizations, shapes
from coursecove_identity.backend_edge import Call, Edge, page
from coursecove_identity.backend_fields import Query
from coursecove_identity.backend_lists import (
    MEMBERSHIP_ORDERS,
    MEMBERSHIPS,
    ORGANIZATION_ORDERS,
    ORGANIZATIONS,
    ordered,
)
from coursecove_identity.backend_upload import read_file

LIST = f"select o.id {ORGANIZATIONS}"
COUNT = f"select count(*) {ORGANIZATIONS}"
MEMBERS = f"select m.id {MEMBERSHIPS}"
COUNT_MEMBERS = f"select count(*) {MEMBERSHIPS}"


class OrganizationCalls:
    """Lists, founds, changes and ends organisations."""

    def __init__(self, edge: Edge) -> None:
        one = "/organizations/{organization_id}"
        self.routes = [
            edge.route("GET", "/organizations", self.find_all),
            edge.route("POST", "/organizations", self.create),
            edge.route("GET", one, self.get),
            edge.route("PATCH", one, self.update),
            edge.route("DELETE", one, self.delete),
            edge.route("PATCH", f"{one}/metadata", self.merge_metadata),
            edge.route("PUT", f"{one}/logo", self.put_logo),
            edge.route("DELETE", f"{one}/logo", self.remove_logo),
        ]

    async def find_all(self, call: Call) -> object:
        query = call.query
        order, descending = query.order(ORGANIZATION_ORDERS)
        limit, offset = query.page()
        text, counts = query.text("query"), query.flag("include_members_count")
        query.ignored("include_missing_member_with_elevated_permissions")
        filters = (
            None if text is None else text.lower(),
            text,
            *query.split("user_id"),
            *query.split("organization_id"),
        )
        query.done()
        sql = LIST + ordered(order, "o", descending=descending) + " limit $7 offset $8"
        async with call.reading() as db:
            found = [row["id"] for row in await db.fetch(sql, *filters, limit, offset)]
            data = await shapes.organizations_json(db, found, counts=bool(counts))
            return page(data, await db.fetchval(COUNT, *filters))

    async def get(self, call: Call) -> object:
        async with call.reading() as db:
            found = await organizations.find(db, call.id("organization_id"))
            return await shapes.organization_json(db, found)

    async def create(self, call: Call) -> object:
        body = await call.body()
        name, slug = body.needed("name"), body.text("slug") or None
        created_by, most = body.text("created_by"), body.number("max_allowed_memberships")
        public, private = body.mapping("public_metadata"), body.mapping("private_metadata")
        body.ignored("role_set_key", "created_at")
        body.done()
        async with call.writing() as db:
            new = await organizations.create(
                db,
                name=name,
                slug=slug,
                created_by=created_by,
                public_metadata=public,
                private_metadata=private,
                max_allowed_memberships=most or 0,
            )
            return await shapes.organization_json(db, new)

    async def update(self, call: Call) -> object:
        body = await call.body()
        name, slug, most = body.text("name"), body.text("slug"), body.number("max_allowed_memberships")
        public, private = body.mapping("public_metadata"), body.mapping("private_metadata")
        deletable = body.flag("admin_delete_enabled")
        body.ignored("role_set_key", "created_at")
        body.done()
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            await organizations.update(
                db,
                found,
                name=name,
                slug=slug,
                public_metadata=public,
                private_metadata=private,
                max_allowed_memberships=most,
                admin_delete_enabled=deletable,
            )
            return await shapes.organization_json(db, found)

    async def merge_metadata(self, call: Call) -> object:
        body = await call.body()
        public, private = body.mapping("public_metadata"), body.mapping("private_metadata")
        body.done()
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            await organizations.merge_metadata(db, found, public=public, private=private)
            return await shapes.organization_json(db, found)

    async def delete(self, call: Call) -> object:
        async with call.writing() as db:
            return await organizations.delete(db, await organizations.find(db, call.id("organization_id")))

    async def put_logo(self, call: Call) -> object:
        given = await read_file(call.request, images.LARGEST)
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            await logos.put(db, found, given)
            organization = await shapes.organization_json(db, found)
        return organization | {"logo_url": organization["image_url"]}

    async def remove_logo(self, call: Call) -> object:
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            await logos.remove(db, found)
            return await shapes.organization_json(db, found)


class MembershipCalls:
    """Lists, adds, changes and removes members."""

    def __init__(self, edge: Edge) -> None:
        all_of = "/organizations/{organization_id}/memberships"
        self.routes = [
            edge.route("GET", all_of, self.find_all),
            edge.route("POST", all_of, self.create),
            edge.route("PATCH", f"{all_of}/{{user_id}}", self.update),
            edge.route("DELETE", f"{all_of}/{{user_id}}", self.delete),
            edge.route("PATCH", f"{all_of}/{{user_id}}/metadata", self.merge_metadata),
            edge.route("GET", "/organization_memberships", self.list_everywhere),
        ]

    async def find_all(self, call: Call) -> object:
        async with call.reading() as db:
            found = await organizations.find(db, call.id("organization_id"))
        return await self._list(call, found)

    async def list_everywhere(self, call: Call) -> object:
        return await self._list(call, None)

    async def create(self, call: Call) -> object:
        body = await call.body()
        user_id, role = body.needed("user_id"), body.needed("role")
        public, private = body.mapping("public_metadata"), body.mapping("private_metadata")
        body.done()
        async with call.writing() as db:
            new = await memberships.create(
                db,
                await organizations.find(db, call.id("organization_id")),
                user_id,
                role=role,
                public_metadata=public,
                private_metadata=private,
            )
            return await shapes.membership_json(db, new)

    async def update(self, call: Call) -> object:
        body = await call.body()
        role = body.needed("role")
        body.done()
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            changed = await memberships.set_role(db, found, call.id("user_id"), role)
            return await shapes.membership_json(db, changed)

    async def merge_metadata(self, call: Call) -> object:
        body = await call.body()
        public, private = body.mapping("public_metadata"), body.mapping("private_metadata")
        body.done()
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            changed = await memberships.merge_metadata(
                db, found, call.id("user_id"), public=public, private=private
            )
            return await shapes.membership_json(db, changed)

    async def delete(self, call: Call) -> object:
        async with call.writing() as db:
            found = await organizations.find(db, call.id("organization_id"))
            return await memberships.remove(db, found, call.id("user_id"))

    async def _list(self, call: Call, organization_id: str | None) -> object:
        order, descending = call.query.order(MEMBERSHIP_ORDERS)
        limit, offset = call.query.page()
        filters = _filters(call.query, organization_id)
        sql = MEMBERS + ordered(order, "m", descending=descending) + " limit $13 offset $14"
        async with call.reading() as db:
            found = [row["id"] for row in await db.fetch(sql, *filters, limit, offset)]
            data = await shapes.memberships_json(db, found)
            return page(data, await db.fetchval(COUNT_MEMBERS, *filters))


def _filters(query: Query, organization_id: str | None) -> Sequence[object]:
    """In the order of the statement; whoever asks for a telephone asks for nobody."""
    text, email, name = query.text("query"), query.text("email_address_query"), query.text("name_query")
    found = (
        organization_id,
        *query.split("user_id"),
        query.texts("role"),
        query.lower("email_address"),
        text and text.lower(),
        email and email.lower(),
        name and name.lower(),
        query.lower("username"),
        query.number("created_at_before"),
        query.number("created_at_after"),
        query.texts("phone_number") is not None or query.text("phone_number_query") is not None,
    )
    query.done()
    return found
