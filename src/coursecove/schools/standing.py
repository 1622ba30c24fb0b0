"""What can be said about an address that somebody thinks of: whether it can be had, and what would be like it."""

from coursecove.kit.db import Reads
from coursecove.kit.web.hosts import PublicRoot
from coursecove.kit.web.language import gettext as _
from coursecove.schools.naming import label_of, slug_from_typed, slug_problem, suggestions
from coursecove.schools.queries.school import taken
from coursecove.schools.views import Standing

MOST_SUGGESTIONS = 3


async def standing_of(
    db: Reads, root: PublicRoot, typed: str, *, name: str, empty_means: str = ""
) -> Standing:
    """The final label as it will be, whether it is free now, and free ones like it where it is not."""
    slug = slug_from_typed(typed) or slug_from_typed(empty_means)
    label = label_of(slug)
    problem = slug_problem(slug)
    others = [] if problem is None else suggestions(name or typed)
    known = await taken(db, [label, *(label_of(each) for each in others)])
    if problem is None and label in known:
        problem = _("This address is taken.")
        others = suggestions(name or typed)
        known |= await taken(db, [label_of(each) for each in others])
    free = [each for each in others if label_of(each) not in known and label_of(each) != label]
    shown = root.netloc(f"{label}.{root.name}") if label else ""
    return Standing(slug, label, shown, problem, tuple(free[:MOST_SUGGESTIONS]) if problem else ())
