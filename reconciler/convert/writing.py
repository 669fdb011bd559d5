"""A definition as one of our documents, seen through our own reader before it is given away."""

from __future__ import annotations

from itertools import product
from typing import Any

import yaml

from reconciler.convert.forms import Pool
from reconciler.convert.part import Complaint, Part
from reconciler.convert.words import Said
from reconciler.documents import API_VERSION
from reconciler.load import reread

# https://www.rfc-editor.org/rfc/rfc6761#section-6.4: no such name is ever there.
NOWHERE = "https://taskcluster.invalid"

_KIND = "WorkerType"


def written(pool: Pool, root_url: str, complaints: list[Complaint]) -> str:
    """The document's text; what it does not say, and what is wrong with it, is complained of."""
    part = Part(pool.value, pool.path, complaints)
    if why := _left_out(pool, part):
        part.complain(f"{why}: it was left out as a whole")
        return ""
    spec = pool.spec(part, pool.name)
    part.leave()
    queue = {"taskcluster": {"rootUrl": root_url, "taskQueueId": pool.task_queue}}
    text = _text(pool.name, _in_order({**spec, "queue": queue}))
    for what in reread(text)[1]:
        told = what.removeprefix(f"{_KIND}/{pool.name}: ")
        part.complain(f"the document is not valid yet, since {told}")
    if _lacks_image(spec):
        part.complain("the document is not valid yet, since no image is said for all its launches")
    return text


def _left_out(pool: Pool, part: Part) -> str | None:
    if not pool.name:
        return "no workerPoolId or workerType says its name"
    provider = part.text("provider_id") or part.text("providerId")
    if provider and "aws" not in provider.lower():
        return f"its provider, {provider!r}, has no aws in its name, so it is none of AWS's"
    return None


def _lacks_image(spec: Said) -> bool:
    each = product(spec.get("instanceTypes", ()), spec.get("regions", ()))
    return not all(any("image" in one for one in (spec, kind, region)) for kind, region in each)


def _text(name: str, spec: dict[str, Any]) -> str:
    document = {
        "apiVersion": API_VERSION,
        "kind": _KIND,
        "metadata": {"name": name},
        "spec": spec,
    }
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}"


class _Dumper(yaml.CSafeDumper):
    """Writes everything out, and so that every reader of YAML takes it for the same."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def number(self, value: float) -> yaml.Node:
        text = f"{value:.15f}".rstrip("0").rstrip(".")
        if float(text) != value:
            return self.represent_float(value)
        return self.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)

    def text(self, value: str) -> yaml.Node:
        # Such as y, 0o7 and 1e3, which are texts to some; and what can't be seen unless escaped.
        unclear = len(value) == 1 or value[:1] in "+-.0123456789"
        hidden = not value.replace("\n", "").isprintable()
        style = '"' if hidden else "'" if unclear else None
        return self.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(float, _Dumper.number)
_Dumper.add_representer(str, _Dumper.text)


def _in_order(spec: dict[str, Any]) -> dict[str, Any]:
    """What a reader wants to know first, first; nothing that says nothing."""
    order = ("description", "owner", "queue", "capacity", "price", "purchase", "image")
    words = [*order, *(word for word in spec if word not in order)]
    return {word: spec[word] for word in words if spec.get(word) not in (None, {}, [])}
