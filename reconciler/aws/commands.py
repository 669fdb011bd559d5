"""Commands of SSM on machines: sent, followed until each machine has ended its part, cancelled.

SSM tells nothing of a script's output before that has ended, however it is asked; the only way to
see some of it earlier is CloudWatch Logs (see command_output.py).
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from reconciler.aws.errors import Refused, code, unsaid
from reconciler.aws.session import Aws

# How many ids SendCommand takes, and how long SSM may wait for a machine, in seconds.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
IDS_A_CALL = 50
_WAITS = (30, 2_592_000)

ONLINE = "Online"
SUCCESS = "Success"
_OPEN = ("Pending", "InProgress", "Delayed", "Cancelling")

# What the agent puts at the end of what it cut: at 24,000 characters and 8,000 of errors or, of
# both together as they are listed, at 2,500.
# https://github.com/aws/amazon-ssm-agent (agent/framework/processor/executer/iohandler)
_CUT = ("--output truncated--", "---Output truncated---", "---Error truncated----")
_BEFORE_ERRORS = "\n----------ERROR-------\n"
_OUTPUTS = ("StandardOutputContent", "StandardErrorContent")

_THROTTLED = "ThrottlingException"

# GetCommandInvocation takes no shorter name of a step.
_SHORTEST_NAME = 4


class Order(NamedTuple):
    """What is to run, wherever it runs."""

    document: str
    """By AWS's name."""
    parameters: Mapping[str, Sequence[str]] = {}
    at_once: int = 50
    errors: int = 0
    """So many machines may fail before no other one begins."""
    seconds: int = 3600
    """How long a machine may take to begin."""
    log_group: str = ""
    """Where CloudWatch Logs gets the output as it comes, if anywhere."""


class Result(NamedTuple):
    """How a command ended on one machine."""

    instance: str
    status: str
    """In SSM's words, such as Success, Failed or ExecutionTimedOut."""
    exit_code: int | None = None
    """The first that is not 0, where several steps ran; None where none did."""
    out: str = ""
    err: str = ""
    cut: bool = False
    """Whether the outputs were longer than SSM keeps."""

    @property
    def well(self) -> bool:
        return self.status == SUCCESS


def pings(aws: Aws, ids: Sequence[str]) -> dict[str, str]:
    """Online or ConnectionLost, for each machine whose agent SSM has heard of."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), IDS_A_CALL):
        some = list(ids[start : start + IDS_A_CALL])
        for one in aws.pages(
            "ssm",
            "describe_instance_information",
            "InstanceInformationList",
            Filters=[{"Key": "InstanceIds", "Values": some}],
            PaginationConfig={"PageSize": 50},
        ):
            found[one["InstanceId"]] = one["PingStatus"]
    return found


class Sent:
    """A command on its way to some machines, each of which is told once."""

    def __init__(self, aws: Aws, order: Order, ids: Sequence[str]) -> None:
        self.open = set(ids)
        self._aws = aws
        self.id = _send(aws, order, ids)

    def ended(self) -> Iterator[Result]:
        """Those that have ended since the last look; a call tells of fifty machines."""
        for one in self._aws.pages(
            "ssm",
            "list_command_invocations",
            "CommandInvocations",
            CommandId=self.id,
            Details=True,
            PaginationConfig={"PageSize": 50},
        ):
            if one["InstanceId"] in self.open and one["Status"] not in _OPEN:
                result = _result(self._aws, one)
                self.open.discard(result.instance)
                yield result

    def gone(self) -> Iterator[Result]:
        """Those that SSM does not know any more, as it forgets machines that were ended.

        It would say for as long as a script may take that this one is in progress.
        """
        known = pings(self._aws, sorted(self.open))
        for id_ in sorted(self.open - known.keys()):
            self.open.discard(id_)
            yield Result(id_, "the machine is gone")

    def cancel(self) -> None:
        """What has begun is ended, where the machine can hear it."""
        self._aws.client("ssm").cancel_command(CommandId=self.id, InstanceIds=sorted(self.open))


def not_online(error: Exception) -> bool:
    """Whether SendCommand was refused because of a machine that is not online."""
    return code(error) == "InvalidInstanceId"


def _send(aws: Aws, order: Order, ids: Sequence[str]) -> str:
    """It runs once at most: where AWS's answer is lost, nobody knows, and it is not sent again."""
    from botocore.exceptions import ClientError, HTTPClientError

    ssm = aws.client("ssm", once=True)
    group = {"CloudWatchLogGroupName": order.log_group, "CloudWatchOutputEnabled": True}
    least, most = _WAITS
    try:
        with unsaid(*(one for values in order.parameters.values() for one in values)):
            send = partial(
                ssm.send_command,
                DocumentName=order.document,
                InstanceIds=list(ids),
                Parameters={name: list(values) for name, values in order.parameters.items()},
                MaxConcurrency=str(order.at_once),
                MaxErrors=str(order.errors),
                TimeoutSeconds=min(max(order.seconds, least), most),
                **({"CloudWatchOutputConfig": group} if order.log_group else {}),
            )
            answer = aws.patiently(send, _THROTTLED)
    except ClientError as error:
        if code(error) != "InvalidDocument":
            raise
        raise Refused(
            f"AWS has no document {order.document} in {aws.region}: `reconcile apply` makes "
            "those that git declares"
        ) from error
    except HTTPClientError as error:
        raise Refused(
            f"whether {order.document} runs is not known, and it is not sent again: {error}"
        ) from error
    return str(answer["Command"]["CommandId"])


def _result(aws: Aws, invocation: Mapping[str, Any]) -> Result:
    ran = [one for one in invocation["CommandPlugins"] if one.get("ResponseStartDateTime")]
    steps = [_step(aws, invocation, one) for one in ran]
    codes = [step["ResponseCode"] for step in steps]
    out, err = ("".join(step[part] for step in steps) for part in _OUTPUTS)
    return Result(
        invocation["InstanceId"],
        invocation["StatusDetails"],
        next((one for one in codes if one), 0 if codes else None),
        out,
        err,
        any(mark in step[part] for step in steps for part in _OUTPUTS for mark in _CUT),
    )


def _step(aws: Aws, invocation: Mapping[str, Any], plugin: Mapping[str, Any]) -> dict[str, Any]:
    """What one step said, and its exit status."""
    name, alone = plugin["Name"], len(invocation["CommandPlugins"]) == 1
    if len(name) < _SHORTEST_NAME and not alone:
        out, _, err = plugin["Output"].partition(_BEFORE_ERRORS)
        return {
            "ResponseCode": plugin["ResponseCode"],
            **dict(zip(_OUTPUTS, (out, err), strict=True)),
        }
    return dict(
        aws.client("ssm").get_command_invocation(
            CommandId=invocation["CommandId"],
            InstanceId=invocation["InstanceId"],
            **({} if alone else {"PluginName": name}),
        )
    )
