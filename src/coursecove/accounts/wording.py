"""Facts and roles in words that people read."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

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


Sentence: TypeAlias = Callable[[Mapping[str, Any]], str]
_of_other_domains: dict[str, Sentence] = {}


def tell(fact: str, sentence: Sentence) -> None:
    """How a fact of another domain is told, from its data; called by that domain."""
    _of_other_domains[fact] = sentence


def told(happened: Happened) -> Happening:
    """An event as a sentence: who, did what, to whom."""
    href = f"/people/{happened.subject_id}" if happened.subject_id else None
    if happened.name == "accounts/member.joined":
        text = _("joined as %(role)s") % {"role": role_word(happened.data["role"]).lower()}
        return Happening(happened.id, text, happened.occurred_at, happened.subject or _("Somebody"))
    known: dict[str, str] = {
        "accounts/organization.created": _("founded the school"),
        "accounts/organization.changed": _changed(happened.data),
        "accounts/guardian.linked": _("linked a guardian to"),
        "accounts/api_token.created": _("made a key for programs"),
        "accounts/api_token.revoked": _("revoked a key for programs"),
        "accounts/organization.closed": _("deleted the school at the sign-in service"),
        "accounts/support.opened": _("let support look into the school"),
        "accounts/support.ended": _("ended a stay of support"),
    }
    text = known.get(happened.name, happened.name)
    if happened.name in _of_other_domains:
        text = _of_other_domains[happened.name](happened.data)
    return Happening(happened.id, text, happened.occurred_at, happened.actor, happened.subject, href)


def _changed(data: Mapping[str, Any]) -> str:
    """Which of the school's settings, where the fact says so."""
    names = {
        "name": _("name"),
        "brand_color": _("colour"),
        "logo": _("logo"),
        "time_zone": _("time zone"),
        "locale": _("language"),
        "serves_minors": _("rules about children"),
        "profiles_by": _("rules about children"),
        "joining": _("rules about joining"),
    }
    said = list(dict.fromkeys(names[field] for field in data.get("fields", ()) if field in names))
    return _("changed the school's %(what)s") % {"what": ", ".join(said) or _("settings")}
