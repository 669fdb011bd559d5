"""What was measured, as a page for a reader."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from bench.calls import reads
from bench.measure import A_PAGE, WORKER_TYPES, WORKERS, Seconds, ratio, usual
from bench.region import Region
from bench.rows import ROUNDS, LeftOut, Row
from bench.running import program

_PAGES = WORKERS // A_PAGE
_CPUINFO = Path("/proc/cpuinfo")


def report(rows: Sequence[Row | LeftOut], region: Region, rounds: Sequence[Seconds]) -> str:
    kinds = [key.kind for key in region.snapshot.ours]
    templates, prices = kinds.count("LaunchTemplate"), len(_prices(region))
    return _PAGE.format(
        machine=_machine(),
        versions=", ".join(_versions()),
        rounds=ROUNDS,
        rows="\n".join(row_text(one) for one in rows if isinstance(one, Row)),
        left_out="".join(_left_out(one) for one in rows if isinstance(one, LeftOut)),
        pages=_PAGES,
        types=f"{WORKER_TYPES:,}",
        workers=f"{WORKERS:,}",
        templates=f"{templates:,}",
        prices=f"{prices:,}",
        table="\n".join(_rows(rounds)),
        limit=f"{2 / (usual(rounds, 'parse') * _PAGES):.2f}",
        calls="\n".join(_calls(prices, templates)),
    )


def row_text(one: Row) -> str:
    """The ratio in bold where it is more than it may be."""
    ratio = f"{one.ratio:.2g}" if one.ratio < 0.1 else f"{one.ratio:.2f}"
    if float(ratio) <= one.most < one.ratio:
        ratio = f"{one.ratio:.4f}"
    shown = ratio if one.ratio <= one.most else f"**{ratio}**"
    took = ", ".join(f"{some:,.3g} {one.unit}" for some in one.usual)
    return f"| {one.what} | {one.against} | {took} | {shown} | {one.most:g} |"


def _left_out(one: LeftOut) -> str:
    return f"\nNot measured: {one.what}; {one.why}.\n"


def _rows(rounds: Sequence[Seconds]) -> Iterator[str]:
    """Each a ratio of two things of the same round, and the seconds of both for information."""
    reading = f"botocore parses the {WORKERS:,} instances"
    rows = (
        ("a pass decides", "pass", reading, "parse", _PAGES),
        ("· derive", "derive", reading, "parse", _PAGES),
        ("· diff", "diff", reading, "parse", _PAGES),
        ("· plan", "plan", reading, "parse", _PAGES),
        ("· a line for each worker type", "lines", reading, "parse", _PAGES),
        ("a pass decides", "pass", f"PyYAML (C) reads the {WORKER_TYPES:,} documents", "yaml", 1),
        (f"our reading of {A_PAGE:,} instances", "observe", "botocore parses them", "parse", 1),
    )
    for what, ours, beside, theirs, times in rows:
        seconds = usual(rounds, ours), usual(rounds, theirs) * times
        yield (
            f"| {what} | {beside} | {ratio(rounds, ours, theirs, times):.3f} "
            f"| {seconds[0]:.2f} s, {seconds[1]:.2f} s |"
        )


def _calls(prices: int, templates: int) -> Iterator[str]:
    for what, held in (
        ("if each has one launch template", WORKER_TYPES),
        (f"with the {templates:,} templates of this region", templates),
    ):
        found = reads(WORKERS, held, prices, on_demand=0)
        named = {name: count for (_, name), count in found.items() if count > 1}
        others = found.total() - sum(named.values())
        words = ", ".join(f"{count} {name}" for name, count in sorted(named.items()))
        yield f"| {what} | {found.total()} | {words}, {others} others |"


def _prices(region: Region) -> Sequence[object]:
    (market,) = region.signals.markets.values()
    assert not isinstance(market, str)
    return market.points


def _machine() -> str:
    lines = _CPUINFO.read_text().splitlines() if _CPUINFO.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor() or platform.machine()


def _versions() -> Iterator[str]:
    yield f"Python {platform.python_version()}"
    for name in ("boto3", "botocore", "lxml", "pydantic", "PyYAML", "deepdiff"):
        yield f"{name} {version(name)}"
    for name in ("aws", "terraform", "ansible-playbook"):
        if there := program(name):
            told = subprocess.run([there, "--version"], capture_output=True, text=True, check=True)
            yield told.stdout.partition("\n")[0].partition(" Python/")[0].strip()


_PAGE = """\
# What it costs

`make bench` wrote this, on {machine};
{versions}.

Each row is a ratio of two things that were measured in turn, in the same run: the median of
{rounds} rounds, in bold where it is more than it may be. What each took stands beside it for
information. A server in a process of its own stands for AWS, but for other programs' rows; it gives
the answers that the embedded AWS gave before, or pages made of them, so that the client alone is
measured. Python keeps what it compiles, as after an installation. Memory is that of all the
processes of a command at once, at its peak.

| what | against | took here | ratio | at most |
|---|---|---|---|---|
{rows}
{left_out}
## What a pass decides

The region is made up in memory, the same each time: {types} worker types with 40 offerings each,
{workers} workers (most of them busy, others idle, booting, leaving, or launched from what is no
longer meant), {templates} launch templates, {prices} changes of spot prices, tasks in every second
queue, offerings that failed or were taken a moment ago. `bench/` has it.

A pass decides: derive, diff, plan, and a line for each worker type, once all is read. The CPU time
of each thing stands beside that of another in the same round; rows are medians of {rounds} rounds.

| what | beside | ratio | seconds here |
|---|---|---|---|
{table}

The first row is what counts. Before a pass can decide about {workers} workers, botocore has to
parse them: work of the same kind, in Python, on as many things, that no user of boto3 is spared. So
the ratio carries from machine to machine. Two seconds would be {limit} here. Each round parses a
page of 1,000, which counts {pages} times.

## What a pass asks

Only what comes in pages grows, and no call is made for each worker type: `tests/bench/` shows that
against the sandbox. For one account with one region these are

| {types} worker types, {workers} workers | calls | of these |
|---|---|---|
{calls}

Worker types whose user data is a `config` have a launch template for each offering that they buy.
Pricing is asked beside that, once a day for each instance type that may be bought on demand, and
each queue that is not `static` by its own calls: for one of SQS these are two.
"""
