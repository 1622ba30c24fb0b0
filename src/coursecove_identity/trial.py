"""The cookies of somebody who has just signed in, without a sign-in: for measurements and tests of what trusts tokens."""

from coursecove_identity.clock import DAY, SECOND, now_ms
from coursecove_identity.cookies import CookieLines
from coursecove_identity.ids import new_id
from coursecove_identity.memberships import Place
from coursecove_identity.signing import SigningKey, mint_session_token
from coursecove_identity.site import Site


def session_cookies(
    key: SigningKey, site: Site, subject: str, origin: str, organization: Place | None = None
) -> dict[str, str]:
    """Good for a minute on this origin; no session stands behind them, so nothing prolongs them."""
    names = CookieLines(site)
    token = mint_session_token(
        key,
        issuer=site.issuer,
        subject=subject,
        session_id=new_id("sess"),
        origin=origin,
        organization=organization,
    )
    return {
        names.name("__session"): token,
        names.name("__client_uat"): str((now_ms() - DAY) // SECOND),
    }
