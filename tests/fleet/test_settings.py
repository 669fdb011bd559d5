"""Launch settings of several levels become one, and each value says which level it is from."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.settings import Level, merged
from tests.effort import examples

_WORDS = st.sampled_from(["a", "b", "c"])
_VALUES = st.one_of(st.integers(0, 3), st.lists(st.integers(0, 3), max_size=2))
_SETTINGS = st.recursive(
    st.dictionaries(_WORDS, _VALUES, max_size=3),
    lambda inner: st.dictionaries(_WORDS, st.one_of(_VALUES, inner), max_size=3),
    max_leaves=8,
)


def test_later_levels_win_deep_and_lists_are_said_anew() -> None:
    general = {
        "keyPair": "ci",
        "groups": ["a", "b"],
        "disks": {"/dev/a": {"size": 8, "type": "gp3"}},
    }
    found = merged(
        [
            Level("general", general),
            Level("region us-west-2", {"groups": ["c"], "disks": {"/dev/a": {"size": 20}}}),
            Level("type m5.large", {"disks": {"/dev/b": {"size": 1}}}),
        ]
    )
    assert found.settings == {
        "keyPair": "ci",
        "groups": ["c"],
        "disks": {"/dev/a": {"size": 20, "type": "gp3"}, "/dev/b": {"size": 1}},
    }
    assert found.origins == {
        "keyPair": "general",
        "groups": "region us-west-2",
        "disks./dev/a.size": "region us-west-2",
        "disks./dev/a.type": "general",
        "disks./dev/b.size": "type m5.large",
    }


def test_what_is_said_is_left_as_it_was() -> None:
    general: dict[str, Any] = {"disks": {"a": {"size": 8}}}
    merged([Level("general", general), Level("zone", {"disks": {"a": {"size": 9}}})])
    assert general == {"disks": {"a": {"size": 8}}}


@examples(200)
@given(st.lists(_SETTINGS, max_size=4))
def test_every_value_is_the_last_one_said_and_comes_from_who_said_it(some: list[Any]) -> None:
    levels = [Level(str(number), settings) for number, settings in enumerate(some)]
    found = merged(levels)
    assert set(found.origins) == set(_leaves(found.settings))
    for path, level in found.origins.items():
        said = _leaves(some[int(level)])[path]
        assert _leaves(found.settings)[path] == said
        assert not any(path in _leaves(later) for later in some[int(level) + 1 :])


def _leaves(settings: Any, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word, value in settings.items():
        here = f"{path}.{word}" if path else word
        found.update(_leaves(value, here) if isinstance(value, dict) else {here: value})
    return found
