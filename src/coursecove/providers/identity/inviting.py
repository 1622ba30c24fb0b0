"""Invitations, at the provider."""

from collections.abc import Sequence
from typing import Any

from coursecove.kit import clock
from coursecove.kit.errors import ProblemError
from coursecove.providers.identity import (
    InvitationsRefused,
    NewInvitation,
    ProviderInvitation,
    ProviderRefused,
    answers,
)
from coursecove.providers.identity.calls import Uncertain
from coursecove.providers.identity.part import Part, given, path_of
from coursecove.providers.identity.roles import provider_role, role_metadata

AT_ONCE = 10
_JUST_NOW_MS = 120_000


class Inviting(Part):
    """Sends, lists and takes back invitations."""

    async def invite(
        self,
        organization_id: str,
        invitations: Sequence[NewInvitation],
        *,
        inviter_id: str,
        redirect_url: str | None = None,
    ) -> list[ProviderInvitation]:
        """Ten at a time; where one of ten is refused, each by itself, so that only that one is left out."""
        sent: list[ProviderInvitation] = []
        refused: dict[str, str] = {}
        for start in range(0, len(invitations), AT_ONCE):
            bodies = [
                self._body(each, inviter_id, redirect_url) for each in invitations[start : start + AT_ONCE]
            ]
            try:
                sent += await self._many(organization_id, bodies)
            except (ProviderRefused, Uncertain):
                await self._each(organization_id, bodies, sent, refused)
        if refused:
            raise InvitationsRefused(refused, sent)
        return sent

    async def invitations(
        self, organization_id: str, *, status: Sequence[str] = ("pending",), limit: int = 100, offset: int = 0
    ) -> list[ProviderInvitation]:
        query = [("status", each) for each in status] + [("limit", str(limit)), ("offset", str(offset))]
        raw = await self._calls.get(path_of("organizations", organization_id, "invitations"), query)
        return [answers.invitation(bytes(each)) for each in answers.read(raw, answers.Page).data]

    async def revoke_invitation(
        self, organization_id: str, invitation_id: str, *, by: str
    ) -> ProviderInvitation:
        path = path_of("organizations", organization_id, "invitations", invitation_id, "revoke")
        return answers.invitation(await self._calls.send("POST", path, {"requesting_user_id": by}))

    async def resend_invitation(
        self, organization_id: str, invitation_id: str, *, by: str
    ) -> ProviderInvitation:
        path = path_of("organizations", organization_id, "invitations", invitation_id)
        if self._dialect.resends:
            return answers.invitation(await self._calls.send("POST", f"{path}/resend", {}))
        before = answers.invitation(await self._calls.get(path))
        if before.status == "pending":
            await self.revoke_invitation(organization_id, invitation_id, by=by)
        body = {
            "email_address": before.email,
            "role": before.role,
            "public_metadata": dict(before.public_metadata),
            "inviter_user_id": by,
        }
        return await self._one(organization_id, body)

    def _body(self, asked: NewInvitation, inviter_id: str, redirect_url: str | None) -> dict[str, Any]:
        custom = self._dialect.custom_roles
        beside = {name: value for name, value in role_metadata(asked.role, custom=custom).items() if value}
        return given(
            email_address=asked.email,
            role=provider_role(asked.role, custom=custom),
            public_metadata={**asked.public_metadata, **beside},
            inviter_user_id=inviter_id,
            redirect_url=redirect_url,
        )

    async def _many(self, organization_id: str, bodies: Sequence[dict[str, Any]]) -> list[ProviderInvitation]:
        if len(bodies) == 1:
            return [await self._one(organization_id, bodies[0])]
        path = path_of("organizations", organization_id, "invitations", "bulk")
        page = answers.read(await self._calls.send("POST", path, bodies), answers.Page)
        return [answers.invitation(bytes(each)) for each in page.data]

    async def _each(
        self,
        organization_id: str,
        bodies: Sequence[dict[str, Any]],
        sent: list[ProviderInvitation],
        refused: dict[str, str],
    ) -> None:
        for body in bodies:
            try:
                sent.append(await self._one(organization_id, body))
            except ProviderRefused as problem:
                refused[body["email_address"]] = _said(problem)

    async def _one(self, organization_id: str, body: dict[str, Any]) -> ProviderInvitation:
        """One invitation; where an earlier try has made it a moment ago, though its answer was lost, that one."""
        path = path_of("organizations", organization_id, "invitations")
        try:
            return answers.invitation(await self._calls.send("POST", path, body))
        except (Uncertain, ProviderRefused) as problem:
            made = await self._lately_sent(path, body["email_address"])
            if made is None:
                raise problem from None
            return made

    async def _lately_sent(self, path: str, email: str) -> ProviderInvitation | None:
        raw = await self._calls.get(path, [("status", "pending"), ("email_address", email), ("limit", 1)])
        found = [answers.invitation(bytes(each)) for each in answers.read(raw, answers.Page).data]
        oldest = clock.now().timestamp() * 1000 - _JUST_NOW_MS
        return next((each for each in found if each.created_at_ms >= oldest), None)


def _said(problem: ProblemError) -> str:
    return next(iter(problem.fields.values()), problem.message)
