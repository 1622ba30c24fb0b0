"""The Backend API's calls about people."""

from collections.abc import Sequence
from typing import Any

from coursecove_identity import accounts, audit, emails, images, passwords, recovery, sessions, shapes, users
from coursecove_identity.accounts import NewAccount, NewAddress
from coursecove_identity.audit import Action
from coursecove_identity.backend_edge import Call, Edge, page
from coursecove_identity.backend_fields import Fields, Query
from coursecove_identity.backend_lists import (
    AFTER_NEWER,
    AFTER_OLDER,
    USER_ORDERS,
    USERS,
    ordered,
)
from coursecove_identity.backend_upload import read_file
from coursecove_identity.faults import (
    Fault,
    NotPossible,
    Refused,
    malformed,
    missing,
    not_found,
    too_long,
    wrong_value,
)
from coursecove_identity.metadata import checked, merged
from coursecove_identity.passwords import Weakness
from coursecove_identity.shapes import Json
from coursecove_identity.store import Connection
from coursecove_identity.users import User
from coursecove_identity.visitor import Visitor

LONGEST_NAME, LONGEST_ID = 100, 256
_WEAK = {"short": "form_password_length_too_short", "long": "form_password_length_too_long"}

FILTERED = f"select u.id {USERS}"
COUNTED = f"select count(*) {USERS}"
OF_PERSON = "select id from identity.memberships where user_id = $1 order by created_at desc, id desc limit $2 offset $3"
COUNT_OF_PERSON = "select count(*) from identity.memberships where user_id = $1"


class UserCalls:
    """Lists, changes and ends people."""

    def __init__(self, edge: Edge) -> None:
        self.routes = [
            edge.route("GET", "/users", self.find_all),
            edge.route("POST", "/users", self.create),
            edge.route("GET", "/users/count", self.count),
            edge.route("GET", "/users/{user_id}", self.get),
            edge.route("PATCH", "/users/{user_id}", self.update),
            edge.route("DELETE", "/users/{user_id}", self.delete),
            edge.route("PATCH", "/users/{user_id}/metadata", self.merge_metadata),
            edge.route("POST", "/users/{user_id}/ban", self.ban),
            edge.route("POST", "/users/{user_id}/unban", self.unban),
            edge.route("POST", "/users/{user_id}/lock", self.lock),
            edge.route("POST", "/users/{user_id}/unlock", self.unlock),
            edge.route("DELETE", "/users/{user_id}/mfa", self.take_second_factors),
            edge.route("POST", "/users/{user_id}/verify_password", self.verify_password),
            edge.route("POST", "/users/{user_id}/profile_image", self.put_image),
            edge.route("DELETE", "/users/{user_id}/profile_image", self.remove_image),
            edge.route("GET", "/users/{user_id}/organization_memberships", self.memberships),
        ]

    async def find_all(self, call: Call) -> object:
        query = call.query
        order, descending = query.order(USER_ORDERS)
        limit, offset = query.page()
        after = query.text("starting_after")
        if after is not None and (offset or order != USER_ORDERS["created_at"]):
            raise wrong_value(
                "starting_after", "starting_after goes with an order by created_at and no offset."
            )
        filters = _filters(query)
        beyond = AFTER_OLDER if descending else AFTER_NEWER
        sql = FILTERED + beyond + ordered(order, "u", descending=descending) + " limit $19 offset $20"
        async with call.reading() as db:
            found = await db.fetch(sql, *filters, limit, offset, after)
            return await shapes.users_json(db, [row["id"] for row in found])

    async def count(self, call: Call) -> object:
        filters = _filters(call.query)
        async with call.reading() as db:
            total = await db.fetchval(COUNTED, *filters)
        return {"object": "total_count", "total_count": total}

    async def get(self, call: Call) -> object:
        async with call.reading() as db:
            return await shapes.user_json(db, call.id("user_id"))

    async def create(self, call: Call) -> object:
        new = await _new_account(call, await call.body())
        async with call.writing() as db:
            user = await accounts.open_account(db, new)
            return await shapes.user_json(db, user.id)

    async def update(self, call: Call) -> object:
        user_id, body = call.id("user_id"), await call.body()
        changes = _profile(body)
        primary, password = body.text("primary_email_address_id"), body.text("password")
        sign_out = body.flag("sign_out_of_other_sessions")
        unchecked = body.flag("skip_password_checks")
        _skipped(body)
        body.done()
        async with call.writing() as db:
            user = await _person(db, user_id)
            if password is not None:
                await _set_password(call, db, user, password, unchecked=bool(unchecked))
                if sign_out:
                    await sessions.end_all(db, user_id, "revoked")
            if primary is not None:
                await _make_primary(db, user_id, primary)
            await users.change(db, user_id, **changes)
            return await shapes.user_json(db, user_id)

    async def merge_metadata(self, call: Call) -> object:
        user_id, body = call.id("user_id"), await call.body()
        patches = {name: body.mapping(name) for name in _METADATA}
        body.done()
        async with call.writing() as db:
            user = await _person(db, user_id)
            changes = {
                name: checked(merged(getattr(user, name), patch), name)
                for name, patch in patches.items()
                if patch is not None
            }
            await users.change(db, user_id, **changes)
            return await shapes.user_json(db, user_id)

    async def delete(self, call: Call) -> object:
        user_id = call.id("user_id")
        async with call.writing() as db:
            gone = await users.delete(db, user_id)
            if gone is None:
                raise not_found("user", user_id)
            await audit.record(db, Action.USER_DELETED, Visitor.of(call.request), user_id=user_id)
        return shapes.user_deleted_json(user_id, gone.external_id)

    async def ban(self, call: Call) -> object:
        return await self._change(call, Action.USER_BANNED, banned=True)

    async def unban(self, call: Call) -> object:
        return await self._change(call, Action.USER_UNBANNED, banned=False)

    async def lock(self, call: Call) -> object:
        return await self._change(call, None, locked=True)

    async def unlock(self, call: Call) -> object:
        return await self._change(call, None, locked=False)

    async def take_second_factors(self, call: Call) -> object:
        """For somebody who lost all of them and was recognised by other means."""
        user_id = call.id("user_id")
        async with call.writing() as db:
            await recovery.take_second_factors(call.provider, db, await _person(db, user_id))
        call.provider.letters.send_soon()
        return {"user_id": user_id}

    async def verify_password(self, call: Call) -> object:
        user_id, body = call.id("user_id"), await call.body()
        password = body.needed("password")
        async with call.reading() as db:
            await _person(db, user_id)
            hashed = await passwords.hash_of(db, user_id)
        if hashed is None:
            said = "This user does not have a password set for their account"
            raise NotPossible(Fault("no_password_set", "no password set", said))
        if not await call.provider.hasher.verify(hashed, password):
            said = "The provided password is not the one the user has set"
            raise Refused(Fault("incorrect_password", "incorrect password", said))
        return {"verified": True}

    async def put_image(self, call: Call) -> object:
        user_id, given = call.id("user_id"), await read_file(call.request, images.LARGEST)
        async with call.writing() as db:
            await _person(db, user_id)
            try:
                await images.put(db, user_id, given)
            except images.NotAPicture as problem:
                raise malformed("file", "The picture has to be a PNG, JPEG, WebP or GIF file.") from problem
            return await shapes.user_json(db, user_id)

    async def remove_image(self, call: Call) -> object:
        user_id = call.id("user_id")
        async with call.writing() as db:
            await _person(db, user_id)
            await images.remove(db, user_id)
            return await shapes.user_json(db, user_id)

    async def memberships(self, call: Call) -> object:
        user_id, (limit, offset) = call.id("user_id"), call.query.page()
        call.query.done()
        async with call.reading() as db:
            await _person(db, user_id)
            rows = await db.fetch(OF_PERSON, user_id, limit, offset)
            data = await shapes.memberships_json(db, [row["id"] for row in rows])
            return page(data, await db.fetchval(COUNT_OF_PERSON, user_id))

    async def _change(self, call: Call, action: Action | None, **changes: bool) -> Json:
        """What keeps somebody out also ends what they have open."""
        user_id = call.id("user_id")
        async with call.writing() as db:
            if await users.change(db, user_id, **changes) is None:
                raise not_found("user", user_id)
            if any(changes.values()):
                await sessions.end_all(db, user_id, "revoked")
            if action is not None:
                await audit.record(db, action, Visitor.of(call.request), user_id=user_id)
            return await shapes.user_json(db, user_id)


_METADATA = ("public_metadata", "private_metadata", "unsafe_metadata")
_NAMES = (
    ("first_name", LONGEST_NAME),
    ("last_name", LONGEST_NAME),
    ("external_id", LONGEST_ID),
    ("locale", 35),
)


def _filters(query: Query) -> Sequence[object]:
    """In the order of the statement; whoever asks for a telephone or another provider's account asks for nobody."""
    wanted, unwanted = query.split("user_id")
    absent = [query.texts(name) for name in ("phone_number", "provider", "provider_user_id", "web3_wallet")]
    found = (
        query.lower("email_address"),
        wanted,
        unwanted,
        query.texts("external_id"),
        query.lower("username"),
        query.texts("organization_id"),
        _lower(query.text("query")),
        _lower(query.text("email_address_query")),
        _lower(query.text("name_query")),
        _lower(query.text("username_query")),
        query.flag("banned"),
        query.number("created_at_before"),
        query.number("created_at_after"),
        query.number("last_active_at_before"),
        query.number("last_active_at_after") or query.number("last_active_at_since"),
        query.number("last_sign_in_at_before"),
        query.number("last_sign_in_at_after"),
        any(absent) or query.text("phone_number_query") is not None,
    )
    query.done()
    return found


async def _new_account(call: Call, body: Fields) -> NewAccount:
    profile = _profile(body)
    addresses = [_address(each) for each in body.texts("email_address") or ()]
    kinds = body.texts("email_address_identification_status") or ["verified"] * len(addresses)
    if len(kinds) != len(addresses) or not set(kinds) <= {"verified", "reserved"}:
        said = "email_address_identification_status must contain exactly one item for each item in email_address."
        raise Refused(Fault("form_param_array_length_mismatch", "length mismatch", said, "email_address"))
    password, unchecked = body.text("password"), body.flag("skip_password_checks")
    body.ignored("skip_password_requirement", "skip_user_requirement")
    _skipped(body)
    body.done()
    if not addresses and profile.get("username") is None and profile.get("external_id") is None:
        raise missing("email_address")
    if password is not None and not unchecked:
        known = (*addresses, *(str(profile.get(name) or "") for name, _ in _NAMES))
        _refuse_weak(passwords.weakness(password, call.provider.policy, about=known))
    return NewAccount(
        addresses=[
            NewAddress(address, "admin", verified=kind == "verified")
            for address, kind in zip(addresses, kinds, strict=True)
        ],
        password_hash=None if password is None else await call.provider.hasher.hash(password),
        **profile,
    )


def _profile(body: Fields) -> dict[str, Any]:
    """What a person is called and what is kept with them; only what is given, an empty name is none."""
    found: dict[str, Any] = {}
    for name, most in (*_NAMES, ("username", 64)):
        if not body.has(name):
            continue
        value = (body.text(name) or "").strip() or None
        if value is not None and len(value) > most:
            raise too_long(name, most)
        found[name] = value
    given = {name: body.mapping(name) for name in _METADATA}
    return found | {name: checked(value, name) for name, value in given.items() if value is not None}


def _skipped(body: Fields) -> None:
    """What this provider decides by itself."""
    body.ignored(
        "delete_self_enabled",
        "create_organization_enabled",
        "create_organizations_limit",
        "skip_legal_checks",
        "legal_accepted_at",
        "bypass_client_trust",
        "notify_primary_email_address_changed",
        "created_at",
    )


def _address(given: str) -> str:
    found = emails.normal(given)
    if found is None:
        raise malformed("email_address", "email_address must be a valid email address.")
    return found


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


async def _person(db: Connection, user_id: str) -> User:
    user = await users.find(db, user_id)
    if user is None:
        raise not_found("user", user_id)
    return user


async def _make_primary(db: Connection, user_id: str, email_id: str) -> None:
    address = await emails.find(db, email_id)
    if address is None or address.user_id != user_id or await emails.make_primary(db, email_id) is None:
        said = "The resource associated with the supplied primary_email_address_id was not found."
        raise Refused(Fault("form_resource_not_found", "is missing", said, "primary_email_address_id"))


async def _set_password(call: Call, db: Connection, user: User, password: str, *, unchecked: bool) -> None:
    addresses = [each.email_address for each in await emails.of_user(db, user.id)]
    if not unchecked:
        _refuse_weak(passwords.weakness(password, call.provider.policy, about=(*addresses, user.name)))
    await passwords.keep(db, user.id, await call.provider.hasher.hash(password))


def _refuse_weak(weak: Weakness | None) -> None:
    if weak is None:
        return
    code = _WEAK.get(weak.reason, "form_password_not_strong_enough")
    said = {
        "short": f"Passwords must be {weak.length} characters or more.",
        "long": f"Passwords must be {weak.length} characters or fewer.",
    }.get(weak.reason, "Given password is not strong enough.")
    raise Refused(Fault(code, said, said, "password"))
