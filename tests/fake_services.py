"""Small programs for tests/test_start.py: what the supervisor runs in place of CourseCove's own."""

import asyncio
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncpg

from coursecove.cli.supervisor import Plan, supervise
from coursecove.kit.processes import Command


class Answers(BaseHTTPRequestHandler):
    """Answers /readyz when the database does."""

    def do_GET(self) -> None:
        rows = asyncio.run(ask("select count(*) from visits"))
        body = json.dumps({"pid": os.getpid(), "rows": rows, "host": self.headers["Host"]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


async def ask(sql: str) -> object:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"], timeout=5)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def web(port: str) -> None:
    ThreadingHTTPServer(("127.0.0.1", int(port)), Answers).serve_forever()


def worker() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Path(os.environ["COURSECOVE_DATA"], "worker-pid").write_text(str(os.getpid()))
    while True:
        time.sleep(0.1)


def stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    worker_pid = Path(os.environ["COURSECOVE_DATA"], "stubborn-pid")
    worker_pid.write_text(str(os.getpid()))
    time.sleep(600)


def migrate() -> None:
    asyncio.run(ask("create table if not exists visits (n int)"))
    asyncio.run(ask("insert into visits values (1)"))


def refuse() -> None:
    sys.stderr.write("This setting is broken.\n")
    sys.exit(2)


def dev(port: str, data: str, *words: str) -> None:
    services = [word for word in words if word in {"worker", "stubborn", "refuse"}]
    plan = Plan(
        host="127.0.0.1",
        port=int(port),
        data=Path(data),
        fresh="--fresh" in words,
        prepare=[ours("migrate")],
        services=[ours("web", port), *(ours(service) for service in services)],
        state_of_code=next((word for word in words if word.startswith("code-")), "code"),
        environment={"COURSECOVE_DATA": data},
        welcome=lambda: f"welcome on {port}",
    )
    sys.exit(supervise(plan))


def ours(*words: str) -> Command:
    return Command(words[0], [sys.executable, __file__, *words])


if __name__ == "__main__":
    {f.__name__: f for f in (web, worker, stubborn, migrate, refuse, dev)}[sys.argv[1]](*sys.argv[2:])
