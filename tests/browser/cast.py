"""Everybody of the cast at a browser: signed in once, watched all the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, StorageState

from coursecove import demo
from tests.browser.instance import Instance
from tests.browser.scenes import Scenes

WIDE, PHONE, NARROW = (
    {"width": 1440, "height": 900},
    {"width": 390, "height": 844},
    {"width": 320, "height": 640},
)
EVERYBODY = {person.key: person for person in demo.PEOPLE} | {"operator": demo.OPERATOR}
NOBODY = "nobody"
REPORT_POLICY = """
    document.addEventListener('securitypolicyviolation', event =>
      console.error(`policy ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"""


@dataclass
class Watch:
    """Whatever goes wrong in a browser without anybody seeing it."""

    wrong: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_POLICY)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))
        context.on("console", lambda said: self._said(said.type, said.text))
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)

    def take(self) -> list[str]:
        """What went wrong since the last time."""
        taken, self.wrong = self.wrong, []
        return taken

    def _said(self, kind: str, text: str) -> None:
        """Chromium also says which answers were errors; those are judged where they arrive."""
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.wrong.append(f"console: {text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.wrong.append(f"{response.status}: {response.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{request.failure}: {request.url}")


@dataclass
class Cast:
    """Browsers of the cast on one installation."""

    browser: Browser
    instance: Instance
    scenes: Scenes
    watch: Watch = field(default_factory=Watch)
    _signed_in: dict[str, StorageState] = field(default_factory=dict)
    _desks: dict[str, Page] = field(default_factory=dict)

    def desk(self, key: str) -> Page:
        """The one page on which all looks of this person are taken, one after the other."""
        if key not in self._desks:
            self._desks[key] = self.context(key, reduced_motion="reduce").new_page()
        return self._desks[key]

    @contextmanager
    def at(self, key: str, **options: Any) -> Iterator[Page]:
        """A browser of the person's own for one story."""
        context = self.context(key, **options)
        yield context.new_page()
        context.close()

    def context(self, key: str, **options: Any) -> BrowserContext:
        chosen = {"viewport": WIDE, "locale": "en-GB", "timezone_id": "Europe/London"} | options
        context = self.browser.new_context(**chosen, storage_state=self._state(key))
        context.set_default_timeout(10_000)
        self.watch.over(context)
        return context

    def address(self, host: str, path: str) -> str:
        """The address of a place, with the ids of the rows that it names."""
        return self.instance.origin(host) + self.scenes.filled(path)

    def _state(self, key: str) -> StorageState | None:
        """The cookies of a browser on which the person has signed in."""
        if key == NOBODY:
            return None
        if key not in self._signed_in:
            context = self.browser.new_context()
            page = context.new_page()
            page.goto(self.instance.one_click(EVERYBODY[key], self.home(key)))
            self._signed_in[key] = context.storage_state()
            context.close()
        return self._signed_in[key]

    def home(self, key: str) -> str:
        """The first page of the person's first school."""
        roles = EVERYBODY[key].roles
        return (
            f"{self.instance.origin(roles[0][0])}/dashboard"
            if roles
            else self.instance.origin("operator") + "/"
        )


def visit(page: Page, url: str, status: int = 200) -> None:
    """Go there, and see that the answer is the one expected."""
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == status, f"{url} answers {answer.status}"


def enter(page: Page, address: str, password: str) -> None:
    """Sign in on the embedded provider's page, which is shown already."""
    page.get_by_label("E-mail address or username").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
