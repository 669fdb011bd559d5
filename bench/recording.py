"""Listens between a client and an AWS, and keeps what was asked and what was answered."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from urllib3 import connection_from_url

from bench.asked import Asked, asked
from bench.http import Handler, Server

_PASSED_ON = ("Content-Type", "x-amzn-RequestId")


class Answer(NamedTuple):
    """What AWS answered; `packed` with gzip where that is much shorter."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    packed: bool = False


class Request(NamedTuple):
    """What was sent, to be sent again as it was."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class Recording:
    """The answers to each question, in the order in which they came, and all the requests."""

    answers: dict[Asked, list[Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def keep(self, file: Path) -> None:
        file.write_bytes(pickle.dumps(self))

    @staticmethod
    def kept(file: Path) -> Recording:
        found = pickle.loads(file.read_bytes())
        assert isinstance(found, Recording)
        return found


@contextmanager
def recording(endpoint: str) -> Iterator[tuple[str, Recording]]:
    """Another endpoint in front of one, and what goes through it while the block runs."""
    kept, keeping = Recording(), threading.Lock()
    aws = connection_from_url(endpoint, maxsize=64)

    class Listening(Handler):
        def asked(self, body: bytes) -> None:
            headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            answered = aws.request("POST", self.path, body=body, headers=headers)
            told = tuple((k, v) for k, v in answered.headers.items() if k in _PASSED_ON)
            answer = Answer(answered.status, told, answered.data)
            with keeping:
                kept.answers.setdefault(asked(dict(self.headers.items()), body), []).append(answer)
                kept.requests.append(Request(tuple(headers.items()), body))
            self.answer(*answer[:3])

    server = Server(Listening)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.url, kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
