"""Runs one development instance: a database, what prepares it, and services that are kept alive."""

import contextlib
import http.client
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coursecove.cli.instance import CannotStartHereError, instance, preparing
from coursecove.kit.postgres import EmbeddedPostgres, PostgresError
from coursecove.kit.processes import Child, Command, EndSignals, end_all, say

START_PATIENCE, END_PATIENCE, PREPARED = 120.0, 20.0, "prepared"
REFUSED = 2  # the exit code of a command that will not work before somebody mends something


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run, and where."""

    host: str
    port: int
    data: Path
    services: Sequence[Command]  # the first one is the site, which says when all is ready
    prepare: Sequence[Command] = ()
    state_of_code: str = ""  # as long as it stays the same, a private database stays prepared
    database_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    ready_host: str = "localhost"
    welcome: Callable[[], str] = lambda: ""


class Interrupted(Exception):
    """Somebody asked us to end."""


def supervise(plan: Plan) -> int:
    """Run until somebody ends it; the exit code."""
    started = time.monotonic()
    try:
        _refuse_taken_port(plan.host, plan.port)
        with EndSignals() as signals, instance(plan.data, fresh=plan.fresh):
            with contextlib.suppress(Interrupted), Supervisor(plan, signals) as supervisor:
                supervisor.prepare()
                supervisor.serve(started)
            return 0
    except (CannotStartHereError, PostgresError) as refusal:
        say(str(refusal))
        return REFUSED
    except CommandFailedError as failure:
        say(str(failure))
        return failure.exit_code


class CommandFailedError(Exception):
    """{name} ended with exit code {exit_code}; the lines above say why."""

    def __init__(self, name: str, exit_code: int) -> None:
        super().__init__((self.__doc__ or "").format(name=name, exit_code=exit_code))
        self.exit_code = REFUSED if exit_code == REFUSED else 1


class Supervisor:
    """The parts that run, from the first to the last moment."""

    def __init__(self, plan: Plan, signals: EndSignals) -> None:
        self.plan, self.signals = plan, signals
        self.server: EmbeddedPostgres | None = None
        self.children: list[Child] = []
        self._revive_server_at = 0.0
        self._last_answer = ""

    def __enter__(self) -> "Supervisor":
        if self.plan.database_url is None:
            self.server = EmbeddedPostgres.start(self.plan.data / "postgres")
        return self

    def __exit__(self, *_: object) -> None:
        end_all(self.children, self.signals, END_PATIENCE)
        if self.server is not None:
            self.server.stop()

    def prepare(self) -> None:
        """Migrate and seed, unless this code has done so for this private database."""
        known = self.plan.data / "postgres" / PREPARED if self.server is not None else None
        with preparing(self.plan.data):
            if known is not None and known.exists() and known.read_text() == self.plan.state_of_code:
                return
            for command in self.plan.prepare:
                self._run(command)
            if known is not None:
                known.write_text(self.plan.state_of_code)

    def serve(self, started: float) -> None:
        site, *others = self.plan.services
        self.children.append(Child(site, self._environment()))
        welcome = self.plan.welcome()  # loads what it needs while the site does
        self.children += [Child(command, self._environment()) for command in others]
        self._wait_until_ready()
        print(welcome)
        print(f"ready in {time.monotonic() - started:.1f} s; Ctrl-C ends everything", flush=True)
        while not self.signals.came_within(0.2):
            self._revive_server()
            self._revive_children()

    def _run(self, command: Command) -> None:
        child = Child(command, self._environment())
        self.children.append(child)
        while (code := child.exit_code()) is None:
            if self.signals.came_within(0.02):
                raise Interrupted
        self.children.remove(child)
        if code:
            raise CommandFailedError(command.name, code)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not self._answers():
            self._revive_server()
            self._revive_children()
            if time.monotonic() > deadline:
                said = f"{START_PATIENCE:.0f} s: {self._last_answer}; the lines above may say why"
                raise CannotStartHereError(f"The site did not become ready within {said}.")
            if self.signals.came_within(0.05):
                raise Interrupted

    def _answers(self) -> bool:
        plan = self.plan
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(plan.host, plan.host)  # noqa: S104  # asked, not bound
        connection = http.client.HTTPConnection(host, plan.port, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": f"{plan.ready_host}:{plan.port}"})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            self._last_answer = f"it does not answer ({error})"
            return False
        finally:
            connection.close()
        self._last_answer = f"/readyz answers {status}"
        return status == http.HTTPStatus.OK

    def _revive_server(self) -> None:
        if self.server is None or self.server.running() or time.monotonic() < self._revive_server_at:
            return
        say("PostgreSQL ended; starting it again")
        self._revive_server_at = time.monotonic() + 5
        self.server.stop()
        try:
            self.server = EmbeddedPostgres.start(self.plan.data / "postgres")
        except PostgresError as trouble:
            say(str(trouble))

    def _revive_children(self) -> None:
        for child in self.children:
            if child.first_run and child.exit_code() == REFUSED:
                raise CommandFailedError(child.command.name, REFUSED)
            pause = child.revive()
            if pause is not None:
                say(f"{child.command.name} ended ({child.exit_code()}); starting it again in {pause:g} s")

    def _environment(self) -> dict[str, str]:
        url = self.plan.database_url or (self.server.url if self.server else "")
        return {**os.environ, **self.plan.environment, "DATABASE_URL": url}


def _refuse_taken_port(host: str, port: int) -> None:
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address[4])
            probe.listen()
    except (OSError, OverflowError) as error:
        taken = f"Port {port} on {host} cannot be used ({_reason(error)}): choose another with --port."
        raise CannotStartHereError(taken) from error


def _reason(error: OSError | OverflowError) -> str:
    return str(error.strerror).lower() if isinstance(error, OSError) else "no such port"
