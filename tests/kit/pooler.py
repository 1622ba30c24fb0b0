"""PgBouncer in transaction mode in front of a test's PostgreSQL, whatever account the tests run as."""

import os
import pwd
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

SERVER_CONNECTIONS = 2
PROGRAM = os.environ.get("COURSECOVE_TEST_PGBOUNCER") or shutil.which("pgbouncer") or ""


def tracks_prepared_statements() -> bool:
    """It learnt that with 1.21."""
    if not PROGRAM:
        return False
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= (1, 21)


def through(url: str, port: int) -> str:
    """The same role and database, by way of the pooler."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}", query=""))


@contextmanager
def pooler(database_url: str, logins: dict[str, str]) -> Iterator[int]:
    """The port of a running one; `logins` are the roles that it knows, with their passwords."""
    assert PROGRAM, "install PgBouncer, or name its program in COURSECOVE_TEST_PGBOUNCER"
    with _relay(database_url) as server_port, tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), _free_port()
        (folder / "users").write_text("".join(f'"{name}" "{secret}"\n' for name, secret in logins.items()))
        (folder / "pgbouncer.ini").write_text(f"""
[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder / "users"}
pool_mode = transaction
default_pool_size = {SERVER_CONNECTIONS}
max_client_conn = 200
{"max_prepared_statements = 100" if tracks_prepared_statements() else ""}
""")
        with _running(folder, port):
            yield port


@contextmanager
def _running(folder: Path, port: int) -> Iterator[None]:
    """It refuses to run as root, so it is somebody else then."""
    options: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, folder / "pgbouncer.ini"],
            stdout=log,
            stderr=log,
            **options,  # type: ignore[call-overload]
        )
    try:
        _wait_for(port, process, folder / "log")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@contextmanager
def _relay(database_url: str) -> Iterator[int]:
    """A port that leads to the server's socket, which other accounts cannot reach."""
    parts = urlsplit(database_url)
    asked = parse_qs(parts.query)
    if "host" not in asked:
        yield parts.port or 5432
        return
    place = f"{asked['host'][0]}/.s.PGSQL.{asked['port'][0]}"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, place), daemon=True).start()
        yield listening.getsockname()[1]


def _accept(listening: socket.socket, place: str) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_carry, args=(client, place), daemon=True).start()


def _carry(client: socket.socket, place: str) -> None:
    """Both ways, until one side ends."""
    with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
        server.connect(place)
        other = {client: server, server: client}
        while True:
            for side in select.select([client, server], [], [])[0]:
                data = side.recv(65536)
                if not data:
                    return
                other[side].sendall(data)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
