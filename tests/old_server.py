"""A server that greets like PostgreSQL of a given version, and answers nothing else."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def old_server(version: str) -> Iterator[str]:
    """The address of one; it ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, version), daemon=True).start()
        yield f"postgresql://postgres@127.0.0.1:{listening.getsockname()[1]}/postgres?sslmode=disable"


def _serve(listening: socket.socket, version: str) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        with client:
            size = struct.unpack("!I", client.recv(4))[0]
            client.recv(size - 4)
            client.sendall(_welcome(version))
            client.recv(1024)


def _welcome(version: str) -> bytes:
    """Authentication is fine, this is our version, your turn."""
    said = {"server_version": version, "client_encoding": "UTF8", "standard_conforming_strings": "on"}
    messages = [(b"R", struct.pack("!I", 0))]
    messages += [(b"S", f"{name}\0{value}\0".encode()) for name, value in said.items()]
    messages += [(b"K", struct.pack("!II", 1, 1)), (b"Z", b"I")]
    return b"".join(kind + struct.pack("!I", len(body) + 4) + body for kind, body in messages)
