"""The port against answers as Clerk publishes them: all its fields, its nulls, its refusals."""

import json

import httpx
import pytest

from coursecove.providers.identity import (
    IdentityUnavailable,
    NewInvitation,
    ProviderConflict,
    ProviderForgot,
    ProviderRefused,
    RefreshRefused,
    TooManyInvitations,
    calls,
)
from coursecove.providers.identity.clerk import ClerkIdentity
from coursecove.providers.identity.part import Dialect

EMAIL = {
    "id": "idn_3E7q",
    "object": "email_address",
    "email_address": "mara@musicschool.example",
    "reserved": False,
    "verification": {
        "object": "verification_otp",
        "status": "verified",
        "strategy": "email_code",
        "attempts": 1,
        "expire_at": 1,
    },
    "linked_to": [],
    "created_at": 1767225600123,
    "updated_at": 1767225600123,
}
USER = {
    "object": "user",
    "id": "user_3A1b",
    "external_id": None,
    "primary_email_address_id": "idn_3E7q",
    "primary_phone_number_id": None,
    "username": None,
    "first_name": "Mara",
    "last_name": None,
    "image_url": "https://img.clerk.com/x",
    "has_image": True,
    "public_metadata": {},
    "private_metadata": {},
    "email_addresses": [EMAIL | {"id": "idn_other", "email_address": "other@example.com"}, EMAIL],
    "phone_numbers": [],
    "created_at": 1767225600123,
    "updated_at": 1767225600123,
    "something_new": {"deep": [1, 2, 3]},
}
ORGANIZATION = {
    "object": "organization",
    "id": "org_3C5m",
    "name": "Music School",
    "slug": None,
    "image_url": "https://img.clerk.com/o",
    "has_image": False,
    "members_count": 1,
    "max_allowed_memberships": 5,
    "admin_delete_enabled": True,
    "public_metadata": {},
    "created_by": "user_3A1b",
    "created_at": 1767225600123,
    "updated_at": 1767225600123,
}
MEMBERSHIP = {
    "object": "organization_membership",
    "id": "orgmem_3F1a",
    "role": "org:admin",
    "role_name": "Admin",
    "permissions": ["org:sys_profile:manage"],
    "public_metadata": {},
    "organization": ORGANIZATION,
    "public_user_data": {
        "user_id": "user_3A1b",
        "identifier": "mara@musicschool.example",
        "first_name": "Mara",
        "last_name": None,
        "profile_image_url": None,
        "image_url": "",
        "has_image": False,
    },
    "created_at": 1767225600123,
    "updated_at": 1767225600123,
}
INVITATION = {
    "object": "organization_invitation",
    "id": "orginv_3H1",
    "email_address": "ola@student.example",
    "role": "org:member",
    "role_name": "Member",
    "organization_id": "org_3C5m",
    "inviter_id": None,
    "public_inviter_data": None,
    "status": "pending",
    "public_metadata": {"coursecove_role": "STUDENT"},
    "url": "https://accounts.coursecove.example/accept?t=x",
    "expires_at": None,
    "created_at": 1767225600123,
    "updated_at": 1767225600123,
}


def fault(code, param=None):
    return {
        "errors": [
            {
                "message": "m",
                "long_message": "A longer message.",
                "code": code,
                "meta": {"param_name": param} if param else {},
            }
        ],
        "clerk_trace_id": "0" * 32,
    }


class Clerk:
    """Answers in turn what it was given, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        status, body, headers = (*self.answers.pop(0), {})[:3]
        return httpx.Response(
            status, content=body if isinstance(body, bytes) else json.dumps(body).encode(), headers=headers
        )


@pytest.fixture
async def clerk(monkeypatch):
    async def at_once(seconds):
        assert seconds <= calls.LONGEST_PAUSE

    monkeypatch.setattr(calls.asyncio, "sleep", at_once)
    opened = []

    def answering(*answers):
        clerk = Clerk(*answers)
        client = httpx.AsyncClient(transport=httpx.MockTransport(clerk), base_url="https://api.clerk.com")
        opened.append(client)
        return ClerkIdentity(client, "sk_test_x", Dialect(custom_roles=False)), clerk

    yield answering
    for client in opened:
        await client.aclose()


async def test_objects_are_read_and_kept_byte_for_byte(clerk):
    raw = json.dumps(USER, indent=1).encode()
    port, asked = clerk((200, raw), (200, ORGANIZATION), (200, MEMBERSHIP))
    user = await port.update_user("user_3A1b", first_name="Mara")
    assert (user.email, user.last_name, user.image_url) == (
        "mara@musicschool.example",
        None,
        "https://img.clerk.com/x",
    )
    assert user.raw == raw
    school = await port.update_organization("org_3C5m", name="Music School")
    assert (school.slug, school.image_url) == (None, None)
    member = await port.change_role("org_3C5m", "user_3A1b", "SUPER_ADMIN")
    assert (member.organization_id, member.user_id) == ("org_3C5m", "user_3A1b")
    request = asked.asked[0]
    assert request.headers["authorization"] == "Bearer sk_test_x"
    assert request.headers["clerk-api-version"] == "2025-11-10"
    assert str(request.url) == "https://api.clerk.com/v1/users/user_3A1b"


async def test_items_of_lists_are_kept_byte_for_byte(clerk):
    item = json.dumps(USER, indent=2).encode()
    port, asked = clerk(
        (200, b"[" + item + b"]"),
        (200, {"data": [ORGANIZATION], "total_count": 1}),
        (200, {"data": [], "total_count": 0}),
    )
    (user,) = [each async for each in port.users()]
    assert user.raw == item
    assert asked.asked[0].url.params["order_by"] == "+created_at"
    (school,) = [each async for each in port.organizations()]
    assert json.loads(school.raw) == ORGANIZATION
    assert [each async for each in port.memberships("org_3C5m")] == []


async def test_clerks_way_to_invite_again(clerk):
    port, asked = clerk(
        (200, INVITATION), (200, INVITATION | {"status": "revoked"}), (200, INVITATION | {"id": "orginv_new"})
    )
    sent = await port.resend_invitation("org_3C5m", "orginv_3H1", by="user_3A1b")
    assert sent.id == "orginv_new"
    assert [(each.method, each.url.path.rpartition("/")[2]) for each in asked.asked] == [
        ("GET", "orginv_3H1"),
        ("POST", "revoke"),
        ("POST", "invitations"),
    ]
    body = json.loads(asked.asked[-1].content)
    assert body == {
        "email_address": "ola@student.example",
        "role": "org:member",
        "public_metadata": {"coursecove_role": "STUDENT"},
        "inviter_user_id": "user_3A1b",
    }


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (404, fault("resource_not_found"), ProviderForgot),
        (409, fault("conflict"), ProviderConflict),
        (422, fault("form_identifier_exists", "username"), ProviderRefused),
        (403, fault("organization_quota_exceeded"), ProviderRefused),
        (401, fault("clerk_key_invalid"), IdentityUnavailable),
        (401, b"<html>", IdentityUnavailable),
        (400, b"<html>", ProviderRefused),
        (200, b"not json", IdentityUnavailable),
        (200, b"{}", IdentityUnavailable),
        (302, b"", IdentityUnavailable),
    ],
)
async def test_every_refusal_has_its_meaning(clerk, status, body, problem):
    port, asked = clerk((status, body))
    with pytest.raises(problem) as caught:
        await port.update_user("user_3A1b", first_name="X")
    assert type(caught.value) is problem
    assert len(asked.asked) == 1


async def test_fields_have_sentences_of_ours(clerk):
    two = {
        "errors": fault("form_identifier_exists", "username")["errors"]
        + fault("form_brand_new", "external_id")["errors"]
    }
    port, _ = clerk((422, two), (200, []))
    with pytest.raises(ProviderRefused) as caught:
        await port.create_user(username="ola", external_id="x")
    assert dict(caught.value.fields) == {
        "username": "This is taken already. Please choose another.",
        "external_id": "The sign-in service did not accept this. Nothing was changed.",
    }


async def test_what_may_be_repeated_is_repeated(clerk):
    port, asked = clerk((500, b""), (503, b""), (200, USER))
    assert (await port.update_user("user_3A1b", first_name="X")).id == "user_3A1b"
    assert len(asked.asked) == 3
    port, asked = clerk((429, fault("too_many_requests"), {"retry-after": "1"}), (200, USER))
    assert (await port.create_user(email="a@example.com")).id == "user_3A1b"
    port, asked = clerk((500, b""), (500, b""), (500, b""))
    with pytest.raises(IdentityUnavailable):
        await port.delete_user("user_3A1b")


async def test_what_may_have_happened_is_looked_up_first(clerk):
    port, asked = clerk((500, b""), (200, [USER]))
    assert (await port.create_user(external_id="x")).id == "user_3A1b"
    assert asked.asked[1].url.params["external_id"] == "x"
    port, asked = clerk((500, b""))
    with pytest.raises(IdentityUnavailable):
        await port.create_user(email="a@example.com")
    assert len(asked.asked) == 1


async def test_the_limit_of_invitations(clerk):
    port, _ = clerk((429, fault("too_many_requests"), {"retry-after": "1200"}))
    with pytest.raises(TooManyInvitations) as caught:
        await port.invite("org_3C5m", [NewInvitation("a@example.com", "STUDENT")], inviter_id="user_3A1b")
    assert caught.value.retry_after == 1200


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (401, fault("session_token_expired"), RefreshRefused),
        (400, fault("form_param_format_invalid"), RefreshRefused),
        (404, fault("resource_not_found"), RefreshRefused),
        (401, fault("clerk_key_invalid"), IdentityUnavailable),
    ],
)
async def test_a_refresh_that_is_refused_leads_to_the_handshake(clerk, status, body, problem):
    """Clerk answers 401 to a refresh that it will not give; a wrong secret key is a 401 too, and another matter."""
    port, _ = clerk((status, body))
    with pytest.raises(problem):
        await port.refresh(
            session_id="sess_x", expired_token="x", refresh_token="y", origin="https://a.example"
        )
