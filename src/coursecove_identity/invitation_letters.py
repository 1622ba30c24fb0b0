"""The letter that asks somebody to join a school."""

from html import escape

from coursecove_identity import users
from coursecove_identity.invitations import Sent
from coursecove_identity.mail import Mail
from coursecove_identity.provider import Provider
from coursecove_identity.store import Connection
from coursecove_identity.vault import digest


def invitation_url(provider: Provider, ticket: str) -> str:
    """Where the letter leads."""
    return f"{provider.issuer}/invitations/{ticket}"


async def write_letter(provider: Provider, connection: Connection, sent: Sent) -> None:
    """In the transaction of the invitation; whoever calls this sends it after the commit."""
    invitation, url = sent.invitation, invitation_url(provider, sent.ticket)
    inviter = await users.find(connection, invitation.inviter_id) if invitation.inviter_id else None
    school = invitation.organization_name
    who = f"{inviter.name} invites you" if inviter is not None and inviter.name else "You are invited"
    days = "The link is for you alone and can be used once. If you did not expect it, there is nothing to do."
    text = f"{who} to join {school}.\n\nAccept the invitation:\n{url}\n\n{days}\n"
    html = (
        f"<p>{escape(who)} to join <strong>{escape(school)}</strong>.</p>"
        f'<p><a href="{escape(url)}">Accept the invitation</a></p><p>{escape(days)}</p>'
    )
    key = f"invitation:{digest(sent.ticket).hex()[:32]}"
    await provider.letters.due(connection, Mail(invitation.email_address, f"Join {school}", text, html, key))
