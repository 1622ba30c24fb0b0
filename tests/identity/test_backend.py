"""The Backend API's edge: who may call, what is refused and how, and that nothing is passed over in silence."""

import json

import httpx
import pytest
from starlette.applications import Starlette

from coursecove_identity import accounts, organizations
from coursecove_identity.accounts import NewAccount, NewAddress
from coursecove_identity.backend import backend_routes
from coursecove_identity.backend_edge import Window
from coursecove_identity.clock import HOUR, moved
from coursecove_identity.provider import Provider, Surroundings
from coursecove_identity.site import Site
from coursecove_identity.store import Store
from coursecove_identity.vault import Vault
from tests.identity.pictures import PNG


@pytest.fixture
async def mara(store, provider):
    async with store.transaction() as db:
        new = NewAccount("Mara", "Lindqvist", addresses=[NewAddress("mara@example.com")])
        return (await accounts.open_account(db, new)).id


@pytest.fixture
async def school(store, mara):
    async with store.transaction() as db:
        return await organizations.create(db, name="Music School", created_by=mara)


def code_of(answer):
    """The first fault, in Clerk's shape."""
    body = answer.json()
    assert set(body) == {"errors", "clerk_trace_id"}
    assert all(set(fault) == {"message", "long_message", "code", "meta"} for fault in body["errors"])
    return body["errors"][0]["code"]


# Who calls


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "authentication_invalid"),
        ("Basic abc", "authorization_header_format_invalid"),
        ("Bearer ", "authorization_header_format_invalid"),
        ("Bearer sk_live_wrong", "clerk_key_invalid"),
    ],
)
async def test_only_the_secret_key_opens(backend, header, code):
    backend.headers.pop("authorization")
    for method, path in (("GET", "/v1/users"), ("POST", "/v1/organizations"), ("GET", "/v1/jwks")):
        answer = await backend.request(method, path, headers={"authorization": header} if header else {})
        assert (answer.status_code, code_of(answer)) == (401, code)


async def test_calls_are_counted_but_not_those_that_pages_wait_for(provider):
    app = Starlette(routes=backend_routes(provider, window=Window(most=3)))
    headers = {"authorization": f"Bearer {provider.secret_key}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=provider.issuer, headers=headers) as client:
        left = [(await client.get("/v1/users")).headers["x-ratelimit-remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        answer = await client.get("/v1/users")
        assert (answer.status_code, code_of(answer)) == (429, "too_many_requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert (await client.get("/v1/jwks")).status_code == 200


async def test_what_clerk_has_and_we_do_not_says_so(backend):
    for path in ("/v1/saml_connections", "/v1/users/user_2a/totp", "/v1/"):
        answer = await backend.get(path)
        assert (answer.status_code, code_of(answer)) == (404, "resource_not_found")


# What is refused


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"name": "a\x00b"}).encode(),
        b'{"name": "\\ud800"}',
    ],
)
async def test_a_body_that_is_no_object_is_malformed(backend, body):
    answer = await backend.post("/v1/organizations", content=body)
    assert (answer.status_code, code_of(answer)) == (400, "malformed_request_parameters")


async def test_a_body_has_its_largest_size(backend):
    answer = await backend.post("/v1/organizations", content=b'{"name": "' + b"x" * 2_000_000 + b'"}')
    assert (answer.status_code, code_of(answer)) == (413, "request_body_too_large")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "form_param_missing", "name"),
        ({"name": 5}, "form_param_type_invalid", "name"),
        ({"name": "X", "public_metadata": []}, "form_param_type_invalid", "public_metadata"),
        (
            {"name": "X", "max_allowed_memberships": True},
            "form_param_type_invalid",
            "max_allowed_memberships",
        ),
        (
            {"name": "X", "max_allowed_memberships": 2**40},
            "form_param_type_invalid",
            "max_allowed_memberships",
        ),
        ({"name": "X", "frobnicate": 1}, "form_param_unknown", "frobnicate"),
    ],
)
async def test_a_field_has_its_type_and_a_meaning(backend, body, code, param):
    answer = await backend.post("/v1/organizations", json=body)
    assert (answer.status_code, code_of(answer)) == (422, code)
    assert answer.json()["errors"][0]["meta"] == {"param_name": param}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "form_param_value_invalid"),
        ("limit=501", "form_param_value_invalid"),
        ("limit=x", "form_param_type_invalid"),
        ("offset=-1", "form_param_type_invalid"),
        ("order_by=password", "form_param_value_invalid"),
        ("frobnicate=1", "form_param_unknown"),
        ("query=a%00b", "malformed_request_parameters"),
        ("starting_after=user_2a&offset=5", "form_param_value_invalid"),
        ("starting_after=user_2a&order_by=last_name", "form_param_value_invalid"),
        ("&".join(f"user_id=user_{number}" for number in range(101)), "form_param_duplicate"),
        ("banned=perhaps", "form_param_type_invalid"),
    ],
)
async def test_a_filter_that_cannot_be_kept_is_refused(backend, query, code):
    answer = await backend.get(f"/v1/users?{query}")
    assert (answer.status_code in (400, 422), code_of(answer)) == (True, code)


@pytest.mark.parametrize("name", ["user_nobody", "a%00b", "%2e%2e", "a'b", "x" * 200])
async def test_an_id_that_cannot_be_is_like_one_that_is_not(backend, name):
    answer = await backend.get(f"/v1/users/{name}")
    assert (answer.status_code, code_of(answer)) == (404, "resource_not_found")


async def test_a_person_needs_something_to_be_known_by(backend, mara):
    answer = await backend.post("/v1/users", json={"first_name": "X"})
    assert code_of(answer) == "form_param_missing"
    assert (
        code_of(await backend.post("/v1/users", json={"email_address": ["nonsense"]}))
        == "form_param_format_invalid"
    )
    answer = await backend.post("/v1/users", json={"external_id": "x", "phone_number": ["+15005550006"]})
    assert code_of(answer) == "form_param_unknown"
    for field, first in (("external_id", "e-1"), ("username", "ola")):
        assert (
            await backend.post("/v1/users", json={"external_id": f"o-{field}", field: first})
        ).status_code == 200
        again = await backend.post("/v1/users", json={"external_id": f"p-{field}", field: first})
        assert (again.status_code, code_of(again)) == (422, "form_identifier_exists")
        assert again.json()["errors"][0]["meta"] == {"param_name": field}


async def test_a_weak_password_is_refused(backend):
    answer = await backend.post("/v1/users", json={"external_id": "x", "password": "short"})
    assert code_of(answer) == "form_password_length_too_short"
    body = {"external_id": "x", "password": "short", "skip_password_checks": True}
    assert (await backend.post("/v1/users", json=body)).status_code == 200


async def test_the_last_admin_cannot_be_deleted(backend, mara, school):
    answer = await backend.delete(f"/v1/users/{mara}")
    assert (answer.status_code, code_of(answer)) == (400, "organization_minimum_permissions_needed")
    assert (await backend.get(f"/v1/users/{mara}")).status_code == 200


async def test_a_ban_ends_what_is_open(backend, mara):
    session = (await backend.post("/v1/sessions", json={"user_id": mara})).json()
    assert (await backend.post(f"/v1/users/{mara}/ban")).json()["banned"] is True
    assert (await backend.get(f"/v1/sessions/{session['id']}")).json()["status"] == "revoked"
    assert code_of(await backend.post("/v1/sessions", json={"user_id": mara})) == "user_banned"


async def test_without_a_database_it_is_not_now(provider, postbox):
    away = Provider(
        provider.site, Store("postgresql://nobody@127.0.0.1:9/none"), provider.vault, provider.around
    )
    headers = {"authorization": f"Bearer {away.secret_key}"}
    transport = httpx.ASGITransport(Starlette(routes=backend_routes(away)))
    async with httpx.AsyncClient(transport=transport, base_url=away.issuer, headers=headers) as client:
        answer = await client.get("/v1/users")
        assert (answer.status_code, code_of(answer)) == (503, "service_unavailable")


# Pages of lists


async def test_pages_neither_repeat_nor_leave_out(backend, store):
    async with store.transaction() as db:
        for number in range(23):
            await accounts.open_account(db, NewAccount("Same", external_id=f"e-{number}"))
    by_offset, by_cursor, after = [], [], ""
    for offset in range(0, 30, 10):
        page = (await backend.get(f"/v1/users?order_by=first_name&limit=10&offset={offset}")).json()
        by_offset += [each["id"] for each in page]
    while True:
        page = (await backend.get(f"/v1/users?order_by=%2Bcreated_at&limit=7{after}")).json()
        by_cursor += [each["id"] for each in page]
        if len(page) < 7:
            break
        after = f"&starting_after={page[-1]['id']}"
    assert len(by_offset) == len(set(by_offset)) == 23
    assert sorted(by_cursor) == sorted(by_offset)
    assert len(by_cursor) == 23


async def test_invitations_of_a_person(backend, school, mara):
    path = f"/v1/organizations/{school}/invitations"
    assert (
        await backend.post(path, json={"email_address": "ola@example.com", "role": "org:student"})
    ).status_code == 200
    ola = (await backend.post("/v1/users", json={"email_address": ["Ola@example.com"]})).json()
    found = (await backend.get(f"/v1/users/{ola['id']}/organization_invitations")).json()
    assert [each["email_address"] for each in found["data"]] == ["ola@example.com"]
    nobody = (await backend.get(f"/v1/users/{mara}/organization_invitations")).json()
    assert nobody == {"data": [], "total_count": 0}


async def test_invitations_have_their_hour(backend, school):
    path = f"/v1/organizations/{school}/invitations"
    for start in range(0, 250, 10):
        bodies = [
            {"email_address": f"p{start + n}@example.com", "role": "org:student", "notify": False}
            for n in range(10)
        ]
        assert (await backend.post(f"{path}/bulk", json=bodies)).status_code == 200
    one_more = {"email_address": "more@example.com", "role": "org:student"}
    answer = await backend.post(path, json=one_more)
    assert (answer.status_code, code_of(answer)) == (429, "too_many_requests")
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    with moved(HOUR + 1000):
        assert (await backend.post(path, json=one_more)).status_code == 200


async def test_an_invitation_leads_back_only_to_us(backend, school):
    body = {
        "email_address": "ola@example.com",
        "role": "org:student",
        "redirect_url": "https://evil.example/",
    }
    answer = await backend.post(f"/v1/organizations/{school}/invitations", json=body)
    assert code_of(answer) == "form_param_format_invalid"


async def test_sending_again_is_ours(backend, school, postbox, provider):
    path = f"/v1/organizations/{school}/invitations"
    made = (await backend.post(path, json={"email_address": "ola@example.com", "role": "org:student"})).json()
    again = (await backend.post(f"{path}/{made['id']}/resend")).json()
    assert again["url"] != made["url"]
    await provider.letters.settled()
    assert [made["url"] in postbox.letters[0].text, again["url"] in postbox.letters[1].text] == [True, True]


# Pictures


async def test_a_logo_is_a_picture(backend, school):
    for given in (b"<svg onload=alert(1)>", b"", b"\x89PNG\r\n\x1a\nnot really"):
        answer = await backend.put(f"/v1/organizations/{school}/logo", files={"file": ("x.png", given)})
        assert answer.status_code == 422
    answer = await backend.put(f"/v1/organizations/{school}/logo", files={"file": ("x.svg", PNG)})
    assert answer.json()["has_image"] is True
    large = await backend.put(
        f"/v1/organizations/{school}/logo", files={"file": ("x.png", PNG + b"x" * 6_000_000)}
    )
    assert large.status_code == 413


# Sessions


async def test_a_refresh_that_is_refused_is_a_401(backend, mara, provider):
    session = (await backend.post("/v1/sessions", json={"user_id": mara})).json()
    body = {"expired_token": "x", "refresh_token": "y", "request_origin": "http://coursecove.localhost:8000"}
    answer = await backend.post(f"/v1/sessions/{session['id']}/refresh", json=body)
    assert (answer.status_code, code_of(answer)) == (401, "session_refresh_refused")


async def test_nobody_is_signed_in_past_their_sign_in_in_production(store, mara, postbox):
    real = Provider(
        Site.parse("https://coursecove.example"), store, Vault(b"tests"), Surroundings(send_mail=postbox)
    )
    headers = {"authorization": f"Bearer {real.secret_key}"}
    transport = httpx.ASGITransport(Starlette(routes=backend_routes(real)))
    async with httpx.AsyncClient(transport=transport, base_url=real.issuer, headers=headers) as client:
        answer = await client.post("/v1/sessions", json={"user_id": mara})
        assert (answer.status_code, code_of(answer)) == (400, "request_invalid_for_environment")
