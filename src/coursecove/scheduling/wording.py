"""Kinds, states and facts of scheduling in words that people read."""

from collections.abc import Mapping
from typing import Any

from coursecove.accounts.wording import tell
from coursecove.kit.web.language import gettext as _
from coursecove.scheduling.models import LocationKind, TypeStatus


def kind_word(kind: str) -> str:
    return {
        LocationKind.IN_PERSON: _("In person"),
        LocationKind.ONLINE: _("Online"),
        LocationKind.AT_STUDENT: _("At the student’s"),
    }[LocationKind(kind)]


def status_word(status: str) -> str:
    return {
        TypeStatus.DRAFT: _("Draft"),
        TypeStatus.PUBLISHED: _("Published"),
        TypeStatus.UNPUBLISHED: _("Unpublished"),
        TypeStatus.ARCHIVED: _("Archived"),
    }[TypeStatus(status)]


def weekday_words() -> tuple[str, ...]:
    """Monday first, as the tables count."""
    return (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )


def _change_word(change: str) -> str:
    return {
        "added": _("added"),
        "changed": _("changed"),
        "archived": _("archived"),
        "restored": _("restored"),
        "published": _("published"),
        "withdrawn": _("withdrew"),
        "deleted": _("deleted"),
    }[change]


def _of_location(data: Mapping[str, Any]) -> str:
    return _("%(did)s the location %(name)s") % {"did": _change_word(data["change"]), "name": data["title"]}


def _of_type(data: Mapping[str, Any]) -> str:
    facts = {"did": _change_word(data["change"]), "name": data["title"]}
    return _("%(did)s the appointment type %(name)s") % facts


def _of_closure(data: Mapping[str, Any]) -> str:
    return _("%(did)s the closure %(name)s") % {"did": _change_word(data["change"]), "name": data["title"]}


tell("scheduling/location.changed", _of_location)
tell("scheduling/appointment_type.changed", _of_type)
tell("scheduling/closure.changed", _of_closure)
tell("scheduling/qualifications.changed", lambda _data: _("changed what is taught by"))
tell("scheduling/availability.changed", lambda _data: _("changed the teaching hours of"))
