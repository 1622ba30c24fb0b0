"""What browsers and programs fetch beside the pages: key set, handshake, files, pictures."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from coursecove_identity import clients, images, sessions, tokens
from coursecove_identity.cookies import CookieLines
from coursecove_identity.pages.frame import Frame

_FOLDER = Path(__file__).parents[1]
_STYLESHEET = (_FOLDER / "identity.css").read_text("utf-8")
_SCRIPT = (_FOLDER / "passkeys.js").read_bytes()
SHORTLY = "public, max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"


class Endpoints:
    """Everything without a page."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        return [
            Route("/", self.start, methods=["GET"]),
            Route("/continue", self.onward, methods=["GET"]),
            Route("/.well-known/jwks.json", self.jwks, methods=["GET"]),
            Route("/v1/client/handshake", self.handshake, methods=["GET"]),
            Route("/identity.css", self.stylesheet, methods=["GET"]),
            Route("/passkeys.js", self.script, methods=["GET"]),
            Route("/brand/{label}.css", self.brand, methods=["GET"]),
            Route("/images/people/{user_id}/{version}", self.picture, methods=["GET"]),
        ]

    async def start(self, request: Request) -> Response:
        """Whoever is signed in comes home to their account."""
        stands = await self.frame.standing(request)
        return self.frame.go("/account" if stands else self.frame.link("/sign-in", request))

    async def onward(self, request: Request) -> Response:
        """From the account back to where the person belongs."""
        stands = await self.frame.standing(request)
        if stands is None:
            return self.frame.go(self.frame.link("/sign-in", request))
        async with self.provider.store.reading() as connection:
            url = await self.frame.landing(request, connection, stands.user.id)
        return self.frame.go(url)

    async def jwks(self, request: Request) -> Response:
        headers = {"cache-control": "public, max-age=60"}
        return JSONResponse(await self.provider.keys.jwks(), headers=headers)

    async def handshake(self, request: Request) -> Response:
        """Tell the host that asks who this browser is; only our own hosts can ask."""
        target = self.provider.site.target(request.query_params.get("redirect_url"))
        if target is None:
            return await self.frame.page(request, "problem.html", 400)
        lines = CookieLines(self.provider.site, request.query_params.get("suffixed_cookies") == "true")
        token, session = None, None
        async with self.provider.store.transaction() as connection:
            client = await clients.by_secret(connection, self.frame.client_secret(request))
            session = await sessions.open_in_client(connection, client.id) if client else None
            token = await tokens.fresh_token(self.provider, connection, session, target)
        if session is None or token is None:
            directives = [*lines.no_session(), lines.client_uat(None)]
        else:
            refresh = tokens.refresh_token(self.provider, session, target.origin)
            directives = [*lines.session(token, refresh), lines.client_uat(session.known_since)]
        answer = await tokens.handshake_token(self.provider, directives)
        return RedirectResponse(target.with_parameter("__clerk_handshake", answer), 307)

    async def stylesheet(self, request: Request) -> Response:
        sheet = self.provider.around.fonts + _STYLESHEET
        return Response(sheet, media_type="text/css", headers={"cache-control": SHORTLY})

    async def script(self, request: Request) -> Response:
        return Response(_SCRIPT, media_type="text/javascript", headers={"cache-control": SHORTLY})

    async def brand(self, request: Request) -> Response:
        brand = await self.provider.around.brand_of(request.path_params["label"][:63])
        sheet = brand.stylesheet if brand else ""
        return Response(sheet, media_type="text/css", headers={"cache-control": SHORTLY})

    async def picture(self, request: Request) -> Response:
        """At an address that nobody guesses and that changes with the picture; school pages may show it."""
        async with self.provider.store.reading() as connection:
            found = await images.find(
                connection, request.path_params["user_id"], request.path_params["version"]
            )
        if found is None:
            return Response(status_code=404)
        headers = {
            "cache-control": FOR_EVER,
            "content-disposition": "inline; filename=picture.webp",
            "cross-origin-resource-policy": "same-site",
            "content-security-policy": "default-src 'none'; sandbox",
        }
        return Response(found.body, media_type=found.media_type, headers=headers)
