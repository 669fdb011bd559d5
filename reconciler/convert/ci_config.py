"""Worker pools as ci-config has them: a mapping by id, from which ci-admin made worker-manager's.

https://github.com/mozilla-releng/fxci-config has such pools, and in src/ciadmin what reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.convert.part import Part
from reconciler.convert.run_instances import nowhere_else, told
from reconciler.convert.words import (
    Said,
    about,
    declares,
    lengthened,
    lifecycle,
    more_data,
    number,
    over,
    replaced,
    said,
    who_it_is,
    worker_manager_capacity,
)


class _Data(NamedTuple):
    """What workers find in their user data: their configuration, and what stands beside it."""

    config: Said
    beside: Said


def spec(pool: Part, name: str) -> Said:
    """What a pool says, as a WorkerType's spec without its queue."""
    _mail(pool)
    config = pool.part("config")
    data = _data(config)
    return said(
        **about(pool, name),
        capacity=worker_manager_capacity(config),
        # It was so where nothing was said.
        purchase="on-demand" if config.flag("spot") is False else "spot",
        image=_image(config),
        launch=_groups(config) | who_it_is(said(workerConfig=data.config) | data.beside),
        instanceTypes=_types(config, data),
        regions=[{"region": region} for region in config.texts("regions")],
        lifecycle=lifecycle(config),
    )


def _mail(pool: Part) -> None:
    if pool.flag("email_on_error"):
        pool.complain("nothing here sends mail: let what alerts you watch it", "email_on_error")


def _image(config: Part) -> Said:
    """The image by its key in another file, which is all that stands here."""
    image = config.text("image")
    if image is None or image.startswith("ami-"):
        return said(id=image)
    config.complain(
        f"{image!r} is a key of worker-images.yml: image.name says it until somebody gives the "
        "name in AWS and whose it is, or an id for each region",
        "image",
    )
    return {"name": image}


def _groups(config: Part) -> Said:
    security = config.text("security")
    declares(config, "SecurityGroup", [security] if security else [], "security")
    return said(securityGroups=[security] if security else [])


def _data(given: Part) -> _Data:
    if implementation := given.text("implementation"):
        given.complain(
            f"{implementation!r} chose a part of its workers' configuration in a file that is not "
            "here: write that into launch.userData.config.workerConfig",
            "implementation",
        )
    misplaced = given.whole("userData")
    if misplaced:
        given.complain(
            "it is the Provisioner's word, and ci-admin did not read it: taken as worker-config",
            "userData",
        )
    config = over(misplaced, given.whole("worker-config"))
    return _Data(config, given.whole("additional-user-data"))


def _types(config: Part, data: _Data) -> list[Said]:
    types = config.parts("instance_types")
    capacities = [_capacity(one) for one in types]
    utilities = _utilities(types, capacities)
    rows = zip(types, capacities, utilities, strict=True)
    return [
        said(**_type(given, data), capacity=capacity, utility=utility)
        for given, capacity, utility in rows
    ]


def _type(given: Part, general: _Data) -> Said:
    launch, data = given.part("launchConfig"), _data(given)
    found = told(launch)
    nowhere_else(launch, found, "image")
    replaced(given, "additional-user-data", "all types", general.beside, data.beside)
    config = lengthened(general.config, data.config)
    return said(
        type=given.text("instanceType"),
        image=found.image,
        launch=over(_older(given), found.launch)
        | more_data(said(workerConfig=config) | data.beside),
    )


def _older(given: Part) -> Said:
    """Launch settings under the Provisioner's word."""
    if "launchSpec" not in given:
        return {}
    given.complain(
        "it is the Provisioner's word, and ci-admin did not read it: taken as launchConfig",
        "launchSpec",
    )
    spec = given.part("launchSpec")
    found = told(spec)
    nowhere_else(spec, found)
    return found.launch


def _capacity(given: Part) -> int | None:
    right, older = given.count("capacityPerInstance"), given.count("capacity")
    if older is None:
        return right
    if right is None:
        why = f"it is the Provisioner's word, and ci-admin took 1 instead: taken as {older}"
    else:
        why = f"{older} is the Provisioner's word; capacityPerInstance, {right}, is what counts"
    given.complain(why, "capacity")
    return older if right is None else right


def _utilities(types: Sequence[Part], capacities: Sequence[int | None]) -> list[int | float | None]:
    """Utility for each unit of capacity: in the Provisioner, whose word it is, it was the whole's.

    Where no type says one all units are alike, as they are here without a word.
    """
    whole = [one.number("utility") for one in types]
    if not any(whole):
        return [None for _ in types]
    for one, utility in zip(types, whole, strict=True):
        if not utility:
            one.complain("other types have a utility and this has none: taken as 1 for the whole")
    return [number((u or 1) / (c or 1)) for u, c in zip(whole, capacities, strict=True)]
