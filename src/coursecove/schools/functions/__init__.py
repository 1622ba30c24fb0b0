"""Background work of schools: making them, proving domains, writing exports, ending what was closed."""

from coursecove.kit.durable import AnyFunction
from coursecove.schools.functions.closing import ending
from coursecove.schools.functions.domains import checking, look_for_due_domains
from coursecove.schools.functions.exports import expire_exports, exporting
from coursecove.schools.functions.founding import founding
from coursecove.schools.functions.office import Office


def functions(office: Office) -> tuple[AnyFunction, ...]:
    """Everything that happens in the background, with what it needs of this installation."""
    return (
        founding(office),
        *checking(office),
        look_for_due_domains,
        exporting(office),
        expire_exports,
        ending(office),
    )
