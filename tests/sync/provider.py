"""The provider's side of a test: objects in its shapes, its signature, its clock."""

import base64
import hashlib
import hmac
import json
import time
from itertools import count
from typing import Any

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
START = 1_767_225_600_123
"""The moment of the official examples, in milliseconds."""

_numbers = count(1)


def signed(body: bytes, webhook_id: str, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """The headers of one delivery."""
    stamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    mac = hmac.new(key, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "svix-id": webhook_id,
        "svix-timestamp": stamp,
        "svix-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def event(event_type: str, data: dict[str, Any], *, timestamp: int = START, **more: Any) -> bytes:
    """A webhook's body, written as compactly as the provider does."""
    envelope = {"data": data, "instance_id": "ins_test", "object": "event", "timestamp": timestamp}
    return json.dumps(envelope | {"type": event_type} | more, separators=(",", ":")).encode()


def fresh(prefix: str) -> str:
    return f"{prefix}_{next(_numbers):08d}"


def user(user_id: str, at: int = START, **changed: Any) -> dict[str, Any]:
    """A user as the official example has one, `at` its last change."""
    address = {
        "id": f"idn_{user_id}",
        "object": "email_address",
        "email_address": f"{user_id.removeprefix('user_')}@musicschool.example",
        "reserved": False,
        "verification": {"object": "verification_otp", "status": "verified", "strategy": "email_code"},
        "linked_to": [],
        "created_at": START,
        "updated_at": START,
    }
    return {
        "object": "user",
        "id": user_id,
        "external_id": None,
        "primary_email_address_id": address["id"],
        "primary_phone_number_id": None,
        "username": None,
        "first_name": "Mara",
        "last_name": "Lindqvist",
        "image_url": "https://img.clerk.com/x",
        "has_image": False,
        "public_metadata": {},
        "private_metadata": {},
        "unsafe_metadata": {},
        "email_addresses": [address],
        "phone_numbers": [],
        "last_active_at": START,
        "created_at": START,
        "updated_at": at,
    } | changed


def organization(organization_id: str, at: int = START, **changed: Any) -> dict[str, Any]:
    return {
        "object": "organization",
        "id": organization_id,
        "name": "Music School",
        "slug": organization_id.removeprefix("org_").replace("_", "-"),
        "image_url": "https://img.clerk.com/o",
        "has_image": False,
        "members_count": 1,
        "max_allowed_memberships": 5,
        "public_metadata": {},
        "private_metadata": {},
        "created_by": "user_somebody",
        "created_at": START,
        "updated_at": at,
    } | changed


def membership(
    membership_id: str,
    school: dict[str, Any],
    person: dict[str, Any],
    at: int = START,
    *,
    role: str = "org:member",
    **changed: Any,
) -> dict[str, Any]:
    return {
        "object": "organization_membership",
        "id": membership_id,
        "role": role,
        "role_name": role.removeprefix("org:").title(),
        "permissions": [],
        "public_metadata": {},
        "private_metadata": {},
        "organization": school,
        "public_user_data": {
            "user_id": person["id"],
            "identifier": person["email_addresses"][0]["email_address"],
            "first_name": person["first_name"],
            "last_name": person["last_name"],
            "profile_image_url": None,
            "image_url": person["image_url"],
            "has_image": False,
        },
        "created_at": START,
        "updated_at": at,
    } | changed


def deleted(kind: str, object_id: str) -> dict[str, Any]:
    """What is left of a user or an organisation in its own deletion."""
    return {"object": kind, "id": object_id, "deleted": True}
