"""One command of SSM on one machine, its output as it comes, until it has ended.

The machine sends its output to CloudWatch Logs, if it may; otherwise it is told at the end, and of
much of it only the beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from reconciler.aws.command_output import Output, Piece
from reconciler.aws.commands import Order, Result, Sent
from reconciler.aws.errors import Refused, explained
from reconciler.aws.machine import OVER, look
from reconciler.aws.removal import Patience
from reconciler.aws.session import Aws

# The first look comes soon, the next ones less and less often.
_FIRST, _GROWTH, _LONGEST = 0.5, 1.5, 2.0
# SSM goes on to say of a machine that is gone that it is at work.
_LOST_EVERY = 15.0
# The agent sends output every second or so, and the last of it as the command ends.
_LAST_WITHIN = 10.0

_NOT_ONLINE = "InvalidInstanceId"

Hear = Callable[[Piece], object]


class Script(NamedTuple):
    """What is to run: a document of SSM, or text for the system's own shell."""

    document: str
    parameters: dict[str, list[str]]

    @classmethod
    def of(cls, text: str, windows: bool, seconds: int) -> Script:
        """`text` for sh or, on Windows, PowerShell."""
        document = "AWS-RunPowerShellScript" if windows else "AWS-RunShellScript"
        return cls(document, {"commands": [text], "executionTimeout": [str(seconds)]})


def run(
    aws: Aws,
    id_: str,
    script: Script,
    seconds: int,
    group: str,
    patience: Patience,
    hear: Hear = lambda _: None,
) -> Result:
    """How it ended there; `hear` gets the output. Raises `Refused` where it did not end by itself.

    `group` is the group of CloudWatch Logs that the machine may write to, or "": then all of the
    output is told at the end. It runs once at most: where AWS's answer is lost, nobody knows.
    """
    until = patience.now() + seconds
    order = Order(script.document, script.parameters, seconds=seconds, log_group=group)
    with explained():
        # A machine that is online in one answer may not be so in the next.
        sent = aws.patiently(lambda: Sent(aws, order, [id_]), _NOT_ONLINE)
    told = _Told(Output(aws, group, sent.id, id_) if group else None, hear)
    try:
        result = _followed(aws, sent, told, until, patience)
    except Refused:
        with suppress(Refused), explained():
            sent.cancel()
        raise
    told.rest(result, patience)
    return result


def _followed(aws: Aws, sent: Sent, told: _Told, until: float, patience: Patience) -> Result:
    """How it ended, and its output until then."""
    looked, pause = patience.now(), _FIRST
    while True:
        with explained():
            result = next(sent.ended(), None)
            told.new()
            if result:
                return result
            if patience.now() - looked >= _LOST_EVERY:
                looked = patience.now()
                _there(aws, *sent.open)
        if why := patience.stopped():
            raise Refused(why)
        if patience.now() >= until:
            raise Refused("its time is over, and it has not ended")
        patience.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST)


def _there(aws: Aws, id_: str) -> None:
    """Raises `Refused` where the machine has ended, as spot instances may."""
    state, why = look(aws, id_)
    if state in OVER:
        raise Refused(f"{id_} is {state}{why}")


class _Told:
    """What was heard of the outputs so far."""

    def __init__(self, output: Output | None, hear: Hear) -> None:
        self._output, self._hear = output, hear
        self._heard = {"stdout": 0, "stderr": 0}

    def new(self) -> None:
        for piece in self._output.new() if self._output else ():
            self._heard[piece.stream] += len(piece.text)
            self._hear(piece)

    def rest(self, result: Result, patience: Patience) -> None:
        """What comes late and, where nothing comes, as much as SSM tells itself."""
        until = patience.now() + _LAST_WITHIN
        while self._output and self._lacks(result) and patience.now() < until:
            patience.sleep(_LONGEST)
            with explained():
                self.new()
        for piece in self._lacks(result):
            self._hear(piece)

    def _lacks(self, result: Result) -> list[Piece]:
        outputs = {"stdout": result.out, "stderr": result.err}
        rest = [Piece(name, text[self._heard[name] :]) for name, text in outputs.items()]
        return [piece for piece in rest if piece.text.strip()]
