"""Rows of whole processes, with a recording that stands for AWS."""

from __future__ import annotations

from collections.abc import Callable

from bench import instances
from bench.recording import recording
from bench.replay import replaying
from bench.rows import LeftOut, Row, Rows, Surroundings, rounds
from bench.running import Bench, Took, program
from bench.standing import standing, written

_STANDING, _MANY, _VERY_MANY = 300, 10_000, 100_000


def beside_the_cli(around: Surroundings) -> Rows:
    """A plan of what is standing, beside two listings by the AWS CLI."""
    row = f"`reconcile plan`, {_STANDING} standing resources unchanged, whole process, CPU"
    aws = program("aws")
    if not aws:
        yield LeftOut(row, "the AWS CLI is not installed here")
        return
    around.sandbox.reset()
    documents = written(around.folder / "standing.yml", *standing(_STANDING))
    Bench(around.folder, around.sandbox.endpoint).reconcile("apply", "--yes", documents)

    def listings(bench: Bench) -> Took:
        groups = bench.run(aws, "ec2", "describe-security-groups")
        return groups.and_then(bench.run(aws, "iam", "get-account-authorization-details"))

    listed = (
        "`aws ec2 describe-security-groups` and `aws iam get-account-authorization-details`, "
        "the two whole processes"
    )
    yield Row(row, listed, 0.6, _cpu(around, row, _unchanged(documents), listings))


def beside_a_client(around: Surroundings) -> Rows:
    """A plan of nothing, beside the making of a client."""
    around.sandbox.reset()
    documents = written(around.folder / "nothing.yml")
    row, making = "`reconcile plan`, nothing declared but an Estate, CPU", "boto3.client('ec2')"

    def client(bench: Bench) -> Took:
        return bench.python("-c", f"import boto3; {making}")

    pairs = _cpu(around, row, _unchanged(documents), client)
    yield Row(row, f'`python -c "import boto3; {making}"`', 0.9, pairs)


def beside_a_script(around: Surroundings) -> Rows:
    """A plan over many instances beside a script that lists them, and beside ten times as many."""
    plan = f"`reconcile plan` over {_MANY:,} instances, whole process"
    many, very_many = (
        instances.recorded(around.sandbox, around.folder, count) for count in (_MANY, _VERY_MANY)
    )
    with replaying(many.answers) as one, replaying(very_many.answers) as other:
        bench, bigger = Bench(around.folder, one), Bench(around.folder, other)
        took = rounds(
            around.tell,
            plan,
            lambda: _unchanged(many.documents)(bench),
            lambda: bench.python("-c", instances.LISTING),
            lambda: _unchanged(very_many.documents)(bigger),
        )
    script = "a boto3 script that only lists them"
    yield Row(f"{plan}, CPU", script, 0.15, [(ours.cpu, its.cpu) for ours, its, _ in took])
    memory = [(ours.memory / 1e6, its.memory / 1e6) for ours, its, _ in took]
    yield Row(f"{plan}, peak memory", script, 0.5, memory, "MB")
    a_piece = [(b.cpu / _VERY_MANY * 1e6, a.cpu / _MANY * 1e6) for a, _, b in took]
    words = "instances, CPU per instance"
    yield Row(f"{_VERY_MANY:,} {words}", f"{_MANY:,} {words}", 1.1, a_piece, "µs")


def _unchanged(documents: str) -> Callable[[Bench], Took]:
    """A plan that must find nothing to do: else something else is measured."""
    return lambda bench: bench.reconcile("plan", "--detailed-exitcode", documents)


def _cpu(
    around: Surroundings, what: str, ours: Callable[[Bench], Took], theirs: Callable[[Bench], Took]
) -> list[tuple[float, float]]:
    """How much CPU both take, with what the sandbox has answered them before."""
    with recording(around.sandbox.endpoint) as (endpoint, kept):
        ours(Bench(around.folder, endpoint))
        theirs(Bench(around.folder, endpoint))
    with replaying(kept) as url:
        bench = Bench(around.folder, url)
        took = rounds(around.tell, what, lambda: ours(bench), lambda: theirs(bench))
    return [(one.cpu, other.cpu) for one, other in took]
