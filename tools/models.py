"""Cut botocore's models to what the program uses, into `reconciler/aws/models`: `make models`.

An operation is used where its name, as boto3 spells it, stands anywhere in the program's code, and
a member of an answer where its own name does. So rather too much is kept, and too little only of
what no code spells out: `WHOLE` has that. What is sent, and errors, are kept whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader

from reconciler.aws.loading import FOLDER, PAGES, PLACES, SERVICE, fingerprint
from tools.spelled import services, spelled

Model = dict[str, Any]
Used = Callable[[str], bool]

WHOLE = {"RejectedLogEventsInfo"}
"""Shapes of answers of which the program reads every member, whatever its name."""

_SORTS = (SERVICE, PAGES, PLACES)

# botocore itself asks these for the credentials of profiles and roles: the first with our model.
_BY_BOTOCORE, _ALSO = "sts", {"oidc", "portal.sso", "signin"}

# What botocore reads of none of them when it makes a call.
_TOLD = {"deprecated", "deprecatedMessage", "deprecatedSince", "documentation", "documentationUrl"}
_TOLD |= {"enum", "examples", "max", "pattern"}


def made() -> dict[str, str]:
    """The text of each file by its name."""
    used = spelled()
    models = {one: _cut(one, used if one != _BY_BOTOCORE else _all) for one in sorted(services())}
    places = {model[SERVICE]["metadata"]["endpointPrefix"] for model in models.values()}
    models["endpoints"] = _endpoints(places | _ALSO)
    return {f"{name}.json": f"{_text(model)}\n" for name, model in models.items()}


def _all(_: str) -> bool:
    return True


def _cut(service: str, used: Used) -> Model:
    """All that is needed of a service to call the operations that are used."""
    whole, pages, places = (_loader().load_service_model(service, s) for s in _SORTS)
    operations = {
        name: _bare(operation)
        for name, operation in sorted(whole["operations"].items())
        if used(xform_name(name))
    }
    turned = json.dumps([page for name, page in pages["pagination"].items() if name in operations])
    turning = set(re.findall(r"\w+", turned))
    shapes = _Shapes(whole["shapes"], lambda member: used(member) or member in turning)
    return {
        "fingerprint": fingerprint(service),
        "version": whole["metadata"]["apiVersion"],
        SERVICE: {
            "version": whole["version"],
            "metadata": whole["metadata"],
            "operations": operations,
            "shapes": shapes.of(operations.values()),
        },
        PAGES: pages,
        PLACES: places,
    }


def _loader() -> Loader:
    """One that finds what botocore brings and nothing else."""
    loader = Loader(include_default_search_paths=False)
    loader.search_paths.append(Loader.BUILTIN_DATA_PATH)
    return loader


class _Shapes:
    """The shapes of a model, and which of them calls need."""

    def __init__(self, shapes: dict[str, Model], used: Used) -> None:
        self._shapes, self._used = shapes, used

    def of(self, operations: Iterable[Model]) -> dict[str, Model]:
        """The shapes of what is sent, of errors, and of answers as far as they are read."""
        found: dict[str, Model] = {}
        for operation in operations:
            for sent in [*_part(operation, "input"), *operation.get("errors", ())]:
                self._take(found, sent["shape"], _all)
        for operation in operations:
            for answer in _part(operation, "output"):
                self._take(found, answer["shape"], self._used)
        return dict(sorted(found.items()))

    def _take(self, found: dict[str, Model], name: str, used: Used) -> None:
        if name in found:
            return
        shape = found[name] = _bare(self._shapes[name])
        if "members" in shape and name not in WHOLE and not shape.get("union"):
            shape["members"] = {m: told for m, told in shape["members"].items() if used(m)}
        for inner in _inside(shape):
            self._take(found, inner["shape"], used)


def _inside(shape: Model) -> Iterator[Model]:
    yield from shape.get("members", {}).values()
    for part in ("member", "key", "value"):
        yield from _part(shape, part)


def _part(told: Model, part: str) -> list[Model]:
    return [told[part]] if part in told else []


def _bare(told: Model) -> Model:
    """An operation or a shape without what only tells about it."""
    bare = {word: value for word, value in told.items() if word not in _TOLD}
    for part in ("input", "output", "member", "key", "value"):
        if part in bare:
            bare[part] = _bare(bare[part])
    if "members" in bare:
        bare["members"] = {name: _bare(member) for name, member in bare["members"].items()}
    return bare


def _endpoints(places: set[str]) -> Model:
    """Where the services are, in all partitions and regions."""
    data = _loader().load_data("endpoints")
    for partition in data["partitions"]:
        known = partition["services"]
        partition["services"] = {name: known[name] for name in known if name in places}
    return {"fingerprint": fingerprint("endpoints"), "endpoints": data}


def _text(value: Any, depth: int = 3) -> str:
    """JSON with a line for each operation and each shape, so that a change of one shows."""
    if not depth or not isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    lines = (f"{json.dumps(word)}:{_text(inner, depth - 1)}" for word, inner in value.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def write(folder: Path = FOLDER) -> None:
    """Write the files anew, and take away those of services that are used no more."""
    for file in folder.glob("*.json"):
        file.unlink()
    for name, text in made().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write()
