"""What the bench's two servers share: one request after another on a connection, without a log."""

from __future__ import annotations

from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """A request of one of AWS's clients."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """Answers leave whole: head and body in two parts would wait for each other's receipt."""

    def do_POST(self) -> None:
        """All of AWS's protocols for queries and JSON post what they ask."""
        self.asked(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def asked(self, body: bytes) -> None:
        raise NotImplementedError

    def answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Serves on loopback, many connections at once."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self, handler: type[Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"
