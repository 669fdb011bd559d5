"""Tell field by field how two specs differ; that they do is known before this is asked."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from reconciler.model import FieldChange
from reconciler.spec import Spec


def everything(spec: Spec) -> list[FieldChange]:
    """Every field of a spec as something added."""
    words = spec.words()
    return _added(words, words)


def difference(before: Spec, after: Spec, fixed: Collection[str] = ()) -> list[FieldChange]:
    """Every field that differs, those named in `fixed` marked as what forces a replacement."""
    forcing = {type(after).model_fields[name].alias for name in fixed}
    old, new = before.words(), after.words()
    changes = {
        *_added(new, new.keys() - old.keys()),
        *(FieldChange(c.path, c.new, None) for c in _added(old, old.keys() - new.keys())),
        *_changed(old, new, [word for word in old.keys() & new.keys() if old[word] != new[word]]),
    }
    return [
        change._replace(forces=change.path.split(".")[0] in forcing)
        for change in sorted(changes, key=lambda change: (change.path, str(change.old)))
    ]


def _added(words: Mapping[str, Any], those: Iterable[str]) -> list[FieldChange]:
    return [
        FieldChange(path, None, text) for word in those for path, text in _flat(word, words[word])
    ]


def _changed(
    old: Mapping[str, Any], new: Mapping[str, Any], those: Collection[str]
) -> Iterator[FieldChange]:
    """What changed within those words; DeepDiff would look as closely at what is equal."""
    if not those:
        return
    # It takes longer to import than all the rest of a plan that is empty.
    from deepdiff import DeepDiff

    befores, afters = {word: old[word] for word in those}, {word: new[word] for word in those}
    # Without the threshold, two mappings that share little would be shown as one blob each.
    found = DeepDiff(befores, afters, view="tree", threshold_to_diff_deeper=0)
    for levels in found.values():
        for level in levels:
            yield from _told(level)


def _told(level: Any) -> Iterator[FieldChange]:
    from deepdiff.helper import notpresent

    # What is in a set has no step of its own: DeepDiff gives None for it.
    path = ".".join(str(step) for step in level.path(output_format="list") if step is not None)
    if level.t1 is notpresent:
        yield from (FieldChange(inner, None, text) for inner, text in _flat(path, level.t2))
    elif level.t2 is notpresent:
        yield from (FieldChange(inner, text, None) for inner, text in _flat(path, level.t1))
    else:
        yield FieldChange(path, _text(level.t1), _text(level.t2))


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The leaves of mappings and sets, each with the path that leads to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}", inner)
    elif isinstance(value, frozenset):
        yield from ((path, _text(item)) for item in sorted(value, key=_text))
    else:
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, frozenset):
        return ", ".join(sorted(_text(item) for item in value))
    return json.dumps(value, ensure_ascii=False, default=_text)
