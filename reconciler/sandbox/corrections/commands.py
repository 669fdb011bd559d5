"""SSM's commands, where the sandbox has agents that run them; without, moto answers as it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reconciler.sandbox.agent.agents import Agents
from reconciler.sandbox.agent.commands import Command, Invocation, Ran, status
from reconciler.sandbox.agent.content import AWS_S_OWN, steps
from reconciler.sandbox.call import Call, Correction, Onward
from reconciler.sandbox.corrections.managed import registered, targets
from reconciler.sandbox.corrections.paging import page
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

# API calls that follow a SendCommand may not know of it yet, which AWS says without a time.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
_UNSEEN = 0.5

# How much each answer tells of an output, and how the agent marks what it cut.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
_OUT, _ERR, _CUT = 24_000, 8_000, "--output truncated--"
_LISTED, _LISTED_CUT, _BETWEEN = 2_500, "\n---Output truncated---", "\n----------ERROR-------\n"


def by_agents(answer: Callable[[Agents, Call, Parameters], Answer]) -> Correction:
    def correction(call: Call, parameters: Parameters, onward: Onward) -> Answer:
        return answer(call.agents, call, parameters) if call.agents else onward(parameters)

    return correction


def a_command_is_sent(agents: Agents, call: Call, parameters: Parameters) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html"""
    content, version = _document(call, parameters)
    todo = steps(content, parameters.get("Parameters") or {})
    to = targets(agents, call, parameters)
    now = call.clock.date()
    shown = call.clock.now() + _UNSEEN
    command = Command(parameters, call.account, call.region, version, now, shown)
    agents.send(command, to, todo, parameters.get("TimeoutSeconds") or 3600)
    counts = dict.fromkeys(("TargetCount", "CompletedCount", "ErrorCount"), 0)
    return {
        "Command": {**_told(command), **counts, "Status": "Pending", "StatusDetails": "Pending"}
    }


def commands_are_listed(agents: Agents, call: Call, parameters: Parameters) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListCommands.html"""
    found = [
        _told(one)
        for one in _commands(agents, call, parameters)
        if parameters.get("InstanceId") in (None, *_ids(one))
    ]
    return _page("Commands", found[::-1], parameters)


def invocations_are_listed(agents: Agents, call: Call, parameters: Parameters) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListCommandInvocations.html"""
    found = [
        _invocation(command, one, bool(parameters.get("Details")))
        for command in _commands(agents, call, parameters)
        for one in command.invocations
        if parameters.get("InstanceId") in (None, one.machine.instance.id)
    ]
    return _page("CommandInvocations", found, parameters)


def an_invocation_is_told(agents: Agents, call: Call, parameters: Parameters) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html"""
    for command in _commands(agents, call, parameters):
        for one in command.invocations:
            if one.machine.instance.id == parameters["InstanceId"]:
                return _step(command, one, _named(one, parameters.get("PluginName")))
    raise AwsError("InvocationDoesNotExist", "")


def a_command_is_cancelled(agents: Agents, call: Call, parameters: Parameters) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CancelCommand.html"""
    command = agents.commands.get(parameters["CommandId"])
    if not command or (command.account, command.region) != (call.account, call.region):
        raise AwsError("InvalidCommandId", "")
    for one in command.invocations:
        if one.machine.instance.id in (parameters.get("InstanceIds") or _ids(command)):
            agents.cancel(one)
    return {}


def machines_with_an_agent_are_told(agents: Agents, call: Call, parameters: Parameters) -> Answer:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstanceInformation.html"""
    found = [*registered(agents, call, parameters)]
    return _page("InstanceInformationList", found, {"MaxResults": 10, **parameters})


def _document(call: Call, parameters: Parameters) -> tuple[Any, str]:
    name, version = parameters["DocumentName"], parameters.get("DocumentVersion") or "$DEFAULT"
    if own := AWS_S_OWN.get(name):
        return own, version
    documents = call.world("ssm")._documents.get(name.rpartition(":document/")[2])
    if not documents or documents.get_default_version().document_type != "Command":
        raise AwsError("InvalidDocument", "")
    known = {
        **documents.versions,
        "$DEFAULT": documents.get_default_version(),
        "$LATEST": documents.get_latest_version(),
    }
    if version not in known:
        raise AwsError("InvalidDocumentVersion", "")
    return known[version].content_json, version


def _commands(agents: Agents, call: Call, parameters: Parameters) -> Iterator[Command]:
    """Those that AWS shows by now."""
    wanted = parameters.get("CommandId")
    for id_, one in agents.commands.items():
        here = (one.account, one.region) == (call.account, call.region)
        if here and wanted in (None, id_) and one.shown <= call.clock.now():
            yield one


def _ids(command: Command) -> list[str]:
    return [one.machine.instance.id for one in command.invocations]


def _named(invocation: Invocation, name: str | None) -> Ran:
    """A step by its name, which may be left out where there is no other."""
    if name is None and len(invocation.steps) == 1:
        return invocation.steps[0]
    for one in invocation.steps:
        if one.step.name == name:
            return one
    raise AwsError("InvalidPluginName", "")


def _page(result: str, items: Sequence[Any], parameters: Parameters) -> Answer:
    size = parameters.get("MaxResults", 50)
    some, token = page(items, size, parameters.get("NextToken"), "InvalidNextToken")
    return {result: some, **({"NextToken": token} if token else {})}


_SAME = (
    *("Comment", "Targets", "MaxConcurrency", "MaxErrors", "TimeoutSeconds", "DocumentName"),
    *("CloudWatchOutputConfig", "Parameters"),
)


def _asked(command: Command) -> Answer:
    same = {name: command.asked[name] for name in _SAME if name in command.asked}
    return {"MaxConcurrency": "50", "MaxErrors": "0", "TimeoutSeconds": 3600, **same}


def _told(command: Command) -> Answer:
    return {
        **_asked(command),
        "CommandId": command.id,
        "DocumentVersion": command.version,
        "InstanceIds": command.asked.get("InstanceIds") or [],
        "RequestedDateTime": command.requested,
        "Status": status(command.details) if command.details != "Incomplete" else "Failed",
        "StatusDetails": command.details,
        "TargetCount": len(command.invocations),
        "CompletedCount": sum(one.over for one in command.invocations),
        "ErrorCount": command.errors,
        "DeliveryTimedOutCount": sum(
            one.details == "DeliveryTimedOut" for one in command.invocations
        ),
    }


def _invocation(command: Command, one: Invocation, details: bool) -> Answer:
    return {
        "CommandId": command.id,
        "InstanceId": one.machine.instance.id,
        "DocumentName": command.asked["DocumentName"],
        "DocumentVersion": command.version,
        "RequestedDateTime": one.requested,
        "Status": status(one.details),
        "StatusDetails": one.details,
        "CommandPlugins": [_plugin(one, ran) for ran in one.steps] if details else [],
    }


def _plugin(invocation: Invocation, ran: Ran) -> Answer:
    out, err = _outputs(ran, _LISTED, _LISTED, "")
    told = out + (_BETWEEN + err if err else "")
    whole = len(told) <= _LISTED
    times = {"ResponseStartDateTime": ran.began, "ResponseFinishDateTime": ran.ended}
    return {
        "Name": ran.step.name,
        "Status": status(_shown(invocation, ran)),
        "StatusDetails": _shown(invocation, ran),
        "ResponseCode": ran.code,
        "Output": ran.note or (told if whole else _cut(told, _LISTED, _LISTED_CUT)),
        **{name: when for name, when in times.items() if when},
    }


def _step(command: Command, invocation: Invocation, ran: Ran) -> Answer:
    out, err = _outputs(ran, _OUT, _ERR, _CUT)
    return {
        "CommandId": command.id,
        "InstanceId": invocation.machine.instance.id,
        "DocumentName": command.asked["DocumentName"],
        "DocumentVersion": command.version,
        "PluginName": ran.step.name,
        "ResponseCode": ran.code,
        "ExecutionStartDateTime": ran.began.isoformat() if ran.began else "",
        "ExecutionEndDateTime": ran.ended.isoformat() if ran.ended else "",
        "Status": status(_shown(invocation, ran)),
        "StatusDetails": _shown(invocation, ran),
        "StandardOutputContent": out,
        "StandardErrorContent": err,
        "CloudWatchOutputConfig": command.asked.get("CloudWatchOutputConfig") or {},
    }


def _shown(invocation: Invocation, ran: Ran) -> str:
    """What never began because the whole ended is as the whole is."""
    never = ran.details == "Pending" and invocation.over
    return invocation.details if never else ran.details


def _outputs(ran: Ran, most_out: int, most_err: int, mark: str) -> tuple[str, str]:
    """Nothing of a step that has not ended is shown."""
    if not ran.ended:
        return "", ""
    return _read(ran.out, most_out, mark), _read(ran.err, most_err, mark)


def _read(file: Any, most: int, mark: str) -> str:
    if not file.exists():
        return ""
    with file.open(errors="replace") as text:
        found: str = text.read(most + 1)
    return found if len(found) <= most or not mark else _cut(found, most, mark)


def _cut(text: str, most: int, mark: str) -> str:
    return text[: most - len(mark)] + mark
