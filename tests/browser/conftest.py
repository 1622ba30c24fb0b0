"""One installation and one browser for the whole run; every test answers for what went wrong unseen."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, Page

from coursecove.cli.browser import find_or_install_browser
from tests.browser.cast import Cast
from tests.browser.instance import Instance, running
from tests.browser.looking import take_pictures
from tests.browser.scenes import set_up

Shoot: TypeAlias = Callable[[Page, str], None]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shots", metavar="FOLDER", type=Path, help="keep a picture of every page for people to look at"
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    program = {"executable_path": str(find_or_install_browser()), "args": [*FLAGS]}
    return {**browser_type_launch_args, **program}


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("instance")) as started:
        yield started


@pytest.fixture(scope="session")
def everybody(browser: Browser, instance: Instance) -> Cast:
    return Cast(browser, instance, instance.with_database(set_up))


@pytest.fixture
def cast(everybody: Cast) -> Iterator[Cast]:
    """The cast, of whose browsers nothing may be left unsaid at the end of a test."""
    everybody.watch.take()
    yield everybody
    assert everybody.watch.take() == []


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Shoot:
    """Takes the pictures that `pytest -m browser tests/browser --shots FOLDER` asks for."""
    folder: Path | None = request.config.getoption("--shots", None)

    def shoot(page: Page, name: str) -> None:
        if folder is not None:
            take_pictures(page, folder / re.sub(r"[^\w@.-]+", "_", name))

    return shoot
