"""Passkeys: made and shown with the person verified by their own device, so that one counts as both factors."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coursecove_identity import second_factors
from coursecove_identity.clock import now_ms
from coursecove_identity.ids import new_id
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection, made, many, one
from coursecove_identity.users import User

if TYPE_CHECKING:
    from webauthn.registration.verify_registration_response import VerifiedRegistration

LARGEST_ANSWER = 16 * 1024

ADD = """
    insert into identity.passkeys (id, user_id, credential_id, public_key, sign_count, name, transports, backed_up,
                                   created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) returning *"""

USED = """
    update identity.passkeys set sign_count = $2, backed_up = $3, last_used_at = $4,
                                 updated_at = greatest(updated_at + 1, $4)
     where id = $1 returning *"""

REMOVE = "delete from identity.passkeys where id = $1 and user_id = $2 returning *"


@dataclass(frozen=True, slots=True)
class Passkey:
    """One credential of one person."""

    id: str
    user_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: list[str]
    backed_up: bool
    last_used_at: int | None
    created_at: int
    updated_at: int


class PasskeyRefused(Exception):
    """The device's answer does not prove anything."""


async def of_user(connection: Connection, user_id: str) -> list[Passkey]:
    return await many(
        connection,
        Passkey,
        "select * from identity.passkeys where user_id = $1 order by created_at, id",
        user_id,
    )


def registration_options(
    provider: Provider, user: User, account: str, known: list[Passkey]
) -> tuple[str, bytes]:
    """What the browser is asked, as JSON, and the challenge in it."""
    import webauthn  # noqa: PLC0415 - a third of a second that only those who use it pay
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_registration_options(
        rp_id=provider.site.root,
        rp_name="CourseCove",
        user_id=user.id.encode(),
        user_name=account,
        user_display_name=user.name or account,
        timeout=300_000,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
    )
    return webauthn.options_to_json(options), options.challenge


def authentication_options(provider: Provider, known: list[Passkey] | None = None) -> tuple[str, bytes]:
    """Any passkey of this site, or one of those known."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=provider.site.root,
        timeout=300_000,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
        allow_credentials=[
            structs.PublicKeyCredentialDescriptor(id=each.credential_id) for each in known or []
        ],
    )
    return webauthn.options_to_json(options), options.challenge


async def add(
    provider: Provider, connection: Connection, user: User, *, answer: str, challenge: bytes, name: str
) -> Passkey:
    """Raises PasskeyRefused; a credential that is here already is refused too."""
    verified = _registered(provider, answer, challenge)
    if await _by_credential(connection, verified.credential_id) is not None:
        raise PasskeyRefused
    added = await made(
        connection,
        Passkey,
        ADD,
        new_id("passkey"),
        user.id,
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
        name,
        [],
        verified.credential_backed_up,
        now_ms(),
    )
    await second_factors.settle(connection, user.id)
    return added


async def check(provider: Provider, connection: Connection, answer: str, challenge: bytes) -> Passkey:
    """Whose passkey answered; PasskeyRefused where none of ours did, or its counter went back."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    given = _read(answer)
    passkey = await _by_credential(connection, _bytes(given.get("rawId")))
    if passkey is None:
        raise PasskeyRefused
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=provider.site.root,
            expected_origin=provider.issuer,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as refused:
        raise PasskeyRefused from refused
    if (handle := _handle(given)) is not None and handle != passkey.user_id.encode():
        raise PasskeyRefused
    return await made(
        connection,
        Passkey,
        USED,
        passkey.id,
        verified.new_sign_count,
        verified.credential_backed_up,
        now_ms(),
    )


async def remove(connection: Connection, user_id: str, passkey_id: str) -> Passkey | None:
    removed = await one(connection, Passkey, REMOVE, passkey_id, user_id)
    if removed is not None:
        await second_factors.settle(connection, user_id)
    return removed


def _registered(provider: Provider, answer: str, challenge: bytes) -> "VerifiedRegistration":
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    _read(answer)
    try:
        return webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=provider.site.root,
            expected_origin=provider.issuer,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as refused:
        raise PasskeyRefused from refused


async def _by_credential(connection: Connection, credential_id: bytes) -> Passkey | None:
    return await one(
        connection, Passkey, "select * from identity.passkeys where credential_id = $1", credential_id
    )


def _read(answer: str) -> Mapping[str, Any]:
    if len(answer) > LARGEST_ANSWER:
        raise PasskeyRefused
    try:
        found = json.loads(answer)
    except ValueError as broken:
        raise PasskeyRefused from broken
    if not isinstance(found, dict):
        raise PasskeyRefused
    return found


def _handle(given: Mapping[str, Any]) -> bytes | None:
    response = given.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    return _bytes(handle) if handle else None


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise PasskeyRefused
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as broken:
        raise PasskeyRefused from broken
