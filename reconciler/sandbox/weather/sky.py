"""The weather over the embedded AWS: pieces that every call goes through, one inside the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from reconciler.sandbox import wire
from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.weather.luck import Dice, Luck
from reconciler.sandbox.wire import Answer, Parameters

# About what a round trip to AWS takes.
_A_CALL = 0.05


class Dropped(ConnectionError):
    """The connection ends here, without an answer."""


class Moment(NamedTuple):
    """One call under the weather."""

    call: Call
    luck: Luck
    clock: Clock
    seed: int = 0


Piece = Callable[[Moment, Parameters, Onward], Answer]
"""Answers a call as a correction does, or raises AwsError or Dropped."""


class Sky:
    def __init__(self, pieces: Sequence[Piece], seed: int, clock: Clock) -> None:
        self.clock = clock
        self._pieces = pieces
        self._seed = seed
        self._dice = Dice(seed)

    def covers(self, call: Call) -> bool:
        """Not what asks by method and path, as S3 does: its calls can't be told apart here."""
        return bool(self._pieces and call.service and wire.knows(call.service, call.operation))

    def over(self, call: Call, parameters: Parameters, onward: Onward) -> Answer:
        """What the call is answered, AWS being further on."""
        self.clock.turn(_A_CALL)
        moment = Moment(call, self._dice.of(call, parameters), self.clock, self._seed)
        for piece in reversed(self._pieces):
            onward = partial(_through, piece, moment, onward)
        return onward(parameters)


def _through(piece: Piece, moment: Moment, onward: Onward, parameters: Parameters) -> Answer:
    return piece(moment, parameters, onward)
