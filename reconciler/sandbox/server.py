"""Starts and stops the embedded AWS inside this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.sandbox.agent import Agents
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

    @property
    def agent(self) -> Agents:
        """The stand-in for SSM's agents; raises LookupError where it was not asked for."""
        if not self._layer.agents:
            raise LookupError("this sandbox has no agents: serving(agent=True) has")
        return self._layer.agents

    def reset(self) -> None:
        """Empty the world, under a fair sky."""
        self._layer.reset()

    def weather(self, name: str, seed: int = 0) -> None:
        """Let a weather begin, in place of the one that is; raises `NoSuchWeather`."""
        self._layer.begin(name, seed)

    def turn(self, seconds: float) -> None:
        """Let time go by for AWS, whose clock stands still but for the calls under a weather."""
        self._layer.clock.turn(seconds)

    def now(self) -> float:
        """What time it is for AWS, in seconds since 1970."""
        return self._layer.clock.date().timestamp()

    def scarce(self, left: Mapping[tuple[str, str, str], int]) -> None:
        """So many instances are left to launch, by zone, type and "spot" or "on-demand".

        Each may be a pattern such as `*`; what no key names is endless. Replaces what was said
        before.
        """
        self._layer.supply.stock(left)

    def quota(self, purchase: Literal["spot", "on-demand"], vcpus: int) -> None:
        """An account may have so many vCPUs running in a region, bought in this way."""
        self._layer.supply.limit(purchase, vcpus)

    def image(
        self,
        name: str,
        region: str = "us-east-1",
        created: datetime | None = None,
        architecture: str = "x86_64",
        account: str = "123456789012",
    ) -> str:
        """An image of an account's own, and its id; made now if nobody says when."""
        from reconciler.sandbox.corrections.images import register

        with self._layer.between_calls():
            made = created or self._layer.clock.date()
            return register(account, region, name, made, architecture)

    def boot(self, seconds: float) -> None:
        """Instances launched from now on are pending for so long."""
        self._layer.supply.boot = lambda: seconds

    def imaging(self, seconds: float, fails: bool = False) -> None:
        """Images made from now on are pending for so long, with infinity for ever, and then fail
        or are available."""
        self._layer.supply.imaging = lambda: seconds
        self._layer.supply.images_fail = fails

    def hold_boot(self, instance_id: str) -> None:
        """This instance is pending, and stays so; raises LookupError."""
        from reconciler.sandbox import machines

        with self._layer.between_calls():
            machines.hold_boot(machines.found(instance_id))

    def interrupt(self, instance_id: str) -> None:
        """AWS takes this spot instance back: the notice now, the end in two minutes.

        Raises LookupError.
        """
        from reconciler.sandbox import interruptions, machines

        with self._layer.between_calls():
            interruptions.interrupt(self._layer.clock, machines.found(instance_id))

    def recommend_rebalance(self, instance_id: str) -> None:
        """AWS warns that it may take this spot instance back; raises LookupError."""
        from reconciler.sandbox import interruptions, machines

        with self._layer.between_calls():
            interruptions.recommend_rebalance(self._layer.clock, machines.found(instance_id))


@contextmanager
def serving(
    weather: str = "fair",
    seed: int = 0,
    passing: Callable[[], float] | None = None,
    agent: bool = False,
) -> Iterator[Sandbox]:
    """An empty AWS on a free port of this machine, for as long as the block runs.

    With `passing`, such as time.monotonic, that time goes by too. With `agent`, commands of SSM
    and the scripts of user data really run, in a local shell. Raises `NoSuchWeather`.
    """
    try:
        from reconciler.sandbox.quick_start import reading_once

        with reading_once():
            from reconciler.sandbox.agent import agents
            from reconciler.sandbox.http import listen
            from reconciler.sandbox.layer import Layer
    except ImportError as error:
        raise SandboxMissing(
            f"the embedded AWS needs {error.name}: pip install 'reconcile[sandbox]'"
        ) from error
    layer = Layer(passing) if passing else Layer()
    layer.begin(weather, seed)
    server = listen(layer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    endpoint = f"http://{server.host}:{server.port}"
    try:
        with agents(endpoint, layer.between_calls, layer.clock) if agent else nullcontext() as made:
            layer.agents = made
            yield Sandbox(endpoint, layer)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
