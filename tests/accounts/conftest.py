"""The site of the tests of pages."""

from tests.pages.conftest import site  # noqa: F401 - a fixture, asked for by its name
