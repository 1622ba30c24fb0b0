"""The pipeline's functions in the database, in the order they are made."""

from coursecove.accounts.sync import labels_sql as labels
from coursecove.accounts.sync import mirror_sql as mirror
from coursecove.accounts.sync import projection_sql as projection

FUNCTIONS = (
    mirror.NEW_ID,
    labels.EMIT,
    labels.OF_SLUG,
    labels.IS_FREE,
    labels.FREE,
    labels.GIVE,
    projection.OPEN,
    projection.MOVE,
    projection.CLOSE,
    projection.REOPEN,
    projection.SCHOOL,
    projection.PEOPLE,
    projection.FORGET,
    projection.MEMBERS,
    projection.END,
    mirror.MIRROR,
    projection.APPLY,
    mirror.SETTLE,
    mirror.TELL,
    mirror.TAKE,
)
