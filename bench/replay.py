"""A server that answers as an AWS did before, in a process of its own: it stands for AWS, so that
the client alone is measured."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from bench.asked import Asked, asked, claim
from bench.http import Handler, Server
from bench.recording import Answer, Recording

_AGAIN = "/again"
_ROOT = Path(__file__).parent.parent


class _World:
    """What was recorded, and how far each question's answers have been given."""

    def __init__(self, recorded: Recording) -> None:
        self._recorded = recorded
        self._lock = threading.Lock()
        self.again()

    def again(self) -> None:
        """Begin at the beginning."""
        self._given: dict[Asked, int] = {}
        self._claims: dict[str, str] = {}

    def answer(self, of: Asked, body: bytes) -> Answer | None:
        """The next answer, or the last one again; None for what was never asked."""
        there = self._recorded.answers.get(of)
        if there is None:
            return None
        with self._lock:
            nth = self._given.get(of, 0)
            self._given[of] = nth + 1
        answer = there[min(nth, len(there) - 1)]
        return self._claimed(of, body, answer) if claim(of) else answer

    def _claimed(self, of: Asked, body: bytes, answer: Answer) -> Answer:
        """Who claims something has to find the claim as it has written it."""
        if of.operation == "PutParameter":
            self._claims[claim(of)] = json.loads(body)["Value"]
        told = json.loads(answer.body or b"{}")
        if "Parameter" in told and claim(of) in self._claims:
            told["Parameter"]["Value"] = self._claims[claim(of)]
            return answer._replace(body=json.dumps(told).encode())
        return answer


@contextmanager
def replaying(recorded: Recording, pause: float = 0.0) -> Iterator[str]:
    """The endpoint of a server that answers so, each time after so many seconds."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "recording")
        recorded.keep(file)
        command = [sys.executable, "-m", "bench.replay", str(file), str(pause)]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()
            process.wait()


def again(endpoint: str) -> None:
    """Let a server begin at the beginning of its recording."""
    with urlopen(endpoint + _AGAIN) as answered:
        answered.read()


def _serve(file: Path, pause: float) -> None:
    world = _World(Recording.kept(file))

    class Replaying(Handler):
        def do_GET(self) -> None:  # noqa: N802, as http.server calls it
            world.again()
            self.answer(200, (), b"")

        def asked(self, body: bytes) -> None:
            of = asked(dict(self.headers.items()), body)
            time.sleep(pause)
            if found := world.answer(of, body):
                self._give(found)
            else:
                print(f"not recorded: {of}", file=sys.stderr)
                self.answer(400, (), f"<Response>not recorded: {of}</Response>".encode())

        def _give(self, found: Answer) -> None:
            """Packed for who takes it so; EC2 does the same, as bench/page.py tells."""
            if found.packed and "gzip" in self.headers.get("Accept-Encoding", ""):
                packed = (*found.headers, ("Content-Encoding", "gzip"))
                self.answer(found.status, packed, found.body)
            else:
                body = gzip.decompress(found.body) if found.packed else found.body
                self.answer(found.status, found.headers, body)

    server = Server(Replaying)
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), float(sys.argv[2]))
