"""The output of a command on one machine while it runs, from CloudWatch Logs.

The agent sends it there every now and then, whole lines at a time and several in one event, each
step's stdout and stderr to a stream of its own.
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-rc-setting-up-cwlogs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.aws.errors import code, gone_is_fine
from reconciler.aws.session import Aws

DAYS = 7
"""So long the group keeps it."""


class Piece(NamedTuple):
    """Some lines of one of the outputs, stdout or stderr."""

    stream: str
    text: str


class Output:
    def __init__(self, aws: Aws, group: str, command: str, instance: str) -> None:
        self._aws, self._group = aws, group
        # As the agent names its streams: https://github.com/aws/amazon-ssm-agent
        # (agent/framework/runpluginutil)
        self._prefix = f"{command}/{instance}/"
        self._tokens: dict[str, str] = {}

    def new(self) -> Iterator[Piece]:
        """What has come since the last look."""
        # Nothing was written before there is a group.
        with gone_is_fine("ResourceNotFoundException"):
            streams = self._aws.pages(
                "logs",
                "describe_log_streams",
                "logStreams",
                logGroupName=self._group,
                logStreamNamePrefix=self._prefix,
            )
            for one in sorted(streams, key=_age):
                yield from self._new(one["logStreamName"])

    def _new(self, stream: str) -> Iterator[Piece]:
        """Until AWS gives the token that it was asked with: then there is nothing more.

        https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
        """
        while True:
            token = self._tokens.get(stream)
            answer = self._aws.client("logs").get_log_events(
                logGroupName=self._group,
                logStreamName=stream,
                startFromHead=True,
                **({"nextToken": token} if token else {}),
            )
            self._tokens[stream] = answer["nextForwardToken"]
            for event in answer["events"]:
                yield Piece(stream.rpartition("/")[2], event["message"].removesuffix("\n") + "\n")
            if answer["nextForwardToken"] == token:
                return


def _age(stream: Mapping[str, Any]) -> tuple[int, str, bool]:
    """By which the oldest comes first and, of a step's two, what is no error."""
    step, _, output = stream["logStreamName"].rpartition("/")
    return stream["creationTime"], step, output == "stderr"


def group(aws: Aws, estate: str, tags: dict[str, str]) -> str:
    """The estate's group for the output of its machines, made where it is not there yet."""
    name, logs = f"/reconciler/{estate}", aws.client("logs")
    try:
        logs.create_log_group(logGroupName=name, tags=tags)
    except Exception as error:
        if code(error) != "ResourceAlreadyExistsException":
            raise
        return name
    logs.put_retention_policy(logGroupName=name, retentionInDays=DAYS)
    return name
