"""Where an invitation's link leads: what one is asked to join, and the way in for whoever the letter was for."""

import asyncio
from time import monotonic
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coursecove_identity import emails, invitations, logos, memberships, sessions, users, webhooks
from coursecove_identity.clock import SECOND, now_ms
from coursecove_identity.faults import Refused
from coursecove_identity.invitations import Invitation
from coursecove_identity.pages.endpoints import FOR_EVER
from coursecove_identity.pages.frame import Form, Frame
from coursecove_identity.roles import ROLES
from coursecove_identity.store import Connection
from coursecove_identity.tokens import Standing
from coursecove_identity.words import gettext as _

LOOK_AGAIN_S = 0.05


class InvitationPages:
    """`/invitations/{ticket}`, and the pictures of organisations."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.provider = frame, frame.provider

    def routes(self) -> list[Route]:
        return [
            self.frame.get("/invitations/{ticket}", self.show),
            self.frame.post("/invitations/{ticket}", self.accept),
            Route("/images/organizations/{organization_id}/{version}", self.logo, methods=["GET"]),
        ]

    async def show(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        stands = await self.frame.standing(request)
        async with self.provider.store.reading() as connection:
            invitation = await invitations.by_ticket(connection, request.path_params["ticket"])
            if invitation is None or not invitation.is_open:
                return await self.frame.page(request, "invitation_over.html", 404)
            inviter = await users.find(connection, invitation.inviter_id or "")
            fits = stands is not None and await self._fits(connection, stands, invitation)
        here = urlencode({"redirect_url": self._here(request)})
        whose = urlencode({"email": invitation.email_address})
        return await self.frame.page(
            request,
            "invitation.html",
            status,
            problem=problem,
            invitation=invitation,
            inviter=inviter.name if inviter else "",
            role=role_word(invitation.role),
            current=stands.user if stands else None,
            fits=fits,
            action=request.url.path,
            sign_in=f"/sign-in?{here}",
            sign_up=f"/sign-up?{here}&{whose}",
            sign_out=f"/sign-out?{here}",
        )

    async def accept(self, request: Request, form: Form) -> Response:
        stands = await self.frame.standing(request)
        if stands is None:
            return await self.show(request)
        since = now_ms()
        try:
            async with self.provider.store.transaction() as connection:
                invitation = await invitations.by_ticket(connection, request.path_params["ticket"])
                if invitation is None:
                    return await self.frame.page(request, "invitation_over.html", 404)
                school = await invitations.accept(connection, invitation.id, stands.user.id)
                membership = await memberships.id_of(connection, school, stands.user.id)
                session = await sessions.proved(connection, stands.session.id)
        except Refused as refused:
            return await self.show(request, 422, refused.faults[0].long_message)
        await self._told(membership, since)
        known_since = self.provider.cookies.client_uat((session or stands.session).known_since)
        return self.frame.go(await self._onward(invitation), [known_since])

    async def logo(self, request: Request) -> Response:
        found = request.path_params
        async with self.provider.store.reading() as connection:
            picture = await logos.find(connection, found["organization_id"], found["version"])
        if picture is None:
            return await self.frame.page(request, "problem.html", 404)
        return Response(picture.body, media_type=picture.media_type, headers={"cache-control": FOR_EVER})

    async def _fits(self, connection: Connection, stands: Standing, invitation: Invitation) -> bool:
        """Is the letter's address one that this person has proved to be theirs?"""
        return any(
            each.verified_at is not None and each.email_address.lower() == invitation.email_address
            for each in await emails.of_user(connection, stands.user.id)
        )

    async def _told(self, membership: str, since: int) -> None:
        """Whoever goes on at once shall not come before the news: wait until it was delivered, but not for long."""
        ends = monotonic() + self.provider.policy.told_within / SECOND
        while monotonic() < ends:
            async with self.provider.store.reading() as connection:
                if await webhooks.is_told(
                    connection, "organizationMembership.created", membership, since_ms=since
                ):
                    return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _onward(self, invitation: Invitation) -> str:
        """Where the invitation says, else the school, else the root."""
        site = self.provider.site
        target = site.target(invitation.redirect_url)
        if target is None:
            label = await self.provider.around.label_of(invitation.organization_id)
            url = site.origin(label) + (self.provider.around.landing if label else "/")
        else:
            url = target.url
        return url

    def _here(self, request: Request) -> str:
        return f"{self.provider.issuer}/invitations/{quote(request.path_params['ticket'], safe='')}"


def role_word(role: str) -> str:
    """What somebody will be, as people say it."""
    words = {
        "org:admin": _("Owner or admin"),
        "org:teacher": _("Teacher"),
        "org:guardian": _("Guardian"),
        "org:student": _("Student"),
        "org:member": _("Member"),
    }
    return words.get(role) or ROLES[role].name
