"""Carry a plan out, what is independent side by side: the only place that changes AWS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from reconciler.aws.errors import explained
from reconciler.aws.requests import changing_requests
from reconciler.aws.session import Accounts
from reconciler.aws.told import listening
from reconciler.errors import ReconcileError
from reconciler.fields.tags import TagChange
from reconciler.kinds import KINDS, target
from reconciler.model import (
    Act,
    Action,
    Change,
    Ended,
    Key,
    Outcome,
    Plan,
    Result,
    Scope,
    Step,
    StepId,
)
from reconciler.references import exchanged, is_aws_id
from reconciler.spec import Refers, Spec

# More would only wait: EC2 refills five changing calls a second. IAM is the first to throttle.
_IN_A_REGION, _IN_AN_ACCOUNT = 16, 8


def apply(
    accounts: Accounts,
    plan: Plan,
    tell: Callable[[Step], None] = lambda _: None,
    stopped: Callable[[], str] = lambda: "",
    ended: Callable[[Ended], None] = lambda _: None,
    output: Callable[[Step, str], None] = lambda _, __: None,
) -> tuple[Outcome, ...]:
    """What became of each change of the plan, in the plan's order.

    `tell` hears of each step as it begins. What fails stops only what needs it. Once `stopped`
    says why, nothing more is begun, and what is under way is waited for, but for what takes so
    long that it gives itself up. `ended` hears how each step ended, in the thread that did it and
    before that does anything more; `output` hears there what a step prints while it is at work.
    """
    run = _Run(accounts, plan, stopped, ended, output)
    steps = {step.id: step for step in plan.steps}
    order = TopologicalSorter({i: step.needs & steps.keys() for i, step in steps.items()})
    order.prepare()
    ready: dict[Scope, list[StepId]] = {step.change.key.scope: [] for step in plan.steps}
    under_way: dict[Future[None], Step] = {}
    with ThreadPoolExecutor(sum(map(_side_by_side, ready)) or 1) as threads:
        while order.is_active():
            for step_id in order.get_ready():
                heappush(ready[step_id.key.scope], step_id)
            busy = Counter(step.change.key.scope for step in under_way.values())
            for scope, waiting in ready.items():
                # A step that waits here can still be held back, and in a thread's queue it can't.
                while waiting and busy[scope] < _side_by_side(scope):
                    step = steps[heappop(waiting)]
                    if run.skips(step):
                        order.done(step.id)
                    else:
                        tell(step)
                        under_way[threads.submit(run.do, step)] = step
                        busy[scope] += 1
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                step = under_way.pop(future)
                run.note(step, future)
                order.done(step.id)
    return tuple(run.outcome(change) for change in plan.changes)


def _side_by_side(scope: Scope) -> int:
    return _IN_A_REGION if scope.region else _IN_AN_ACCOUNT


class _Run:
    """What has been made, what failed and what was skipped so far."""

    def __init__(
        self,
        accounts: Accounts,
        plan: Plan,
        stopped: Callable[[], str],
        ended: Callable[[Ended], None],
        output: Callable[[Step, str], None],
    ) -> None:
        self._accounts = accounts
        self._stopped = stopped
        self._ended = ended
        self._output = output
        self._ids = dict(plan.ids)
        self._steps = {step.id for step in plan.steps}
        self._failed: dict[StepId, str] = {}
        self._skipped: dict[StepId, str] = {}
        self._told: dict[StepId, str] = {}

    def skips(self, step: Step) -> bool:
        """Whether the step can't be done, because of what it needs or of a stop."""
        why = self._why_not(step)
        if why:
            self._skipped[step.id] = why
            self._ended(Ended(step, Result.SKIPPED, why, id=self._id(step)))
        return why != ""

    def _why_not(self, step: Step) -> str:
        lacking = sorted(
            str(need.key)
            for need in step.needs
            if need not in self._steps or need in self._failed or need in self._skipped
        )
        if lacking:
            return f"it needs {', '.join(dict.fromkeys(lacking))}"
        why = self._stopped()
        return f"it was not begun: {why}" if why else ""

    def do(self, step: Step) -> None:
        """Do one step; raises `ReconcileError` when it is not let happen."""
        heard = listening(lambda text: self._output(step, text), self._stopped)
        with changing_requests() as requests, heard as told:
            try:
                id_ = self._act(step)
            except BaseException as error:
                # What nobody has foreseen may tell more than a record should.
                why = str(error) if isinstance(error, ReconcileError) else type(error).__name__
                id_ = self._id(step)
                ended = Ended(step, Result.FAILED, why, tuple(requests), id_, tuple(told))
                self._ended(ended)
                raise
        self._told[step.id] = what = "\n".join(map(str, told))
        self._ended(Ended(step, Result.DONE, what, tuple(requests), id_, tuple(told)))

    def _act(self, step: Step) -> str:
        """Do it, and give the id of what it was done to."""
        key = step.change.key
        kind, aws = KINDS[key.kind], self._accounts.at(key.scope)
        after = self._with_ids(key, step.after) if step.after else None
        with explained():
            if step.act is Act.CREATE:
                assert after
                assert step.change.after
                self._ids[key] = kind.create(aws, step.change.after.name, after, step.write)
                return self._ids[key]
            assert step.before
            spec = self._with_ids(key, step.before.spec)
            before = replace(step.before, spec=spec, id=self._id(step))
            if step.act is Act.DELETE:
                kind.delete(aws, before)
                return before.id
            if after and after != spec:
                kind.update(aws, before, after)
            if step.write or step.drop:
                kind.tag(aws, before, TagChange(step.write, step.drop))
            return before.id

    def _id(self, step: Step) -> str:
        """AWS's id of what is there for the step, perhaps since an earlier step made it."""
        if step.before is None:
            return ""
        return step.before.id or self._ids.get(step.change.key, "")

    def note(self, step: Step, future: Future[None]) -> None:
        try:
            future.result()
        except ReconcileError as error:
            self._failed[step.id] = str(error)

    def outcome(self, change: Change) -> Outcome:
        """What became of a change: of several steps, the first that went wrong says why."""
        if change.action is Action.CONFLICT:
            return Outcome(change, Result.SKIPPED, change.reason)
        for result, found in ((Result.FAILED, self._failed), (Result.SKIPPED, self._skipped)):
            why = next((found[i] for i in _steps_of(change) if i in found), None)
            if why is not None:
                return Outcome(change, result, why)
        told = filter(None, (self._told.get(step) for step in _steps_of(change)))
        return Outcome(change, Result.DONE, "\n".join(told))

    def _with_ids(self, key: Key, spec: Spec) -> Spec:
        def an_id(refers: Refers, text: str) -> str:
            return text if is_aws_id(text) else self._ids[target(key, refers, text)]

        return exchanged(spec, an_id)


def _steps_of(change: Change) -> Iterable[StepId]:
    return (StepId(change.key, act) for act in Act)
