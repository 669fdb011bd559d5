"""The parser of EC2's long answers that takes the place of botocore's, and falls back to it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

from botocore.parsers import EC2QueryParser

from reconciler.aws.parsing.document import read
from reconciler.aws.parsing.members import used
from reconciler.aws.parsing.readers import Reader, Unknown, Unusual, reader
from reconciler.aws.parsing.sample import ANSWER, SHAPE

# For each model's shapes their own, as long as somebody has that model.
_readers: MutableMapping[Any, Reader | None] = WeakKeyDictionary()


class Parser(EC2QueryParser):  # type: ignore[misc]
    """Reads what EC2 usually answers; all else, and every error, is left to botocore."""

    def _do_parse(self, response: dict[str, Any], shape: Any) -> Any:
        how = _how(shape)
        if not how:
            return super()._do_parse(response, shape)
        try:
            found, root = read(response["body"], how)
        except (Unusual, ValueError):
            return super()._do_parse(response, shape)
        self._inject_response_metadata(root, found)
        return found


def _how(shape: Any) -> Reader | None:
    """How an answer is read, or None where botocore has to: where there is nothing to read, too."""
    if shape is None:
        return None
    if shape not in _readers:
        try:
            _readers[shape] = reader(shape, used(shape.name))
        except (Unknown, RecursionError):
            _readers[shape] = None
    return _readers[shape]


def known() -> bool:
    """Whether botocore's parser is the one that this was made for.

    Both are given the same answer, with all that EC2 writes in it, and have to say the same of it.
    Whatever goes wrong there is something that ours does not know: then botocore's own is used.
    """
    try:
        ours, botocores = (kind().parse(ANSWER, SHAPE) for kind in (Parser, EC2QueryParser))
    except Exception:
        return False
    return bool(ours == botocores)
