"""EventRule: an EventBridge rule on the default bus, which sends events to queues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field

from reconciler.aws.errors import Refused, gone_is_fine
from reconciler.aws.events import GONE, SETTLING, all_done
from reconciler.aws.grants import looks, regional
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs, tagged_things
from reconciler.fields.event import EventPattern, Schedule, Target, pattern_text
from reconciler.fields.plain import ONCE, SET, Bool
from reconciler.fields.tags import ESTATE, RESOURCE, TagChange
from reconciler.kinds.kind import Kind, Sought, There, given, spec_of
from reconciler.model import Observed
from reconciler.spec import Spec


class EventRuleSpec(Spec):
    """An EventBridge rule on the default bus, where AWS's own services tell of what happens."""

    some_of: ClassVar = ("eventPattern", "schedule")

    description: Annotated[str, Field(max_length=512)] = ""
    event_pattern: EventPattern | None = None
    """Which events, in EventBridge's own language."""
    schedule: Schedule | None = None
    """When it makes an event itself."""
    enabled: Bool = True
    """Whether it is at work."""
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    targets: Annotated[tuple[Target, ...], Field(max_length=5), ONCE, SET] = ()
    """The queues that get the events."""


class EventRule(Kind[EventRuleSpec]):
    name = "EventRule"
    spec = EventRuleSpec
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    names = r"^[.\-_A-Za-z0-9]+$"
    longest = 64
    reads = (
        looks(
            "events:ListRules",
            "events:ListTagsForResource",
            "events:ListTargetsByRule",
            "tag:GetResources",
        ),
    )
    writes = (
        regional(
            "EventRules",
            "events:rule/{EventRule}",
            "events:DeleteRule",
            "events:PutRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "events:TagResource",
            "events:UntagResource",
        ),
    )

    def observe(self, aws: Aws, sought: Sought[EventRuleSpec]) -> Iterable[Observed]:
        # The tagging API lags behind: it says where to look, and not whose a thing is.
        listed = _listed(aws)
        perhaps_ours = tagged_things(aws, sought.estate) if listed else {}
        for rule in listed:
            name, arn = rule["Name"], rule["Arn"]
            if arn in perhaps_ours or sought.named(name):
                with gone_is_fine(*GONE):
                    tags = _tags(aws, arn)
                    if sought.concerns(name, tags):
                        yield Observed(name, arn, _spec(rule, _targets(aws, name)), tags)

    def there(self, aws: Aws) -> Iterable[There]:
        for rule in _listed(aws):
            if not rule.get("ManagedBy"):
                yield There(rule["Name"], rule["Arn"])

    def create(self, aws: Aws, name: str, spec: EventRuleSpec, tags: Mapping[str, str]) -> str:
        _refuse_anothers(aws, name, tags)
        made = _put(aws, name, spec, Tags=as_pairs(tags))
        # AWS may not know the rule yet where it is asked about.
        _send_to(aws, name, [], spec.targets)
        return str(made["RuleArn"])

    def update(self, aws: Aws, before: Observed, after: EventRuleSpec) -> None:
        old = spec_of(before, EventRuleSpec)
        if _said(old) != _said(after):
            _put(aws, before.name, after)
        if old.targets != after.targets:
            _send_to(aws, before.name, _targets(aws, before.name), after.targets)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        events = aws.client("events")
        if change.write:
            events.tag_resource(ResourceARN=observed.id, Tags=as_pairs(change.write))
        if change.drop:
            events.untag_resource(ResourceARN=observed.id, TagKeys=list(change.drop))

    def delete(self, aws: Aws, observed: Observed) -> None:
        """A rule must have no targets when it goes.

        https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
        """
        with gone_is_fine(*GONE):
            _send_to(aws, observed.name, _targets(aws, observed.name), ())
            delete = partial(aws.client("events").delete_rule, Name=observed.name)
            aws.patiently(delete, *SETTLING)


def _listed(aws: Aws) -> list[dict[str, Any]]:
    return aws.pages("events", "list_rules", "Rules", PaginationConfig={"PageSize": 100})


def _tags(aws: Aws, arn: str) -> dict[str, str]:
    return as_mapping(aws.client("events").list_tags_for_resource(ResourceARN=arn).get("Tags"))


def _targets(aws: Aws, name: str) -> list[dict[str, Any]]:
    return aws.pages("events", "list_targets_by_rule", "Targets", Rule=name)


def _refuse_anothers(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    """PutRule writes over what is there, so what has come to be since we looked must be seen."""
    for rule in aws.pages("events", "list_rules", "Rules", NamePrefix=name):
        if rule["Name"] == name:
            there = _tags(aws, rule["Arn"])
            if any(there.get(tag) != tags[tag] for tag in (ESTATE, RESOURCE)):
                raise Refused(
                    f"a rule {name} has come to be meanwhile that is not ours: see a plan"
                )


def _put(aws: Aws, name: str, spec: EventRuleSpec, **more: Any) -> dict[str, Any]:
    """What is not said is taken away from a rule that is there, but for its tags and targets."""
    put = partial(aws.client("events").put_rule, Name=name, **_said(spec), **more)
    return dict(aws.patiently(put, *SETTLING))


def _send_to(
    aws: Aws, rule: str, there: Sequence[Mapping[str, Any]], targets: Sequence[Target]
) -> None:
    """Have the rule these targets and no others; what goes goes first: there may be five."""
    events = aws.client("events")
    kept = [_target(one) for one in there]
    going = [one["Id"] for one in there if _target(one) not in targets]
    coming = [_written(target) for target in targets if target not in kept]
    if going:
        remove = partial(events.remove_targets, Rule=rule, Ids=going)
        aws.patiently(lambda: all_done("RemoveTargets", remove()), *SETTLING)
    if coming:
        put = partial(events.put_targets, Rule=rule, Targets=coming)
        aws.patiently(lambda: all_done("PutTargets", put()), *SETTLING, *GONE)


def _said(spec: EventRuleSpec) -> dict[str, Any]:
    """The spec in EventBridge's words, but for the targets."""
    return given(
        Description=spec.description or None,
        EventPattern=spec.event_pattern and pattern_text(spec.event_pattern),
        ScheduleExpression=spec.schedule,
        State="ENABLED" if spec.enabled else "DISABLED",
    )


def _spec(rule: Mapping[str, Any], targets: Iterable[Mapping[str, Any]]) -> EventRuleSpec:
    pattern = rule.get("EventPattern")
    return EventRuleSpec.seen(
        description=rule.get("Description", ""),
        event_pattern=json.loads(pattern) if pattern else None,
        schedule=rule.get("ScheduleExpression"),
        enabled=_STATES.get(rule["State"], rule["State"]),
        targets=tuple(_target(target) for target in targets),
    )


# Another state there is lets rules see more of CloudTrail's events: no document can say that.
_STATES = {"ENABLED": True, "DISABLED": False}
_UNDERSTOOD = {"Id", "Arn", "InputPath", "SqsParameters"}


def _target(held: Mapping[str, Any]) -> Target:
    """A target of AWS's, which may be no queue, or have more to it than a document could say."""
    more = sorted(held.keys() - _UNDERSTOOD)
    return Target.seen(
        queue=held["Arn"] + (f" with {', '.join(more)}" if more else ""),
        input_path=held.get("InputPath"),
        message_group_id=held.get("SqsParameters", {}).get("MessageGroupId"),
    )


def _written(target: Target) -> dict[str, Any]:
    """A target in EventBridge's words; its id comes from its content, so that it is put once."""
    group = target.message_group_id
    said = given(
        Arn=target.queue,
        InputPath=target.input_path,
        SqsParameters={"MessageGroupId": group} if group else None,
    )
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return {"Id": f"reconciler-{digest[:16]}", **said}
