"""The whole product from a fresh clone, started as a newcomer starts it, and a browser in front of it."""

import html
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import httpx

PROJECT = Path(__file__).parents[1]
PATIENCE = 120.0
DOCUMENT = {"sec-fetch-dest": "document", "sec-fetch-site": "none", "accept": "text/html"}


@contextmanager
def passing_account() -> Iterator[str]:
    """An ordinary user of this machine, gone with the block."""
    name = f"cc{uuid4().hex[:10]}"
    subprocess.run(["useradd", "--no-create-home", "--shell", "/usr/sbin/nologin", name], check=True)
    try:
        yield name
    finally:
        subprocess.run(["userdel", "--force", name], check=True, capture_output=True)


@contextmanager
def clone(account: str | None) -> Iterator["Product"]:
    """What `git clone` gives, in the hands of the account; its processes and files are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="coursecove-clone-"))
    folder.chmod(0o755)
    try:
        project = folder / "coursecove"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", PROJECT, project], check=True)
        if account is not None:
            subprocess.run(["chown", "-R", f"{account}:", folder], check=True)
        product = Product(project, account)
        yield product
        product.end_all()
    finally:
        shutil.rmtree(folder)


@dataclass
class Product:
    """The clone, and whoever starts it."""

    project: Path
    account: str | None
    running: list["Running"] = field(default_factory=list)

    def start(self, data: str, port: int) -> "Running":
        command = [str(self.project / "bin/dev"), "--port", str(port), "--data", str(self.project / data)]
        log = self.project.parent / f"start-{len(self.running)}.log"
        with log.open("w") as said:
            process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, **self._as_account())
        self.running.append(Running(process, log, time.monotonic()))
        return self.running[-1]

    def run(self, *command: str, **variables: str) -> SimpleNamespace:
        options = self._as_account()
        options["env"].update(variables)
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.project, **options
        )
        return SimpleNamespace(code=done.returncode, said=done.stdout + done.stderr)

    def processes(self, words: str = "") -> set[int]:
        """Those that run programs of the clone, and have these words in their command."""
        found = set()
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if folder.name.isdigit() and str(self.project) in command and words in command:
                    found.add(int(folder.name))
        return found

    def kill(self, words: str) -> set[int]:
        """No part gets to say goodbye."""
        killed = self.processes(words)
        for process in killed:
            os.kill(process, signal.SIGKILL)
        return killed

    def end_all(self) -> None:
        for one in self.running:
            one.process.kill()
            one.process.wait()
        until(lambda: not self.processes())

    def _as_account(self) -> dict[str, dict[str, str]]:
        ours = ("COURSECOVE_", "CLERK_", "INNGEST_", "DATABASE_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        if self.account is None:
            return {"env": kept}
        known = pwd.getpwnam(self.account)
        kept |= {"HOME": known.pw_dir, "USER": known.pw_name, "LOGNAME": known.pw_name}
        return {"env": kept, "user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}  # type: ignore[dict-item]


@dataclass
class Running:
    """`bin/dev` on its way; what it says goes to a file, for nobody empties a pipe all the time."""

    process: subprocess.Popen[bytes]
    log: Path
    began: float

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def until_it_says(self, words: str) -> "Running":
        until(lambda: any(line.startswith(words) for line in self.lines) or self.process.poll() is not None)
        assert any(line.startswith(words) for line in self.lines), self.log.read_text()
        return self

    def until_ready(self) -> float:
        """The seconds from the command to the line."""
        self.until_it_says("ready")
        return time.monotonic() - self.began

    def link_of(self, role: str, school: str) -> str:
        start = next(number for number, line in enumerate(self.lines) if line.startswith(f"  {school}"))
        line = next(line for line in self.lines[start:] if line.startswith(f"    {role}"))
        return line.split()[-1]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


class Loopback(httpx.HTTPTransport):
    """Every name under .localhost is this machine, as browsers know and resolvers may not."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        here = request.url.copy_with(host="127.0.0.1")
        sent = httpx.Request(request.method, here, headers=request.headers, stream=request.stream)
        sent.headers["connection"] = "close"
        return super().handle_request(sent)


class Visitor:
    """Somebody's browser, as far as it can do without pictures and scripts."""

    def __init__(self) -> None:
        cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self.client = httpx.Client(
            transport=Loopback(), cookies=cookies, headers=DOCUMENT, follow_redirects=True, timeout=30
        )

    def get(self, url: str) -> httpx.Response:
        return self.client.get(url)

    def make_token(self, school: str, name: str) -> None:
        """Through the form, as a person does it."""
        page = self.get(f"{school}/account/tokens").text
        form = page[page.index('action="/account/tokens"') :]
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        scopes = re.findall(r'name="scopes?" value="([^"]+)"', form)[:1]
        sent = {
            **{key: html.unescape(value) for key, value in fields.items()},
            "name": name,
            "scopes": scopes,
        }
        origin = {"origin": school, "sec-fetch-site": "same-origin"}
        answer = self.client.post(f"{school}/account/tokens", data=sent, headers=origin)
        assert answer.status_code == 200, answer.text

    def tokens(self, school: str) -> list[str]:
        answer = self.get(f"{school}/account/tokens")
        return re.findall(r'<span class="block font-medium">([^<]+)</span>', answer.text)


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(httpx.TransportError):
            if true():
                return
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
