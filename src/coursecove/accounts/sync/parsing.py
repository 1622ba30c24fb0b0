"""Signed bytes as a delivery: the typed change in them, or why there is none."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct, field

from coursecove.accounts.sync import normalising
from coursecove.accounts.sync.normalising import Mirrored
from coursecove.accounts.sync.redaction import NEVER_STORED, redacted
from coursecove.accounts.sync.shapes import (
    Envelope,
    Milliseconds,
    ProviderMembership,
    ProviderOrganization,
    ProviderUser,
)
from coursecove.kit.ids import new_id

T = TypeVar("T", ProviderUser, ProviderOrganization, ProviderMembership)

KINDS: Final = {"user": "user", "organization": "organization", "organizationMembership": "membership"}
VERBS: Final = frozenset({"created", "updated", "deleted"})
UNREADABLE: Final = "unreadable"
SECONDS_END: Final = 10**11
"""Integers below this are seconds: official examples disagree on the envelope's unit."""


class Verdict(StrEnum):
    """What is settled before the database is asked."""

    IGNORED = "ignored"
    FAILED = "failed"


class Failed(Struct, omit_defaults=True):
    """An attempt that came to nothing: what is kept of it, and when the next one is due."""

    error: str
    at: datetime
    path: str
    wait_ms: int
    ms: int = 0
    infrastructure: bool = False
    tried: bool = True
    dead: bool = False


class Delivery(Struct, omit_defaults=True):
    """A delivery as the database takes it; its body travels beside it, as bytes."""

    webhook_id: str
    id: UUID
    type: str
    signed_at: datetime
    digest: str
    instance: str | None = None
    kind: str | None = None
    object: str | None = None
    mark: str | None = None
    objects: list[Mirrored] = field(default_factory=list)
    verdict: Verdict | None = None
    reason: str | None = None
    payload: Any = None
    """What is kept in place of a body that opens doors."""
    keeps_body: bool = False
    path: str = "fast"
    """By which way it is done."""
    copies: int = 1
    """How often it came while it waited here."""
    received_at: datetime | None = None
    """When it came, where that was long before the database learns of it."""
    lease: UUID | None = None
    again: bool = False
    """Whether rows are to be written anew although the mirror does not change."""
    failure: Failed | None = None
    n: int = 0
    age_ms: int = 0


def parse(webhook_id: str, body: bytes, signed_at: datetime, *, instance: str | None = None) -> Delivery:
    """The delivery that these bytes are; never raises, since the sender cannot mend anything."""
    digest = sha256(body).hexdigest()
    delivery = Delivery(webhook_id, new_id(), UNREADABLE, signed_at, digest)
    try:
        body.decode("utf-8")
        envelope = _envelope(body)
        delivery.type, delivery.instance = _short(envelope.type), _short(envelope.instance_id or "") or None
        _fill(delivery, envelope, body, instance)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, Unusable) as problem:
        delivery.verdict = Verdict.FAILED
        delivery.reason = f"cannot be read: {_short(str(problem), 300)}"
        delivery.keeps_body = delivery.type not in NEVER_STORED
    return delivery


class Unusable(Exception):
    """The JSON is fine, but what it should be about is missing."""


def _fill(delivery: Delivery, envelope: Envelope, body: bytes, instance: str | None) -> None:
    noun, _, verb = envelope.type.partition(".")
    kind = KINDS.get(noun) if verb in VERBS else None
    if instance is not None and envelope.instance_id not in (None, instance):
        _ignore(delivery, body, f"of another instance, {_short(envelope.instance_id or '')}")
    elif kind is None:
        _ignore(delivery, body, "not used")
    else:
        delivery.keeps_body = True
        _READERS[kind](delivery, envelope.data, verb == "deleted", _moment(envelope, delivery.signed_at))
        own = delivery.objects[0]
        delivery.kind, delivery.object, delivery.mark = kind, own.id, own.mark


def _ignore(delivery: Delivery, body: bytes, reason: str) -> None:
    """Kept without what opens doors, so that it can be looked at."""
    delivery.verdict, delivery.reason = Verdict.IGNORED, reason
    if delivery.type not in NEVER_STORED:
        delivery.payload = _storable(redacted(msgspec.json.decode(body)))


def _user(delivery: Delivery, data: msgspec.Raw, deleted: bool, moment: int) -> None:
    found = _decode_user(data)
    object_id = _id(found.id, "user")
    if deleted:
        delivery.objects = [normalising.tombstone("user", object_id, moment)]
    else:
        delivery.objects = [normalising.user(found, object_id, _version(found.updated_at, moment))]


def _organization(delivery: Delivery, data: msgspec.Raw, deleted: bool, moment: int) -> None:
    found = _decode_organization(data)
    object_id = _id(found.id, "organization")
    if deleted:
        delivery.objects = [normalising.tombstone("organization", object_id, moment)]
    else:
        delivery.objects = [normalising.organization(found, object_id, _version(found.updated_at, moment))]


def _membership(delivery: Delivery, data: msgspec.Raw, deleted: bool, moment: int) -> None:
    """A membership brings its school and its person along, provisionally."""
    found = _decode_membership(data)
    object_id = _id(found.id, "membership")
    mirrored, delivery.reason = normalising.membership(found, object_id, _version(found.updated_at, moment))
    if deleted:
        gone = normalising.tombstone("membership", object_id, moment)
        gone.organization, gone.person, delivery.reason = mirrored.organization, mirrored.person, None
        mirrored = gone
    delivery.objects = [mirrored]
    school, person = found.organization, found.public_user_data
    if school is not None and school.id:
        delivery.objects.append(normalising.organization(school, _id(school.id, "organization"), 0))
    if person is not None and person.user_id:
        delivery.objects.append(normalising.user(person, _id(person.user_id, "user"), 0))


_READERS: Final[dict[str, Callable[[Delivery, msgspec.Raw, bool, int], None]]] = {
    "user": _user,
    "organization": _organization,
    "membership": _membership,
}
_envelope = msgspec.json.Decoder(Envelope).decode
_decode_user = msgspec.json.Decoder(ProviderUser).decode
_decode_organization = msgspec.json.Decoder(ProviderOrganization).decode
_decode_membership = msgspec.json.Decoder(ProviderMembership).decode


def _id(found: str | None, kind: str) -> str:
    if not found or "\0" in found or len(found) > 200:
        raise Unusable(f"it names no {kind}")
    return found


def _moment(envelope: Envelope, signed_at: datetime) -> int:
    """When it happened, in milliseconds: as the envelope says, else when it was signed."""
    said = int(envelope.timestamp or 0)
    if said <= 0:
        return int(signed_at.timestamp() * 1000)
    return said * 1000 if said < SECONDS_END else said


def _version(updated_at: Milliseconds, moment: int) -> int:
    """Which state of the object this is; 0 is left to what others say about it."""
    return max(1, int(updated_at or 0) or moment)


def _storable(value: Any) -> Any:
    """The value if jsonb can hold it, else none."""
    return None if b"\\u0000" in msgspec.json.encode(value) else value


def _short(text: str, length: int = 100) -> str:
    return text.replace("\0", "")[:length]
