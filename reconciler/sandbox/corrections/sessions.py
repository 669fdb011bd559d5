"""SSM's sessions, which moto has not: opened on what is running, and spoken by nobody."""

from __future__ import annotations

from uuid import uuid4

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters


def a_session_is_opened_on_what_is_running(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """Nothing listens at the address that it gives.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
    """
    target = parameters["Target"]
    instance = call.world("ec2").get_instance_by_id(target)
    if instance is None or instance.state != "running":
        raise AwsError("TargetNotConnected", f"{target} is not connected.")
    id_ = f"sandbox-{uuid4().hex[:17]}"
    return {
        "SessionId": id_,
        "TokenValue": uuid4().hex,
        "StreamUrl": f"wss://ssmmessages.{call.region}.amazonaws.com/v1/data-channel/{id_}",
    }
