"""The letter that asks somebody to join a school."""

from coursecove_identity import notices, users
from coursecove_identity.invitations import Sent
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection
from coursecove_identity.vault import digest


def invitation_url(provider: Provider, ticket: str) -> str:
    """Where the letter leads."""
    return f"{provider.issuer}/invitations/{ticket}"


async def write_letter(provider: Provider, connection: Connection, sent: Sent) -> None:
    """In the transaction of the invitation; whoever calls this sends it after the commit."""
    invitation = sent.invitation
    inviter = await users.find(connection, invitation.inviter_id) if invitation.inviter_id else None
    mail = notices.invitation(
        invitation.email_address,
        invitation.organization_name,
        inviter.name if inviter else "",
        invitation_url(provider, sent.ticket),
        f"invitation:{digest(sent.ticket).hex()[:32]}",
    )
    await provider.letters.due(connection, mail)
