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

# What a call makes of instances: from which states, by way of which, to which in the end.
_GOING = {
    "TerminateInstances": (
        ("pending", "running", "stopping", "stopped"),
        ("shutting-down", 32),
        ("terminated", 48),
    ),
    "StopInstances": (("running",), ("stopping", 64), ("stopped", 80)),
}


def slow_boots(moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
    """What is launched, or made an image, is pending, for some seconds or a minute."""
    dice = moment.luck("boots")
    with moment.call.supply.slow(lambda: dice.uniform(_SHORTEST, _LONGEST)):
        return onward(parameters)


def slow_ends(moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
    """What is terminated is shutting down, and what is stopped is stopping, for about as long."""
    if moment.call.operation not in _GOING:
        return onward(parameters)
    begun, way, end = _GOING[moment.call.operation]
    ec2, dice = moment.call.world("ec2"), moment.luck("ends")
    asked = [ec2.get_instance_by_id(id_) for id_ in parameters["InstanceIds"]]
    going = [instance for instance in asked if instance and instance.state in begun]
    answer = onward(parameters)
    for instance in going:
        state = instance._state = InstanceState(*way)
        seconds = dice.uniform(_SHORTEST, _LONGEST)
        moment.clock.after(seconds, partial(_end, instance, state, InstanceState(*end)))
    return answer


def _end(instance: Any, state: InstanceState, end: InstanceState) -> None:
    """Unless another call came in between, as what is stopping may be terminated."""
    if instance._state is state:
        instance._state = end
