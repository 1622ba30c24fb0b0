"""Session tokens: the published shapes are understood, and each point of the checklist broken alone refuses."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coursecove.kit import clock
from coursecove.kit.web.keys import JwksKeys, KeysUnavailable, PemKey, jwks_at, read_jwks
from coursecove.kit.web.organization_claim import OrganizationClaim
from coursecove.kit.web.tokens import Refusal, SessionVerifier, TokenRefused
from coursecove_identity.signing import SigningKey

ISSUER = "https://clerk.coursecove.example"
ORIGIN = "https://musicschool.coursecove.example"
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
KEY = SigningKey(rsa.generate_private_key(public_exponent=65537, key_size=2048), "ins_one")
OTHER = SigningKey(rsa.generate_private_key(public_exponent=65537, key_size=2048), "ins_one")
DROP = object()


def claims(**changes):
    moment = int(NOW.timestamp())
    base = {
        "azp": ORIGIN,
        "exp": moment + 60,
        "fva": [3, -1],
        "iat": moment,
        "iss": ISSUER,
        "jti": "0123456789abcdef0123",
        "nbf": moment - 10,
        "sid": "sess_2mara",
        "sts": "active",
        "sub": "user_2mara",
        "v": 2,
    }
    return {name: value for name, value in (base | changes).items() if value is not DROP}


def token(key=KEY, header=None, **changes):
    headers = {"kid": key.kid, "cat": "cl_B7d4PD111AAA"} | (header or {})
    headers = {name: value for name, value in headers.items() if value is not DROP}
    return jwt.encode(claims(**changes), key.private, algorithm="RS256", headers=headers)


class Published:
    """A key set that counts how often it is asked for."""

    def __init__(self, *keys):
        self.keys, self.asked, self.down = list(keys), 0, False

    async def __call__(self):
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise httpx.ConnectError("down")
        return {"keys": [entry for key in self.keys for entry in key.jwks()["keys"]]}


def verifier(published=None, *, tick=None, **options):
    tick = tick or [100.0]
    return SessionVerifier(ISSUER, JwksKeys(published or Published(KEY), clock=lambda: tick[0]), **options)


@pytest.fixture(autouse=True)
def at_noon():
    with clock.fixed(NOW):
        yield


async def refusal(text, checker=None, origin=ORIGIN):
    with pytest.raises(TokenRefused) as refused:
        await (checker or verifier()).verify(text, origin)
    return refused.value.reason


# The published shapes


async def test_a_token_of_version_two():
    o = {"id": "org_2music", "slg": "music-school", "rol": "admin", "per": "manage,read", "fpm": "3,2"}
    session = await verifier().verify(token(o=o, fea="o:dashboard,u:x,o:teams", pla="o:pro"), ORIGIN)
    assert (session.subject, session.session_id, session.factor_ages) == ("user_2mara", "sess_2mara", (3, -1))
    assert (session.issued_at, session.expires_at) == (NOW, NOW + timedelta(seconds=60))
    assert session.organization_claim == OrganizationClaim(
        "org_2music",
        "music-school",
        "org:admin",
        ("org:dashboard:manage", "org:dashboard:read", "org:teams:read"),
    )


async def test_a_token_of_version_one():
    old = {
        "org_id": "org_2music",
        "org_slug": "music-school",
        "org_role": "org:teacher",
        "org_permissions": ["org:courses:read"],
    }
    session = await verifier().verify(token(v=DROP, jti=DROP, sts=DROP, fva=DROP, **old), ORIGIN)
    assert session.organization_claim == OrganizationClaim(
        "org_2music", "music-school", "org:teacher", ("org:courses:read",)
    )
    assert session.factor_ages is None


async def test_permission_numbers_may_be_larger_than_a_machine_word():
    verbs = ",".join(f"v{number}" for number in range(90))
    o = {"id": "org_2music", "rol": "member", "per": verbs, "fpm": str((1 << 89) | 1)}
    session = await verifier().verify(token(o=o, fea="o:courses"), ORIGIN)
    assert session.organization_claim.permissions == ("org:courses:v0", "org:courses:v89")


@pytest.mark.parametrize("o", [{}, {"id": 5}, "org", None, {"id": "org_1", "per": 1, "fpm": ["3"]}])
async def test_an_odd_organisation_is_no_reason_to_fail(o):
    session = await verifier().verify(token(o=o, fea="o:a"), ORIGIN)
    assert session.organization_claim in (None, OrganizationClaim("org_1", None, None, ()))


@pytest.mark.parametrize("fpm", ["-1", "x", "9" * 3000, ""])
async def test_odd_permission_numbers_grant_nothing(fpm):
    o = {"id": "org_1", "per": "read", "fpm": fpm}
    session = await verifier().verify(token(o=o, fea="o:a"), ORIGIN)
    assert session.organization_claim.permissions == ()


# Each point alone


async def test_1_size_and_shape():
    assert await refusal(token(filler="x" * 9000)) is Refusal.TOO_LARGE
    for text in ("", "a", "a.b", "a.b.c.d", "..", "a.b.c", "ü.b.c", token().replace(".", "", 1), "{}.{}.{}"):
        assert await refusal(text) is Refusal.MALFORMED


async def test_2_algorithm_type_and_category():
    public = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = (
        base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "ins_one"}).encode()).decode().rstrip("=")
    )
    assert await refusal(f"{header}.{token().split('.')[1]}.") is Refusal.ALGORITHM
    hmac_header = {"kid": "ins_one"}
    secret = base64.b64encode(public)
    assert await refusal(jwt.encode(claims(), secret, "HS256", headers=hmac_header)) is Refusal.ALGORITHM
    assert await refusal(jwt.encode(claims(), KEY.private, "RS512", headers=hmac_header)) is Refusal.ALGORITHM
    assert await refusal(token(header={"typ": "at+jwt"})) is Refusal.TYPE
    for category in ("cl_B7d4PD222AAA", "cl_B7d4PD333AAA", "cl_unheard_of", "", 7):
        assert await refusal(token(header={"cat": category})) is Refusal.CATEGORY


@pytest.mark.parametrize("header", [{"cat": DROP}, {"cat": "cl_I7d4PD111III"}, {"oiat": 1}, {"typ": "JWT"}])
async def test_2_headers_that_say_nothing_are_fine(header):
    assert await verifier().verify(token(header=header), ORIGIN)


async def test_3_the_key_comes_from_the_set_and_never_from_the_token():
    forged = OTHER.jwks()["keys"][0]
    for header in (
        {"jwk": forged},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example"},
    ):
        assert await refusal(token(OTHER, header)) is Refusal.SIGNATURE
    assert await refusal(token(header={"kid": "ins_two"})) is Refusal.KEY
    assert await refusal(token(header={"kid": DROP})) is Refusal.KEY


async def test_3_an_unknown_key_is_looked_for_once_in_thirty_seconds():
    published, tick = Published(KEY), [100.0]
    checker = verifier(published, tick=tick)
    await checker.verify(token(), ORIGIN)
    for _ in range(5):
        assert await refusal(token(header={"kid": "ins_two"}), checker) is Refusal.KEY
    assert published.asked == 1
    tick[0] += 31
    await asyncio.gather(*(refusal(token(header={"kid": "ins_two"}), checker) for _ in range(20)))
    assert published.asked == 2


async def test_3_a_new_key_under_the_old_name_is_found():
    published, tick = Published(KEY), [100.0]
    checker = verifier(published, tick=tick)
    await checker.verify(token(), ORIGIN)
    published.keys = [OTHER]
    tick[0] += 31
    assert await checker.verify(token(OTHER), ORIGIN)


async def test_3_the_old_set_serves_while_the_issuer_is_down():
    published, tick = Published(KEY), [100.0]
    checker = verifier(published, tick=tick)
    await checker.verify(token(), ORIGIN)
    published.down = True
    tick[0] += 4000
    assert await checker.verify(token(sub="user_2noah"), ORIGIN)
    await asyncio.sleep(0.01)
    assert await checker.verify(token(sub="user_2lea"), ORIGIN)


async def test_3_without_any_key_the_visitor_is_asked_to_wait():
    published = Published(KEY)
    published.down = True
    with pytest.raises(KeysUnavailable):
        await verifier(published).verify(token(), ORIGIN)


async def test_4_signature_first():
    head, _, signature = token().split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims(sub="user_2evil")).encode()).decode().rstrip("=")
    assert await refusal(f"{head}.{payload}.{signature}") is Refusal.SIGNATURE
    assert await refusal(token(OTHER, iss="https://evil.example", exp=1)) is Refusal.SIGNATURE


@pytest.mark.parametrize("issuer", [DROP, ISSUER + "/", "https://evil.example", [ISSUER], None])
async def test_5_issuer(issuer):
    headers = {"kid": KEY.kid}
    text = jwt.api_jws.encode(json.dumps(claims(iss=issuer)).encode(), KEY.private, "RS256", headers=headers)
    assert await refusal(text) is Refusal.ISSUER


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": -4}, None),
        ({"exp": -6}, Refusal.EXPIRED),
        ({"nbf": 4}, None),
        ({"nbf": 6}, Refusal.NOT_YET),
        ({"iat": 4}, None),
        ({"iat": 6}, Refusal.NOT_YET),
    ],
)
async def test_6_times_with_five_seconds_of_leeway(changes, reason):
    text = token(**{name: int(NOW.timestamp()) + offset for name, offset in changes.items()})
    if reason is None:
        assert await verifier().verify(text, ORIGIN)
    else:
        assert await refusal(text) is reason


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", [DROP, None, True, "1767225600", [1], 10**400, -5, 1e300])
async def test_6_unusable_times(name, value):
    text = jwt.api_jws.encode(
        json.dumps(claims(**{name: value})).encode(), KEY.private, "RS256", headers={"kid": KEY.kid}
    )
    assert await refusal(text) is Refusal.TIMES


async def test_6_an_expired_token_still_tells_its_session():
    with pytest.raises(TokenRefused) as refused:
        await verifier().verify(token(exp=int(NOW.timestamp()) - 60), ORIGIN)
    assert refused.value.session.session_id == "sess_2mara"


@pytest.mark.parametrize("name", ["sub", "sid"])
@pytest.mark.parametrize("value", [DROP, None, "", 5, ["user_2mara"]])
async def test_7_subject_and_session(name, value):
    text = jwt.api_jws.encode(
        json.dumps(claims(**{name: value})).encode(), KEY.private, "RS256", headers={"kid": KEY.kid}
    )
    assert await refusal(text) is Refusal.SUBJECT


@pytest.mark.parametrize(
    "origin",
    [
        "https://yogastudio.coursecove.example",
        "http://musicschool.coursecove.example",
        "https://musicschool.coursecove.example:444",
        "https://musicschool.coursecove.example/",
        "https://MUSICSCHOOL.coursecove.example",
        ["https://musicschool.coursecove.example"],
    ],
)
async def test_8_a_token_of_another_origin(origin):
    assert await refusal(token(azp=origin)) is Refusal.ORIGIN


async def test_8_a_missing_origin_is_refused_unless_allowed():
    assert await refusal(token(azp=DROP)) is Refusal.NO_ORIGIN
    assert await verifier(allow_missing_azp=True).verify(token(azp=DROP), ORIGIN)
    assert await refusal(token(azp="https://x.example"), verifier(allow_missing_azp=True)) is Refusal.ORIGIN


async def test_8_a_remembered_token_is_still_bound_to_its_origin():
    checker = verifier()
    await checker.verify(token(), ORIGIN)
    assert await refusal(token(), checker, "https://yogastudio.coursecove.example") is Refusal.ORIGIN


async def test_9_an_unfinished_sign_in():
    assert await refusal(token(sts="pending")) is Refusal.PENDING


@pytest.mark.parametrize(
    ("act", "who"), [(DROP, None), ({"sub": "user_2boss"}, "user_2boss"), ({}, "unknown"), ("x", "unknown")]
)
async def test_10_impersonation_is_marked(act, who):
    assert (await verifier().verify(token(act=act), ORIGIN)).impersonator == who


# Remembered tokens


async def test_a_remembered_token_ends_on_time():
    checker, text = verifier(), token()
    await checker.verify(text, ORIGIN)
    with clock.fixed(NOW + timedelta(seconds=66)):
        assert await refusal(text, checker) is Refusal.EXPIRED


async def test_a_remembered_token_costs_no_signature(monkeypatch):
    checker, text = verifier(), token()
    first = await checker.verify(text, ORIGIN)
    monkeypatch.setattr(jwt, "decode", None)
    assert await checker.verify(text, ORIGIN) is first


# Handshakes


async def test_a_handshake_gives_its_lines():
    lines = ["__session=x", "__client_uat=5"]
    assert await verifier().verify_handshake(KEY.sign({"handshake": lines})) == lines


@pytest.mark.parametrize("payload", [{}, {"handshake": "x"}, {"handshake": [1]}, {"handshake": [], "exp": 5}])
async def test_a_handshake_that_says_nothing(payload):
    with pytest.raises(TokenRefused):
        await verifier().verify_handshake(KEY.sign(payload))


async def test_a_template_cannot_smuggle_a_handshake():
    headers = {"kid": KEY.kid, "cat": "cl_B7d4PD222AAA"}
    text = jwt.encode({"handshake": ["__session=x"]}, KEY.private, "RS256", headers=headers)
    with pytest.raises(TokenRefused) as refused:
        await verifier().verify_handshake(text)
    assert refused.value.reason is Refusal.CATEGORY


# Keys


async def test_a_configured_key_needs_no_network():
    pem = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (pem, pem.replace("\n", "\\n")):
        assert await SessionVerifier(ISSUER, PemKey(text)).verify(token(), ORIGIN)
    assert await refusal(token(OTHER), SessionVerifier(ISSUER, PemKey(pem))) is Refusal.SIGNATURE


def test_only_an_rsa_key_can_be_configured():
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(TypeError):
        PemKey(curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def test_a_key_set_keeps_only_usable_keys():
    good = KEY.jwks()["keys"][0]
    odd = [{}, 5, good | {"use": "enc"}, good | {"n": "?"}, {"kty": "EC", "kid": "x"}, good | {"kid": 7}]
    assert list(read_jwks({"keys": [*odd, good]})) == ["ins_one"]
    with pytest.raises(ValueError, match="list"):
        read_jwks({"keys": {}})


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(200, text="no"), httpx.Response(200, json=[])]
)
async def test_a_broken_key_address_is_no_crash(answer):
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as client:
        with pytest.raises(KeysUnavailable):
            await JwksKeys(jwks_at(client, ISSUER + "/.well-known/jwks.json")).key("ins_one")
