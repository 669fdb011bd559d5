"""Who changed a resource last, and when, as CloudTrail's event history tells it.

A lookup takes one attribute, and here that is the event's name. Under a resource's name CloudTrail
files much else (a launch under the launched worker's security groups and key pair), and for what
belongs to SSM nothing is promised. By event the number of lookups depends on the kinds alone.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-supported-resource-types.html

A call shows after about five minutes, sometimes fifteen, and for ninety days.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.aws.changing_calls import CALLS, IAM, Event, changed
from reconciler.aws.errors import Refused, explained
from reconciler.aws.session import Aws

# CloudTrail answers two lookups a second for an account and region, whoever asks. Retries would
# get us through more of them, at the expense of everybody else's.
PACE_SECONDS = 0.5
MOST_LOOKUPS = 80
"""In one region: forty seconds, and enough to begin with every kind there is."""

# What our sessions add to their user agent.
_OURS = "app/reconcile"


class Wanted(NamedTuple):
    """A resource of which the last change is wanted."""

    kind: str
    name: str
    """What AWS calls it."""
    id: str
    """AWS's id of it, or its ARN."""


class Deed(NamedTuple):
    """One call that changed a resource."""

    who: str
    """The caller's ARN, or what else there is of a caller without."""
    when: str
    """In UTC, to the second."""
    what: str
    """The event's name, such as AuthorizeSecurityGroupIngress."""


class Traced(NamedTuple):
    """The last deeds, as far as they are somebody else's than ours and CloudTrail knows them."""

    deeds: Mapping[Wanted, Deed]
    notes: tuple[str, ...]
    """Where and why nobody was looked up, or not to the end."""


def last_deeds(
    aws: Aws, wanted: Iterable[Wanted], sleep: Callable[[float], None] = time.sleep
) -> Traced:
    """Who changed each of these last.

    Where the last change is our own there is no deed: it made the resource as git said then, so
    what somebody did before is undone. A name that may not be the last one is not told either.
    """
    places: dict[str, list[Wanted]] = {}
    for one in wanted:
        places.setdefault(_region(aws, one), []).append(one)
    deeds: dict[Wanted, Deed] = {}
    notes: list[str] = []
    for region, some in places.items():
        try:
            with explained():
                found = _newest(aws.client("cloudtrail", region), some, sleep)
        except Refused as refused:
            notes.append(f"who changed things in {region} is not known: {refused}")
            continue
        deeds |= {one: _deed(event) for one, event in found.events.items() if not _ours(event)}
        if found.open:
            notes.append(_not_to_the_end(region, len(found.open)))
    return Traced(deeds, tuple(notes))


def _not_to_the_end(region: str, count: int) -> str:
    resources = "one resource" if count == 1 else f"{count} resources"
    return (
        f"who changed {resources} in {region} last is not known: CloudTrail has more events than "
        f"{MOST_LOOKUPS} lookups give"
    )


def _region(aws: Aws, wanted: Wanted) -> str:
    """IAM's events are in one region only.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
    """
    return aws.home if CALLS[wanted.kind].source == IAM else aws.region


class _Lookup(NamedTuple):
    """A look for the events of one name, as far as it has got."""

    event_name: str
    wanted: tuple[Wanted, ...]
    """Whose last change may be such an event."""
    token: str = ""
    back_to: str = "9999"
    """The time of the oldest event that was read."""

    def open(self, newest: Mapping[Wanted, Event]) -> list[Wanted]:
        """Those of which what comes next may be the last change."""
        return [w for w in self.wanted if w not in newest or _when(newest[w]) < self.back_to]


class _Found(NamedTuple):
    events: dict[Wanted, Event]
    open: frozenset[Wanted]


def _newest(client: Any, wanted: Sequence[Wanted], sleep: Callable[[float], None]) -> _Found:
    """The last change of each, ours or not; the first pages of all lookups come first."""
    newest: dict[Wanted, Event] = {}
    lookups = _lookups(wanted)
    for asked in range(MOST_LOOKUPS):
        lookups = [lookup for lookup in lookups if lookup.open(newest)]
        if not lookups:
            break
        if asked:
            sleep(PACE_SECONDS)
        lookup, *lookups = lookups
        events, token = _page(client, lookup)
        for event in events:
            for one in lookup.wanted:
                if changed(event, one.kind, one.name, one.id):
                    newest[one] = _later(newest.get(one, event), event)
        if token:
            back_to = _when(events[-1]) if events else lookup.back_to
            lookups.append(lookup._replace(token=token, back_to=back_to))
    still = frozenset(one for lookup in lookups for one in lookup.open(newest))
    return _Found({one: event for one, event in newest.items() if one not in still}, still)


def _lookups(wanted: Sequence[Wanted]) -> list[_Lookup]:
    names = dict.fromkeys(name for one in wanted for name in CALLS[one.kind].names)
    return [
        _Lookup(name, tuple(one for one in wanted if name in CALLS[one.kind].names))
        for name in names
    ]


def _page(client: Any, lookup: _Lookup) -> tuple[list[Event], str]:
    """Up to fifty events, the newest first, and the token of the next page."""
    answer = client.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": lookup.event_name}],
        **({"NextToken": lookup.token} if lookup.token else {}),
    )
    events = [json.loads(event["CloudTrailEvent"]) for event in answer["Events"]]
    return events, answer.get("NextToken", "")


def _later(one: Event, other: Event) -> Event:
    """Of two in the same second, the one that is not ours."""
    return max(one, other, key=lambda event: (_when(event), not _ours(event)))


def _when(event: Event) -> str:
    return str(event["eventTime"])


def _ours(event: Event) -> bool:
    return _OURS in (event.get("userAgent") or "").split()


def _deed(event: Event) -> Deed:
    return Deed(_who(event.get("userIdentity") or {}), _when(event), str(event["eventName"]))


def _who(identity: Mapping[str, Any]) -> str:
    """AWS's own services have no ARN, nor has everybody from outside.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    known = (identity.get(part) for part in ("arn", "userName", "invokedBy", "principalId"))
    return next((str(name) for name in known if name), "somebody unnamed")
