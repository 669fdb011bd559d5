"""The display fits a terminal of 80 columns and 24 lines, and shows there what matters most."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from reconciler.report.seen import Event, Lately, Row, Seen
from tests.effort import examples

COUNTS = st.integers(0, 10**6)
WORDS = st.text(max_size=120)
LATELY = st.builds(Lately, WORDS, COUNTS, COUNTS)
ROWS = st.builds(
    Row, WORDS, st.none() | COUNTS, COUNTS, COUNTS, COUNTS, st.lists(LATELY).map(tuple)
)
SEEN = st.builds(
    Seen,
    WORDS,
    st.lists(ROWS, max_size=30).map(tuple),
    st.lists(WORDS, max_size=9).map(tuple),
    st.lists(st.builds(Event, st.just("10:00:00"), WORDS, st.booleans()), max_size=30).map(tuple),
)


def shown(seen: Seen, height: int = 24, width: int = 80) -> list[str]:
    """The lines as they are on the terminal."""
    file = StringIO()
    Console(file=file, width=width, height=height, highlight=False).print(seen, end="")
    return [line.rstrip() for line in file.getvalue().splitlines()]


def row(name: str = "linux", *lately: Lately, waiting: int | None = 40, leaving: int = 0) -> Row:
    return Row(name, waiting, 2, 28, leaving, lately)


def test_a_worker_type_stands_in_one_row_and_its_offerings_below() -> None:
    lately = (Lately("c5.large us-west-2a", 0, 2), Lately("m5.large us-west-2b", 14, 1))
    event = Event("10:00:00", "pass changed")
    assert shown(
        Seen("Estate acme", (row("linux", *lately),), ("lock: it is held",), (event,))
    ) == [
        "Estate acme",
        "worker type            waiting  running  booting  leaving  launched  short",
        "linux                       40        2       28        0        14      3",
        "  m5.large us-west-2b                                            14      1",
        "  c5.large us-west-2a                                                    2",
        "lock: it is held",
        "",
        "10:00:00 pass changed",
    ]


def test_a_queue_that_could_not_be_read_has_no_number() -> None:
    assert shown(Seen("", (row(waiting=None),)))[2].split()[:2] == ["linux", "?"]


@given(SEEN, st.integers(12, 50), st.integers(60, 200))
@examples(60)
def test_no_line_is_lost_beyond_the_edges_of_the_terminal(
    seen: Seen, height: int, width: int
) -> None:
    lines = shown(seen, height, width)
    assert len(lines) < height
    assert all(line.isprintable() for line in lines)


def test_where_there_is_no_room_for_all_those_are_shown_where_most_goes_on() -> None:
    rows = tuple(row(f"type-{at}", waiting=at % 7) for at in range(100))
    table = shown(Seen("", rows))[2:16]
    assert table[-2].split()[:2] == ["type-90", "6"]
    assert table[-1] == "… and 87 more"
    assert all(line.split()[1] == "6" for line in table[:-1])


def test_offerings_that_have_no_room_are_summed_up() -> None:
    lately = [Lately(f"m{at}.large", 1, 2) for at in range(30)]
    lines = shown(Seen("", (row("linux", *lately),)))
    (rest,) = [line.split() for line in lines if "more" in line]
    assert rest == ["…", "and", "18", "more", "18", "36"]


def test_of_what_happened_the_last_is_shown_and_each_whole() -> None:
    long = "create Launch/linux.1: 3 of 5: i-0a, i-0b, i-0c; InsufficientInstanceCapacity for " + (
        "c5.large in us-west-2a, spot and c5.large in us-west-2b, spot"
    )
    events = tuple(Event(f"10:00:{at:02}", f"{at} {long}") for at in range(40))
    lines = shown(Seen("head", events=events))
    assert [line[:11] for line in lines[2::2]] == [f"10:00:{at} {at}"[:11] for at in range(30, 40)]
    assert lines[-2].startswith("10:00:39 39 create Launch/linux.1: 3 of 5: i-0a, …; Insuff")
    assert lines[-1].startswith("         for c5.large in us-west-2a, spot and c5.large")


@pytest.mark.parametrize("text", ["\x1b[2J", "a\tb\x07", "\u202e"])
def test_nothing_that_is_shown_is_for_the_terminal_to_obey(text: str) -> None:
    seen = Seen(text, (row(text, Lately(text, 1, 1)),), (text,), (Event("10:00:00", text),))
    assert all(line.isprintable() for line in shown(seen))
