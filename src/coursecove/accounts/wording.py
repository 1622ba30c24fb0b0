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
    own = _of_a_member(happened.name, happened.data)
    if own is not None:
        return Happening(happened.id, own, happened.occurred_at, happened.subject or _("Somebody"))
    if happened.name == "accounts/support.opened":
        text = _("of support may look into the school: %(reason)s") % happened.data
        return Happening(happened.id, text, happened.occurred_at, happened.data["operator_name"])
    href = f"/people/{happened.subject_id}" if happened.subject_id else None
    text = _of_the_school(happened.name, happened.data) or _elsewhere(happened) or happened.name
    return Happening(happened.id, text, happened.occurred_at, happened.actor, happened.subject, href)


def _of_a_member(name: str, data: dict[str, Any]) -> str | None:
    """What happened to somebody, told of them."""
    if name == "accounts/member.joined":
        return _("joined as %(role)s") % {"role": role_word(data["role"]).lower()}
    if name == "accounts/member_role.changed":
        return _("is now %(role)s") % {"role": role_word(data["role"]).lower()}
    return _("left the school") if name == "accounts/member.left" else None


def _of_the_school(name: str, data: dict[str, Any]) -> str | None:
    """What somebody, or CourseCove itself, did."""
    if name == "accounts/subdomain.changed":
        return _("moved the school to the address %(label)s where the old one leads for a year") % data
    if name == "accounts/subdomain.adjusted":
        return _("gave the school the address %(label)s because the wanted one is not free") % data
    return {
        "accounts/organization.created": _("founded the school"),
        "accounts/organization.changed": _changed(data),
        "accounts/organization.closed": _("closed the school"),
        "accounts/organization.reopened": _("opened the school again"),
        "accounts/organization.expired": _("ended the grace of a closed school"),
        "accounts/organization.purged": _("deleted the data of a closed school"),
        "accounts/user.registered": _("heard of a new person"),
        "accounts/user.deleted": _("forgot a person who deleted their account"),
        "clerk/webhook.received": _("put off a message of the identity provider"),
        "accounts/webhook.died": _("gave up on a message of the identity provider"),
        "accounts/support.ended": _("ended a stay of support"),
        "accounts/guardian.linked": _("linked a guardian to"),
        "accounts/api_token.created": _("made a key for programs"),
        "accounts/api_token.revoked": _("revoked a key for programs"),
    }.get(name)


def _elsewhere(happened: Happened) -> str | None:
    sentence = _of_other_domains.get(happened.name)
    return sentence(happened.data) if sentence else None


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
