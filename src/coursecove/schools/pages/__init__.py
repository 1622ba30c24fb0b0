"""The pages of founding, shaping and closing a school."""

import coursecove.schools.wording  # noqa: F401 - the feed tells facts of schools from here on
