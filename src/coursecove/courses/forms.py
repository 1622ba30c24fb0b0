"""What is read from the forms of courses."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from coursecove.courses.content_models import LONGEST
from coursecove.kit.errors import Invalid
from coursecove.kit.web.language import gettext as _

LONGEST_TITLE = 200
LONGEST_SUMMARY = 2000
LONGEST_NOTE = 500


def line(form: Mapping[str, object], name: str, *, longest: int = LONGEST_TITLE) -> str:
    """What was typed into a field, as one line."""
    value = form.get(name, "")
    return " ".join(value.replace("\0", "").split())[:longest] if isinstance(value, str) else ""


def lines(form: Mapping[str, object], name: str) -> str:
    """What was typed into a field of several lines, with line ends of one kind."""
    value = form.get(name, "")
    return cleaned(value) if isinstance(value, str) else ""


def cleaned(text: str) -> str:
    """The text as the database can hold it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def number(form: Mapping[str, object], name: str) -> int:
    """A version that travels with a form; one that nobody can have where it does not."""
    value = form.get(name, "")
    return (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        else -1
    )


def checked_title(title: str, field: str = "title") -> str:
    """A title, or Invalid where there is none."""
    found = " ".join(title.split())
    if not found:
        raise Invalid(_("A title is missing."), fields={field: _("Write a title.")})
    if len(found) > LONGEST_TITLE:
        raise Invalid(fields={field: _("At most %(num)s characters.") % {"num": LONGEST_TITLE}})
    return found


def checked_summary(summary: str) -> str:
    found = cleaned(summary).strip()
    if len(found) > LONGEST_SUMMARY:
        raise Invalid(fields={"summary": _("At most %(num)s characters.") % {"num": LONGEST_SUMMARY}})
    return found


def checked_content(content: str) -> str:
    """What a lesson says, or Invalid where it is too long to be kept."""
    found = cleaned(content)
    if len(found) > LONGEST:
        said = _("This is longer than a lesson may be: %(num)s characters of %(most)s.")
        raise Invalid(fields={"content": said % {"num": len(found), "most": LONGEST}})
    return found


def moment_of(typed: str, zone: str, *, now: datetime) -> datetime:
    """A moment to come, typed as wall-clock time in the reader's zone."""
    try:
        found = datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise Invalid(fields={"at": _("Choose a day and a time.")}) from None
    if found <= now:
        raise Invalid(fields={"at": _("Choose a moment that is still to come.")})
    return found
