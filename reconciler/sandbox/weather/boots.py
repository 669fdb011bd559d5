"""Instances that take their time: to come up, and to go down.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.ec2.models.instances import InstanceState

from reconciler.sandbox.call import Onward
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters

_SHORTEST = 3.0
_LONGEST = 60.0
_GOING = ("shutting-down", "terminated")


def slow_boots(moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
    """What is launched is pending, for some seconds or a minute."""
    dice = moment.luck("boots")
    with moment.call.supply.slow(lambda: dice.uniform(_SHORTEST, _LONGEST)):
        return onward(parameters)


def slow_ends(moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
    """What is terminated is shutting down, for about as long."""
    if moment.call.operation != "TerminateInstances":
        return onward(parameters)
    ec2, dice = moment.call.world("ec2"), moment.luck("ends")
    asked = [ec2.get_instance_by_id(id_) for id_ in parameters["InstanceIds"]]
    living = [instance for instance in asked if instance and instance.state not in _GOING]
    answer = onward(parameters)
    for instance in living:
        instance._state = InstanceState("shutting-down", 32)
        moment.clock.after(dice.uniform(_SHORTEST, _LONGEST), partial(_end, instance))
    return answer


def _end(instance: Any) -> None:
    instance._state = InstanceState("terminated", 48)
