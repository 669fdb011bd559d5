"""The output of a command on one machine while it runs, from CloudWatch Logs.

The agent sends it there every now and then, whole lines at a time and several in one event.
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-rc-setting-up-cwlogs.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.session import Aws


class Piece(NamedTuple):
    """Some lines of one of the outputs, stdout or stderr."""

    stream: str
    text: str


class Output:
    def __init__(self, aws: Aws, group: str, command: str, instance: str, step: str) -> None:
        """`step` is the name of the document's step, as SSM tells it."""
        self._aws, self._group = aws, group
        # As the agent names its streams: https://github.com/aws/amazon-ssm-agent
        # (agent/framework/runpluginutil)
        self._stream = f"{command}/{instance}/{step.replace(':', '-').replace('*', '-')}"
        self._tokens: dict[str, str] = {}

    def new(self) -> Iterator[Piece]:
        """What has come since the last look."""
        for stream in ("stdout", "stderr"):
            # Nothing was written before there is a stream.
            with gone_is_fine("ResourceNotFoundException"):
                yield from self._new(stream)

    def _new(self, stream: str) -> Iterator[Piece]:
        """Until AWS gives the token that it was asked with: then there is nothing more.

        https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
        """
        while True:
            token = self._tokens.get(stream)
            answer = self._aws.client("logs").get_log_events(
                logGroupName=self._group,
                logStreamName=f"{self._stream}/{stream}",
                startFromHead=True,
                **({"nextToken": token} if token else {}),
            )
            self._tokens[stream] = answer["nextForwardToken"]
            for event in answer["events"]:
                yield Piece(stream, event["message"].removesuffix("\n") + "\n")
            if answer["nextForwardToken"] == token:
                return
