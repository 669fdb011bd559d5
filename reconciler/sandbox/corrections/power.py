"""Stopping, starting and rebooting: what the state of an instance allows, and its agent's part."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.launching import boot
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters


def only_what_has_run_is_stopped(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """moto stops whatever there is, and what has ended is there again.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
    """
    for instance in _named(call, parameters):
        if instance.lifecycle == "spot":
            raise _one_time(instance)
        if instance.state == "pending":
            # Seen on AWS: https://github.com/flatcar/mantle/pull/315
            told = f"Instance '{instance.id}' cannot be stopped as it has never reached the "
            raise _refused(f"{told}'running' state.")
        if instance.state in ("shutting-down", "terminated"):
            raise _not_in_state(instance, "stopped")
    return onward(parameters)


def what_is_started_boots(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """moto starts whatever there is, at once.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartInstances.html
    """
    named = _named(call, parameters)
    for instance in named:
        if instance.state in ("shutting-down", "terminated", "stopping"):
            raise _not_in_state(instance, "started")
    stopped = [instance for instance in named if instance.state == "stopped"]
    answer = onward(parameters)
    for instance in stopped:
        boot(call, instance)
    return answer


def what_runs_boots_again(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """moto lets whatever there is run.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RebootInstances.html
    """
    named = _named(call, parameters)
    for instance in named:
        if instance.state != "running":
            raise _not_in_state(instance, "rebooted")
    answer = onward(parameters)
    for instance in named:
        if call.agents:
            call.agents.reboot(instance)
    return answer


def _named(call: Call, parameters: Parameters) -> list[Any]:
    return list(call.world("ec2").get_multi_instances_by_id(parameters["InstanceIds"]))


def _not_in_state(instance: Any, what: str) -> AwsError:
    """Seen on AWS: https://github.com/burstable-ai/burst/issues/42"""
    return _refused(f"The instance '{instance.id}' is not in a state from which it can be {what}.")


def _refused(told: str) -> AwsError:
    return AwsError("IncorrectInstanceState", told)


def _one_time(instance: Any) -> AwsError:
    """The sandbox has no other requests.

    Seen on AWS: https://github.com/cloud-custodian/cloud-custodian/issues/8003
    """
    told = f"You can't stop the Spot Instance '{instance.id}' because it is associated with a "
    return AwsError("UnsupportedOperation", f"{told}one-time Spot Instance request.")
