"""A site with a provider beside it and the background to run, on a database of the test's own."""

from tests.people.conftest import plain_log, site

__all__ = ["plain_log", "site"]
