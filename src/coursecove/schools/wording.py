"""Facts about schools as sentences of the feed."""

from collections.abc import Mapping
from typing import Any

from coursecove.accounts.wording import tell
from coursecove.kit.web.language import gettext as _
from coursecove.schools import events


def _moved(data: Mapping[str, Any]) -> str:
    return _("moved the school from %(before)s to %(after)s") % dict(data)


def _decided(data: Mapping[str, Any]) -> str:
    return (
        _("let somebody in who had asked")
        if data["accepted"]
        else _("declined somebody who had asked to join")
    )


tell(events.LabelChanged.name, _moved)
tell(events.DomainAdded.name, lambda data: _("named a domain of the school's own"))
tell(events.DomainCheckAsked.name, lambda data: _("looked at the records of a domain"))
tell(events.DomainVerified.name, lambda data: _("saw the proof of %(domain)s") % dict(data))
tell(events.DomainLost.name, lambda data: _("no longer finds the proof of %(domain)s") % dict(data))
tell(events.DomainRemoved.name, lambda data: _("took the domain %(domain)s away") % dict(data))
tell(events.ExportAsked.name, lambda data: _("asked for an export of the school's data"))
tell(events.ExportFinished.name, lambda data: _("wrote an export of the school's data"))
tell(events.ExportFetched.name, lambda data: _("fetched an export of the school's data"))
tell(events.SchoolClosed.name, lambda data: _("closed the school"))
tell(events.SchoolGraceEnded.name, lambda data: _("reached the end of a closing"))
tell(events.JoiningAsked.name, lambda data: _("somebody asks to be let in"))
tell(events.JoiningDecided.name, _decided)
