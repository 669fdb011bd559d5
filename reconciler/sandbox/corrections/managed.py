"""The machines that SSM knows: what it tells of them, and which ones a command is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.sandbox.agent.agents import Agents
from reconciler.sandbox.call import Call
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

Filters = Sequence[tuple[str, Sequence[str]]]


def registered(agents: Agents, call: Call, parameters: Parameters) -> Iterator[Answer]:
    """What SSM tells of each that its filters match."""
    old = [
        (one["key"], one["valueSet"])
        for one in _listed(parameters, "InstanceInformationFilterList")
    ]
    new = [(one["Key"], one["Values"]) for one in _listed(parameters, "Filters")]
    if old and new:
        raise AwsError("ValidationException", "Filters and their older form exclude each other")
    for instance in _known(agents, call):
        told = _told(agents, call, instance)
        if _matches(call, instance, told, [*old, *new]):
            yield told


def targets(agents: Agents, call: Call, parameters: Parameters) -> list[Any]:
    """moto's instances that a command is for; raises AwsError.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-multiple.html
    """
    ids = parameters.get("InstanceIds") or ()
    if len(ids) != len(set(ids)):
        raise AwsError("DuplicateInstanceId", "")
    known = {instance.id: instance for instance in _known(agents, call)}
    if missing := [id_ for id_ in ids if id_ not in known or not _online(agents, known[id_])]:
        told = f"Instances [[{', '.join(missing)}]] not in a valid state for account {call.account}"
        raise AwsError("InvalidInstanceId", told)
    wanted = [(one["Key"], one["Values"]) for one in parameters.get("Targets") or ()]
    if not wanted:
        return [known[id_] for id_ in ids]
    return [one for one in known.values() if _matches(call, one, {"InstanceId": one.id}, wanted)]


def _listed(parameters: Parameters, name: str) -> Sequence[Mapping[str, Any]]:
    return parameters.get(name) or ()


def _known(agents: Agents, call: Call) -> list[Any]:
    """The instances whose agent was heard of."""
    instances = [
        instance
        for reservation in call.world("ec2").reservations.values()
        for instance in reservation.instances
    ]
    return [one for one in instances if agents.ping(one)]


def _online(agents: Agents, instance: Any) -> bool:
    return agents.ping(instance) == "Online"


def _told(agents: Agents, call: Call, instance: Any) -> Answer:
    windows = instance.platform == "windows"
    return {
        "InstanceId": instance.id,
        "PingStatus": agents.ping(instance),
        "LastPingDateTime": call.clock.date(),
        "AgentVersion": "3.3.0.0",
        "IsLatestVersion": True,
        "PlatformType": "Windows" if windows else "Linux",
        "PlatformName": "Microsoft Windows Server" if windows else "Amazon Linux",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip,
    }


# What filters and targets may ask for, in lower case, and what of the answer has it.
_FIELDS = {
    "instanceids": "InstanceId",
    "pingstatus": "PingStatus",
    "platformtypes": "PlatformType",
    "resourcetype": "ResourceType",
}


def _matches(call: Call, instance: Any, told: Answer, filters: Filters) -> bool:
    tags: Mapping[str, str] = call.world("ec2").tags.get(instance.id, {})
    return all(_holds(tags, told, key, values) for key, values in filters)


def _holds(tags: Mapping[str, str], told: Answer, key: str, values: Sequence[str]) -> bool:
    if key.startswith("tag:"):
        return tags.get(key.removeprefix("tag:")) in values
    if key == "tag-key":
        return bool(tags.keys() & set(values))
    if key.lower() not in _FIELDS:
        raise AwsError("InvalidFilterKey", f"{key} can't be asked for")
    return told.get(_FIELDS[key.lower()]) in values
