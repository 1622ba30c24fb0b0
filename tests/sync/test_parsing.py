"""What is read from signed bytes: the nine events, tolerant of all else; what cannot be read is said."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from coursecove.accounts.sync.parsing import Delivery, Verdict, parse
from tests.sync.provider import START, deleted, event, membership, organization, user

SIGNED = datetime(2026, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)
MARA, SCHOOL = "user_mara", "org_music_school"


def read(event_type: str, data: Any, **more: Any) -> Delivery:
    return parse("msg_1", event(event_type, data, **more), SIGNED)


NINE = [
    ("user.created", user(MARA), "user", MARA),
    ("user.updated", user(MARA), "user", MARA),
    ("user.deleted", deleted("user", MARA) | {"external_id": "ext-77"}, "user", MARA),
    ("organization.created", organization(SCHOOL), "organization", SCHOOL),
    ("organization.updated", organization(SCHOOL), "organization", SCHOOL),
    (
        "organization.deleted",
        deleted("organization", SCHOOL) | {"slug": "music-school"},
        "organization",
        SCHOOL,
    ),
    (
        "organizationMembership.created",
        membership("orgmem_1", organization(SCHOOL), user(MARA)),
        "membership",
        "orgmem_1",
    ),
    (
        "organizationMembership.updated",
        membership("orgmem_1", organization(SCHOOL), user(MARA)),
        "membership",
        "orgmem_1",
    ),
    (
        "organizationMembership.deleted",
        membership("orgmem_1", organization(SCHOOL), user(MARA)),
        "membership",
        "orgmem_1",
    ),
]


@pytest.mark.parametrize(("event_type", "data", "kind", "object_id"), NINE)
def test_all_nine_are_read(event_type: str, data: dict[str, Any], kind: str, object_id: str) -> None:
    found = read(event_type, data)
    assert (found.verdict, found.kind, found.object, found.type) == (None, kind, object_id, event_type)
    assert found.objects[0].deleted == event_type.endswith(".deleted")
    assert found.keeps_body
    if kind == "membership":
        own, school, person = found.objects
        assert (own.organization, own.person) == (SCHOOL, MARA)
        assert (school.version, person.version) == (0, 0)


@pytest.mark.parametrize(
    ("data_at", "timestamp", "version"),
    [
        (START, 1, START),
        (None, START, START),
        (None, START // 1000, START // 1000 * 1000),
        (None, 0, 1767225600123),
    ],
)
def test_a_version_is_the_objects_own_time_else_the_envelopes_else_the_signatures(
    data_at: int | None, timestamp: int, version: int
) -> None:
    assert (
        read("user.updated", user(MARA, updated_at=data_at), timestamp=timestamp).objects[0].version
        == version
    )


def test_the_same_content_has_the_same_mark_whatever_else_is_sent() -> None:
    one = read("user.updated", user(MARA))
    other = read("user.updated", user(MARA, last_active_at=START + 7, banned=False, something_new={"a": [1]}))
    assert one.mark == other.mark
    assert one.mark != read("user.updated", user(MARA, first_name="Maja")).mark


@pytest.mark.parametrize(
    ("changed", "email", "verified"),
    [
        ({}, "mara@musicschool.example", True),
        ({"primary_email_address_id": None}, None, False),
        ({"primary_email_address_id": "idn_other"}, None, False),
        ({"email_addresses": None}, None, False),
        (
            {
                "email_addresses": [
                    {"id": "idn_user_mara", "email_address": "M@X.example", "verification": None}
                ]
            },
            "M@X.example",
            False,
        ),
    ],
)
def test_the_address_is_the_primary_one(changed: dict[str, Any], email: str | None, verified: bool) -> None:
    data = read("user.created", user(MARA, **changed)).objects[0].data
    assert (data["email"], data["email_verified"]) == (email, verified)


@pytest.mark.parametrize(
    ("names", "display", "sort"),
    [
        ({"first_name": "Zoë", "last_name": "Dvořák"}, "Zoë Dvořák", "zoe dvorak"),
        ({"first_name": None, "last_name": "Dvořák"}, "Dvořák", "dvorak"),
        ({"first_name": "", "last_name": None, "username": "zoe"}, "zoe", "zoe"),
        ({"first_name": None, "last_name": None}, "Unnamed", "unnamed"),
        ({"first_name": "Zo\0e", "last_name": " "}, "Zoe", "zoe"),
    ],
)
def test_names_are_what_people_read_and_sort_by(names: dict[str, Any], display: str, sort: str) -> None:
    data = read("user.created", user(MARA, **names)).objects[0].data
    assert (data["display_name"], data["sort_name"]) == (display, sort)


@pytest.mark.parametrize(
    ("role", "metadata", "taken", "said"),
    [
        ("org:admin", {}, "SUPER_ADMIN", False),
        ("admin", {}, "SUPER_ADMIN", False),
        ("org:teacher", None, "TEACHER", False),
        ("org:guardian", {}, "GUARDIAN", False),
        ("org:student", {}, "STUDENT", False),
        ("org:member", {"coursecove_role": "GUARDIAN"}, "GUARDIAN", False),
        ("org:member", {"coursecove_role": "EMPEROR"}, "STUDENT", True),
        ("org:admin", {"coursecove_role": ["SUPER_ADMIN"]}, "SUPER_ADMIN", True),
        ("org:superuser", {}, "STUDENT", True),
        ("ORG:ADMIN", {}, "STUDENT", True),
        (None, {}, "STUDENT", True),
    ],
)
def test_a_role_is_never_more_than_was_said(role: str | None, metadata: Any, taken: str, said: bool) -> None:
    data = membership("orgmem_1", organization(SCHOOL), user(MARA), public_metadata=metadata) | {"role": role}
    found = read("organizationMembership.created", data)
    assert found.objects[0].data["role"] == taken
    assert (found.reason is not None) == said


@pytest.mark.parametrize(
    ("changed", "wanted", "first"),
    [
        ({"slug": "music-school"}, "musicschool", "musicschool"),
        ({"slug": None, "name": "Oslo Music & Arts"}, "oslomusicarts", "oslomusicarts"),
        ({"slug": "w-w-w"}, "www", "school2"),
        ({"slug": "api"}, "api", "api2"),
        ({"slug": "xn--p1ai"}, "xnp1ai", "xnp1ai"),
        ({"slug": "ab"}, "ab", "ab2"),
        ({"slug": "x" * 70}, "x" * 63, "x" * 63),
        ({"slug": None, "name": "音楽"}, "", "school2"),
    ],
)
def test_labels_are_allowed_ones(changed: dict[str, Any], wanted: str, first: str) -> None:
    data = read("organization.created", organization(SCHOOL, **changed)).objects[0].data
    assert (data["wanted"], data["labels"][0]) == (wanted, first)


@pytest.mark.parametrize(
    "event_type", ["session.created", "organizationInvitation.created", "user.merged", "role.created", "x"]
)
def test_what_is_not_used_is_ignored_and_kept_without_what_opens_doors(event_type: str) -> None:
    data = {
        "id": "x_1",
        "url": "https://accept?t=secret",
        "user": {"private_metadata": {"iban": "secret"}},
        "slug": "s",
    }
    found = read(event_type, data)
    assert (found.verdict, found.keeps_body, found.payload["data"]["slug"]) == (Verdict.IGNORED, False, "s")
    assert "secret" not in json.dumps(found.payload)


@pytest.mark.parametrize("event_type", ["email.created", "sms.created"])
def test_messages_with_codes_are_not_kept_at_all(event_type: str) -> None:
    found = read(event_type, {"id": "ema_1", "body": "482913", "data": {"otp_code": "482913"}})
    assert (found.verdict, found.keeps_body, found.payload) == (Verdict.IGNORED, False, None)


def test_another_instance_is_ignored_where_one_is_named() -> None:
    body = event("user.created", user(MARA))
    assert parse("m", body, SIGNED, instance="ins_ours").verdict == Verdict.IGNORED
    assert parse("m", body, SIGNED, instance="ins_test").verdict is None


BROKEN = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"user.created"',
    b"{}",
    b'{"type":"user.created"}',
    b'{"type":null,"data":{}}',
    b'{"type":"user.created","data":[]}',
    b'{"type":"user.created","data":{"id":7}}',
    b'{"type":"user.created","data":{"id":""}}',
    b'{"type":"user.deleted","data":{"deleted":true}}',
    b'{"type":"user.deleted","data":{"id":"a\\u0000b"}}',
    b'{"type":"user.created","data":{"id":"u","first_name":"\\ud800"}}',
    b'{"type":"user.created","data":{"id":"u","updated_at":NaN}}',
    b'{"type":"user.created","data":{"id":"u","updated_at":"soon"}}',
    b'{"type":"user.created","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b"\xff\xfe",
    b'{"type":"user.created","data":{"id":"u","x":"\xff"}}',
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_what_cannot_be_read_is_dead_with_a_reason(body: bytes) -> None:
    found = parse("msg_1", body, SIGNED)
    assert found.verdict == Verdict.FAILED
    assert found.reason


def test_large_and_strange_but_harmless_json_is_read() -> None:
    wide = {f"key{number}": number for number in range(50_000)}
    assert read("user.created", user(MARA, public_metadata=wide)).verdict is None
    twice = event("user.created", user(MARA))[:-1] + b',"type":"user.updated"}'
    assert parse("m", twice, SIGNED).type == "user.updated"
    assert read("user.created", user(MARA, updated_at=1e300)).objects[0].version == 2**62
    assert read("user.created", user(MARA, updated_at=-5)).objects[0].version == 1
