"""Pages that end early: fewer entries than were asked for, or none, and a token for the rest.

No page of AWS's promises to be full. SSM's filters are known to leave pages empty:
https://github.com/boto/boto3/issues/1632
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
IAM may return fewer than MaxItems and have more:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import botocore.session

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters

_CUT = re.compile(r"cut-(\d+)-(.*)", re.DOTALL)


class _Paging(NamedTuple):
    """How a listing is paged: what its token is called in the call and in the answer."""

    asked: str
    told: str
    more: str | None
    """What says, beside the token, whether there is more."""
    results: tuple[str, ...]


def pages(moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
    """Most pages in two, of which the first may be empty."""
    paging = _paging(moment.call)
    if paging is None or not _in_pages(moment.call, parameters):
        return onward(parameters)
    begun = _CUT.fullmatch(str(parameters.get(paging.asked, "")))
    if begun:
        rest = {**parameters, paging.asked: begun[2]}
        answer = onward(rest if begun[2] else _without(rest, paging.asked))
        return _part(answer, paging, int(begun[1]), None)
    answer = onward(parameters)
    length = sum(len(answer.get(name) or ()) for name in paging.results)
    dice = moment.luck("pages")
    if not length or dice.random() < 0.25:
        return answer
    end, token = dice.randrange(length), parameters.get(paging.asked, "")
    marker = {paging.told: f"cut-{end}-{token}", **({paging.more: True} if paging.more else {})}
    return {**_part(answer, paging, 0, end), **marker}


def continues(call: Call, parameters: Parameters) -> bool:
    """Whether the call asks for another page of what it was told to go on with."""
    paging = _paging(call)
    return bool(paging and parameters.get(paging.asked))


def _part(answer: Answer, paging: _Paging, start: int, end: int | None) -> Answer:
    """Some of the entries, where several lists are one after the other."""
    found, before = dict(answer), 0
    for name in paging.results:
        entries = answer.get(name)
        if entries is not None:
            stop = None if end is None else max(0, end - before)
            found[name] = entries[max(0, start - before) : stop]
            before += len(entries)
    return found


def _without(parameters: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if key != name}


def _in_pages(call: Call, parameters: Parameters) -> bool:
    """EC2 answers in pages only who asks for them, and tells of some ids all at once.

    https://docs.aws.amazon.com/AWSEC2/latest/DevGuide/pagination.html
    """
    return call.service != "ec2" or "MaxResults" in parameters


def _paging(call: Call) -> _Paging | None:
    described = _paginators(call.service).get(call.operation)
    # None of our services has a listing with several tokens.
    if described is None or isinstance(described["input_token"], list):
        return None
    results = described["result_key"]
    return _Paging(
        described["input_token"],
        described["output_token"],
        described.get("more_results"),
        tuple(results) if isinstance(results, list) else (results,),
    )


@cache
def _paginators(service: str) -> dict[str, Any]:
    loader = botocore.session.get_session().get_component("data_loader")
    described: dict[str, Any] = loader.load_service_model(service, "paginators-1")["pagination"]
    return described
