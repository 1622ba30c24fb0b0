"""Signatures: the published vectors, everything that is no signature, rotation, both spellings."""

import base64
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from coursecove.providers.identity.webhooks import LARGEST_BODY, InvalidSignature, verify
from tests.sync.provider import SECRET, signed

BODY = b'{"test": 2432232314}'
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PUBLISHED = [
    (
        SECRET,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        BODY,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        OTHER,
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1649367553,
        b'{"email":"test@example.com","username":"test_user"}',
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
]
FOREIGN = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
FOREIGN_ONLY = (
    "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ= v1,Mm7xgUVICxZfQ3bgf0h0Dof65L/IFx+PnZvnDWPCX6Q= "
    "v1,9DfC1c3eeOrXB6w/5dIDydLNQaEyww5KalE5jLBZucE="
)


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


@pytest.mark.parametrize(("secret", "webhook_id", "at", "body", "signature"), PUBLISHED)
def test_the_published_vectors_are_what_is_compared_with(
    secret: str, webhook_id: str, at: int, body: bytes, signature: str
) -> None:
    moment = datetime.fromtimestamp(at, UTC)
    assert Webhook(secret).sign(webhook_id, moment, body.decode()) == signature
    assert signed(body, webhook_id, at=at, secret=secret)["svix-signature"] == signature


@pytest.mark.parametrize(("secret", "webhook_id", "at", "body", "signature"), PUBLISHED)
def test_a_recording_is_too_old(secret: str, webhook_id: str, at: int, body: bytes, signature: str) -> None:
    headers = {"svix-id": webhook_id, "svix-timestamp": str(at), "svix-signature": signature}
    with pytest.raises(InvalidSignature):
        verify(body, raw(headers), [secret])


def test_a_good_one_says_who_and_when() -> None:
    now = time.time()
    found = verify(BODY, raw(signed(BODY, "msg_1", at=now)), [SECRET])
    assert (found.webhook_id, int(found.signed_at.timestamp())) == ("msg_1", int(now))


def test_the_other_spelling_is_good_too_and_svix_goes_first() -> None:
    headers = {name.replace("svix", "webhook"): value for name, value in signed(BODY, "msg_1").items()}
    assert verify(BODY, raw(headers), [SECRET]).webhook_id == "msg_1"
    both = signed(BODY, "msg_2") | headers
    assert verify(BODY, raw(both), [SECRET]).webhook_id == "msg_2"
    with pytest.raises(InvalidSignature):
        verify(BODY, raw({"svix-id": "msg_1"} | headers), [SECRET])


def test_while_a_secret_is_replaced_both_are_good() -> None:
    for secret in (SECRET, OTHER):
        assert verify(BODY, raw(signed(BODY, "msg_1", secret=secret)), [OTHER, SECRET])
    with pytest.raises(InvalidSignature):
        verify(BODY, raw(signed(BODY, "msg_1", secret=SECRET)), [OTHER])
    with pytest.raises(InvalidSignature):
        verify(BODY, raw(signed(BODY, "msg_1")), [])


@pytest.mark.parametrize(
    "secret", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr"]
)
def test_secrets_of_other_lengths_and_without_padding_are_good(secret: str) -> None:
    assert verify(BODY, raw(signed(BODY, "msg_1", secret=secret)), [secret])


def test_one_good_signature_among_foreign_ones_is_enough() -> None:
    headers = signed(BODY, "msg_1")
    own = headers["svix-signature"]
    headers["svix-signature"] = f"{FOREIGN} {FOREIGN.replace('v1', 'v2')} {own} {FOREIGN}"
    assert verify(BODY, raw(headers), [SECRET])
    for foreign in (FOREIGN, FOREIGN_ONLY, own.replace("v1", "v2"), own.replace("v1", "v1a")):
        with pytest.raises(InvalidSignature):
            verify(BODY, raw(headers | {"svix-signature": foreign}), [SECRET])


GARBAGE = [
    "",
    "v1,",
    "v1",
    ",",
    " ",
    "v1,dawfeoifkpqwoekfpqoekf",
    "v1,g0hM",
    "v1,a,b",
    " v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",
    "v1,é=",
    "v1,=====",
    "v1, v1,",
    "\x00",
    "v1," + "A" * 10_000,
]


@pytest.mark.parametrize("signature", GARBAGE)
def test_a_malformed_signature_is_just_a_bad_one(signature: str) -> None:
    headers = signed(BODY, "msg_1") | {"svix-signature": signature}
    with pytest.raises(InvalidSignature):
        verify(BODY, raw(headers), [SECRET])


@pytest.mark.parametrize("missing", ["svix-id", "svix-timestamp", "svix-signature"])
def test_every_header_is_needed_once(missing: str) -> None:
    headers = signed(BODY, "msg_1")
    with pytest.raises(InvalidSignature):
        verify(BODY, raw({name: value for name, value in headers.items() if name != missing}), [SECRET])
    with pytest.raises(InvalidSignature):
        verify(BODY, [*raw(headers), (missing.encode(), headers[missing].encode())], [SECRET])


@pytest.mark.parametrize("stamp", ["hello", "", "1700000000.7", "-1", "nan", "inf", "9" * 13, "0x10", "１７"])
def test_a_time_is_whole_seconds(stamp: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(
            BODY,
            [*raw({"svix-id": "m", "svix-signature": "v1,"}), (b"svix-timestamp", stamp.encode())],
            [SECRET],
        )


@pytest.mark.parametrize("away", [-301, 301, -86_400])
def test_five_minutes_either_way(away: int) -> None:
    with pytest.raises(InvalidSignature):
        verify(BODY, raw(signed(BODY, "msg_1", at=time.time() + away)), [SECRET])
    assert verify(BODY, raw(signed(BODY, "msg_1", at=time.time() + away / abs(away) * 290)), [SECRET])


@pytest.mark.parametrize("webhook_id", ["a" * 129, "msg 1", "msg\t", "é", ""])
def test_an_id_is_short_and_visible(webhook_id: str) -> None:
    headers = signed(BODY, webhook_id)
    with pytest.raises(InvalidSignature):
        verify(BODY, [(name.encode(), value.encode()) for name, value in headers.items()], [SECRET])


def test_another_body_is_another_message() -> None:
    for body in (BODY + b" ", BODY[:-1], b"", b"\xff\xfe", b"{" * LARGEST_BODY + b"{"):
        with pytest.raises(InvalidSignature):
            verify(body, raw(signed(BODY, "msg_1")), [SECRET])


def test_a_body_that_is_no_text_is_refused_even_if_signed() -> None:
    with pytest.raises(InvalidSignature):
        verify(b"\xff\xfe", raw(signed(b"\xff\xfe", "msg_1")), [SECRET])


def test_bodies_that_other_programs_would_write_differently_are_good() -> None:
    for body in (
        b'{"a": 1.0, "10": 1e3, "b":"\\u00e9/\\/"}',
        '{"n":"Zoë"}'.encode(),
        b'{"a":1,"a":2}',
    ):
        assert verify(body, raw(signed(body, "msg_1")), [SECRET])


def test_a_secret_is_the_bytes_behind_its_name() -> None:
    plain = base64.b64encode(b"k" * 32).decode()
    assert verify(BODY, raw(signed(BODY, "msg_1", secret=f"whsec_{plain}")), [plain])
