"""A server on this machine alone, which answers as a function says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple


class Request(NamedTuple):
    method: str
    target: str
    """The path with its query, as it was sent."""
    headers: Mapping[str, str]
    body: bytes = b""


class Answer(NamedTuple):
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {"Content-Type": "application/json"}


@contextmanager
def serving(answer: Callable[[Request], Answer]) -> Iterator[str]:
    """The root URL of a server, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body in one packet: the kernel holds a second one back for a while.
        wbufsize = -1

        def answered(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Request(self.command, self.path, dict(self.headers), sent)
            body, status, headers = answer(asked)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_CONNECT = answered  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                """Whoever asked has gone, as some tests do."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()
