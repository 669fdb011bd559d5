"""Reads long answers: here, and where many come at once beside that in other processes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from botocore.session import get_session

from reconciler.aws.loading import lean
from reconciler.aws.parsing.beside import Beside, cores
from reconciler.aws.parsing.members import USED
from reconciler.aws.parsing.quick import Parser

_beside = Beside(cores())


def parse(response: Mapping[str, Any], shape: Any) -> Any:
    """What botocore's parser gives of an answer and its shape."""
    here = partial(Parser().parse, response, shape)
    if shape is None or shape.name not in USED:
        return here()
    told = {**response, "headers": dict(response["headers"].items())}
    return _beside.read(here, _there, told, shape.name)


def _there(response: Mapping[str, Any], answer: str) -> Any:
    return Parser().parse(response, _shape(answer))


@cache
def _shape(answer: str) -> Any:
    """The shape that our clients know by this name, since they load the same model."""
    core = get_session()
    lean(core, threading.Lock())
    return core.get_service_model("ec2").shape_for(answer)
