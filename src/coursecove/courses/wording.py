"""Facts and states of courses in words."""

from collections.abc import Mapping
from typing import Any

from coursecove.accounts.wording import tell
from coursecove.courses.models import CourseStatus
from coursecove.kit.web.language import gettext as _


def status_word(status: str) -> str:
    return {
        CourseStatus.DRAFT: _("Draft"),
        CourseStatus.PUBLISHED: _("Published"),
        CourseStatus.ARCHIVED: _("Archived"),
    }[CourseStatus(status)]


def _created(data: Mapping[str, Any]) -> str:
    return _("began the course “%(title)s”") % data


def _scheduled(_data: Mapping[str, Any]) -> str:
    return _("set a course to be published later")


def _published(data: Mapping[str, Any]) -> str:
    return _("published the course “%(title)s”") % data


def _withdrawn(data: Mapping[str, Any]) -> str:
    return _("made the course “%(title)s” a draft again") % data


def _archived(data: Mapping[str, Any]) -> str:
    return _("archived the course “%(title)s”") % data


def _deleted(data: Mapping[str, Any]) -> str:
    return _("deleted the course “%(title)s”") % data


def _restored(data: Mapping[str, Any]) -> str:
    return _("restored the course “%(title)s”") % data


def _lesson(_data: Mapping[str, Any]) -> str:
    return _("published a new version of a lesson")


tell("courses/course.created", _created)
tell("courses/course.scheduled", _scheduled)
tell("courses/course.published", _published)
tell("courses/course.withdrawn", _withdrawn)
tell("courses/course.archived", _archived)
tell("courses/course.deleted", _deleted)
tell("courses/course.restored", _restored)
tell("courses/lesson.published", _lesson)
