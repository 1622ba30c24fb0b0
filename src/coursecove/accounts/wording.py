"""Facts and roles in words that people read."""

from coursecove.accounts.queries import Happened
from coursecove.accounts.roles import Role
from coursecove.accounts.views import Happening
from coursecove.kit.web.language import gettext as _


def role_word(role: str) -> str:
    """What people call the role."""
    return {
        Role.SUPER_ADMIN: _("Owner or admin"),
        Role.TEACHER: _("Teacher"),
        Role.STUDENT: _("Student"),
        Role.GUARDIAN: _("Guardian"),
    }[Role(role)]


def told(happened: Happened) -> Happening:
    """An event as a sentence: who, did what, to whom."""
    href = f"/people/{happened.subject_id}" if happened.subject_id else None
    if happened.name == "accounts/member.joined":
        text = _("joined as %(role)s") % {"role": role_word(happened.data["role"]).lower()}
        return Happening(happened.id, text, happened.occurred_at, happened.subject or _("Somebody"))
    text = {
        "accounts/organization.created": _("founded the school"),
        "accounts/organization.changed": _("changed the school's settings"),
        "accounts/guardian.linked": _("linked a guardian to"),
        "accounts/api_token.created": _("made a key for programs"),
        "accounts/api_token.revoked": _("revoked a key for programs"),
    }.get(happened.name, happened.name)
    return Happening(happened.id, text, happened.occurred_at, happened.actor, happened.subject, href)
