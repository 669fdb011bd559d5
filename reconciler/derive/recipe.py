"""What an Image document comes to in one place: its fingerprint, and its build. Pure.

No secret goes in: documents hold the names of secrets alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reconciler.derive.combinations import Where, made_safe
from reconciler.derive.content import template
from reconciler.derive.signals import Resolved
from reconciler.fleet.settings import Level, merged
from reconciler.kinds.image import ImageSpec
from reconciler.kinds.image_version import BuildSpec, ImageVersionSpec

FORM = "1"
"""Another one has every image built anew: for when the same document comes to mean more."""


def fingerprint(spec: ImageSpec, base: str, contents: Mapping[str, Any]) -> str:
    """Of all that goes into an image, and of nothing that only says how it gets there.

    `contents` has what the documents say that git declares, by their names.
    """
    disks = {
        name: disk.model_dump(mode="json", exclude_none=True)
        for name, disk in spec.block_devices.items()
    }
    steps = [
        [
            step.script,
            step.document,
            contents.get(step.document or ""),
            step.parameters,
            step.reboot,
        ]
        for step in spec.steps
    ]
    first = [spec.first_boot] if spec.first_boot else []
    whole = json.dumps([FORM, base, disks, steps, *first], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def to_build(spec: ImageSpec, base: Resolved, digest: str, region: str) -> ImageVersionSpec:
    """The version to build there, of that base and with that fingerprint."""
    said = spec.model_dump(
        mode="json", by_alias=True, exclude_none=True, include={"launch", "block_devices"}
    )
    level = Level("image", {**said["launch"], "blockDevices": said["blockDevices"]})
    settings = made_safe(merged([level])).settings
    where = Where(region, "", spec.instance_type)
    made = BuildSpec(
        description=spec.description,
        launch=template(settings, base.id, b"", where, spec.subnet),
        first_boot=spec.first_boot or "",
        steps=spec.steps,
        windows=base.windows,
        seconds=spec.timeout,
    )
    return ImageVersionSpec(build=made, fingerprint=digest, product=base.product)
