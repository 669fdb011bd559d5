"""Whether a machine has SSM's agent: most images bring it, and a script may install it."""

from __future__ import annotations

from reconciler.sandbox.agent.machine import Machine

# https://docs.aws.amazon.com/systems-manager/latest/userguide/ami-preinstalled-agent.html
_DEBIAN = ("136693071363", "379101102735")
"""The accounts of Debian's own images, which lack it."""


def installed(machine: Machine) -> bool:
    """An image that was made of such a machine has what was asked for there."""
    instance = machine.instance
    image = instance.ec2_backend.amis.get(instance.image_id)
    if image is None or image.owner_id not in _DEBIAN:
        return True
    asked = machine.disk / "asked"
    return asked.exists() and "amazon-ssm-agent" in asked.read_text()
