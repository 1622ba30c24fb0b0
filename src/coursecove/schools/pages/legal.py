"""The texts that people agree to, open to everybody."""

from coursecove.kit.web.language import gettext as _
from coursecove.schools.legal import DOCUMENTS
from coursecove.schools.views import Text


def texts() -> tuple[Text, ...]:
    """Each text with its title, in the order in which people agree to them."""
    titles = {
        "terms": _("Terms of use"),
        "privacy": _("Privacy notice"),
        "dpa": _("Data processing agreement"),
    }
    return tuple(
        Text(document.key, titles[document.key], document.version, f"/legal/{document.key}")
        for document in DOCUMENTS.values()
    )
