"""Starts and stops the embedded AWS inside this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.sandbox.layer import Layer


class SandboxMissing(Exception):
    """What the embedded AWS is made of is not installed; the text says what to do."""


class Sandbox:
    """The embedded AWS while it runs. A process has one world: two sandboxes share it."""

    def __init__(self, endpoint: str, layer: Layer) -> None:
        self.endpoint = endpoint
        self._layer = layer

    @property
    def requests(self) -> list[tuple[str, str]]:
        """(service, operation) of each AWS call since the last reset, in boto3's words."""
        return list(self._layer.requests)

    def reset(self) -> None:
        """Empty the world, under a fair sky."""
        self._layer.reset()

    def weather(self, name: str, seed: int = 0) -> None:
        """Let a weather begin, in place of the one that is; raises `NoSuchWeather`."""
        from reconciler.sandbox.weather import sky

        self._layer.begin(sky(name, seed))

    def turn(self, seconds: float) -> None:
        """Let time go by for the weather, whose clock stands still but for the calls."""
        self._layer.sky.clock.turn(seconds)


@contextmanager
def serving(
    weather: str = "fair", seed: int = 0, passing: Callable[[], float] | None = None
) -> Iterator[Sandbox]:
    """An empty AWS on a free port of this machine, for as long as the block runs.

    With `passing`, such as time.monotonic, the weather has that time too. Raises `NoSuchWeather`.
    """
    try:
        from reconciler.sandbox.http import listen
        from reconciler.sandbox.layer import Layer
        from reconciler.sandbox.weather import sky, standing
    except ImportError as error:
        raise SandboxMissing(
            f"the embedded AWS needs {error.name}: pip install 'reconcile[sandbox]'"
        ) from error
    layer = Layer()
    # The world outlives a server, since moto keeps it in the process.
    layer.reset()
    layer.begin(sky(weather, seed, passing or standing))
    server = listen(layer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Sandbox(f"http://{server.host}:{server.port}", layer)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
