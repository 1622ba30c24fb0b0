"""A receiver of webhooks for tests: keeps what it gets and answers what it is told to."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Got:
    """One delivery, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answer` decides status and headers for each delivery; it may also wait."""

    answer: Callable[[Got], tuple[int, dict[str, str]]] = lambda got: (200, {})
    port: int = 0
    deliveries: "queue.Queue[Got]" = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/webhooks/clerk"

    def all(self) -> list[Got]:
        """Everything that came since the last call."""
        found = []
        while not self.deliveries.empty():
            found.append(self.deliveries.get_nowait())
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.deliveries.put(got)
            status, headers = receiver.answer(got)
            self.send_response(status)
            for name, value in {"content-length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Doors(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Doors(("127.0.0.1", 0), Door)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
