"""Queue: an SQS queue, for tasks that wait or for events that tell of something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Self

from pydantic import ValidationInfo, model_validator

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import looks, regional
from reconciler.aws.session import Aws
from reconciler.aws.sqs import GONE, SETTLING, UNSEEN, arn_of, name_in, url_of
from reconciler.aws.tagging import tagged_things
from reconciler.fields import queue_policy
from reconciler.fields.plain import ONCE, SET, from_git
from reconciler.fields.policy_document import no_larger
from reconciler.fields.queue import QUEUE_NAME, RuleReference
from reconciler.fields.queue_attributes import FIFO, QueueAttributes, seen_in_aws, told_to_aws
from reconciler.fields.queue_policy import LARGEST, QueuePolicy
from reconciler.fields.tags import TagChange
from reconciler.kinds.kind import Kind, Sought, There, User, spec_of
from reconciler.model import Observed
from reconciler.spec import Refers


class QueueSpec(QueueAttributes):
    """An SQS queue: a FIFO queue if its name ends in .fifo, and a standard one if not."""

    policy: QueuePolicy | None = None
    """Who may use it, beside those whom IAM lets; in IAM's own language."""
    event_rules: Annotated[
        tuple[RuleReference, ...], ONCE, SET, Refers("EventRule", mutual=True)
    ] = ()
    """The event rules that may send to it: names of EventRule documents here, or ARNs."""

    @model_validator(mode="after")
    def _not_too_large(self, info: ValidationInfo) -> Self:
        if from_git(info) and self.policy:
            no_larger(LARGEST, self.policy)
        return self


class Queue(Kind[QueueSpec]):
    name = "Queue"
    spec = QueueSpec
    names = QUEUE_NAME
    longest = 80
    reads = (
        looks(
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ListQueues",
            "sqs:ListQueueTags",
            "tag:GetResources",
        ),
    )
    writes = (
        regional(
            "Queues",
            "sqs:{Queue}",
            "sqs:CreateQueue",
            "sqs:DeleteQueue",
            "sqs:SetQueueAttributes",
            "sqs:TagQueue",
            "sqs:UntagQueue",
        ),
    )

    def misfit(self, name: str, spec: QueueSpec) -> str:
        asked = spec.asked_of_fifo()
        if not asked or name.endswith(FIFO):
            return ""
        return f"{asked[0]} is for FIFO queues only, and their names end in {FIFO}"

    def observe(self, aws: Aws, sought: Sought[QueueSpec]) -> Iterable[Observed]:
        # The tagging API lags behind: it says where to look, and not whose a thing is.
        listed = _listed(aws)
        perhaps_ours = tagged_things(aws, sought.estate) if listed else {}
        for url in listed:
            name, arn = name_in(url), arn_of(aws, url)
            if arn in perhaps_ours or sought.named(name):
                with gone_is_fine(*GONE):
                    tags = aws.client("sqs").list_queue_tags(QueueUrl=url).get("Tags", {})
                    if sought.concerns(name, tags):
                        yield Observed(name, arn, _spec(_attributes(aws, url, "All"), arn), tags)

    def there(self, aws: Aws) -> Iterable[There]:
        return [There(name_in(url), arn_of(aws, url)) for url in _listed(aws)]

    def create(self, aws: Aws, name: str, spec: QueueSpec, tags: Mapping[str, str]) -> str:
        """SQS gives an existing queue for a new one only where all that is said here is the same.

        The policy comes after that, since it names the queue by its ARN.
        """
        said = {key: value for key, value in told_to_aws(spec, name).items() if value}
        fifo = {"FifoQueue": "true"} if name.endswith(FIFO) else {}
        make = partial(
            aws.client("sqs").create_queue,
            QueueName=name,
            Attributes={**said, **fifo},
            tags=dict(tags),
        )
        unseen = UNSEEN if spec.dead_letters else ()
        url = aws.patiently(make, *SETTLING, *unseen)["QueueUrl"]
        arn = arn_of(aws, url)
        if policy := queue_policy.together(spec.policy, spec.event_rules, arn):
            _set(aws, url, {"Policy": policy})
        return arn

    def update(self, aws: Aws, before: Observed, after: QueueSpec) -> None:
        old = spec_of(before, QueueSpec)
        was, said = told_to_aws(old, before.name), told_to_aws(after, before.name)
        changed = {key: value for key, value in said.items() if was[key] != value}
        if (old.policy, old.event_rules) != (after.policy, after.event_rules):
            changed["Policy"] = queue_policy.together(after.policy, after.event_rules, before.id)
        if changed:
            _set(aws, _url(aws, before.name), changed)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        sqs, url = aws.client("sqs"), _url(aws, observed.name)
        if change.write:
            sqs.tag_queue(QueueUrl=url, Tags=dict(change.write))
        if change.drop:
            sqs.untag_queue(QueueUrl=url, TagKeys=list(change.drop))

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine(*GONE):
            aws.client("sqs").delete_queue(QueueUrl=url_of(aws, observed.name))

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:
        """Nothing tells who sends and receives; what waits in a queue goes with it."""
        for queue in going:
            with gone_is_fine(*GONE):
                held = _attributes(aws, url_of(aws, queue.name), *_MESSAGES)
                if count := sum(int(held[name]) for name in _MESSAGES):
                    yield User(queue.id, f"about {count} messages, which would be lost")


_MESSAGES = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


def _listed(aws: Aws) -> list[str]:
    """Without a number for a page SQS tells of a thousand and no more.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
    """
    return aws.pages("sqs", "list_queues", "QueueUrls", PaginationConfig={"PageSize": 1000})


def _attributes(aws: Aws, url: str, *names: str) -> dict[str, str]:
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(names))
    return dict(answer.get("Attributes", {}))


def _url(aws: Aws, name: str) -> str:
    """The URL of a queue that may have been made a moment ago."""
    return aws.patiently(lambda: url_of(aws, name), *GONE)


def _set(aws: Aws, url: str, attributes: Mapping[str, str]) -> None:
    write = partial(aws.client("sqs").set_queue_attributes, QueueUrl=url, Attributes=attributes)
    unseen = UNSEEN if attributes.keys() & {"Policy", "RedrivePolicy"} else ()
    aws.patiently(write, *GONE, *unseen)


def _spec(held: Mapping[str, str], arn: str) -> QueueSpec:
    policy = json.loads(held["Policy"]) if held.get("Policy") else None
    rest, rules = queue_policy.apart(queue_policy.seen(policy) if policy else None, arn)
    return QueueSpec.seen(**seen_in_aws(held), policy=rest, event_rules=rules)
