"""The IAM policies that are enough for an estate, made of what its kinds say that they call. Pure.

Everything is read of every kind, since what is no longer declared must still be seen. Changed can
be the kinds that are declared: so what deletes the last of a kind is a policy made before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.aws.by_tag import BUCKET, PEOPLE, PURGE
from reconciler.aws.grants import Grant, looks
from reconciler.fields.policy_document import IdentityPolicy, compact
from reconciler.kinds import KINDS
from reconciler.kinds.kind import Kind
from reconciler.load import Declared
from reconciler.model import Account, Estate, Resource

_TRAIL = looks("cloudtrail:LookupEvents")
_LOCK = Grant(
    "Lock",
    ("ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"),
    (
        "arn:{partition}:ssm:{home}:{account}:parameter/reconciler/lock/{estate}",
        "arn:{partition}:ssm:{home}:{account}:parameter/reconciler/loop/{estate}",
    ),
)
# The streams of a group have its ARN, a colon and more, and reading is asked for with the colon.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
_GROUP = "arn:{partition}:logs:{home}:{account}:log-group:{log_group}:*"
_JOURNAL_READ = Grant("JournalRead", ("logs:FilterLogEvents",), (_GROUP,))
_JOURNAL = Grant("Journal", ("logs:CreateLogStream", "logs:PutLogEvents"), (_GROUP,))
# What a launch may refer to.
_LAUNCHED_WITH = ("InstanceProfile", "KeyPair", "SecurityGroup")
_BY_TAG = {
    "people": (*PEOPLE, *(grant for name in _LAUNCHED_WITH for grant in KINDS[name].reads)),
    "purge": (*PURGE, *(grant for kind in KINDS.values() for grant in kind.reads)),
}


class Purpose(NamedTuple):
    """What the policies are for, and in which of AWS's partitions."""

    read_only: bool
    partition: str
    by_tag: str = ""
    """Whether it is for people's own commands or for a purge, and not for runs: people or purge."""

    @property
    def option(self) -> str:
        """What asks the command for such policies, if anything must."""
        word = "read-only" if self.read_only else self.by_tag
        return f"--{word}" if word else ""

    def role(self, account: Account) -> str:
        """The role by which an account is entered, or "" where one's own credentials do it."""
        return (self.read_only and account.read_only_role) or account.role

    def assumed(self, account: Account) -> set[str]:
        """All roles that are assumed there: who may change things looks as well."""
        looking = Purpose(True, self.partition).role(account)
        return {self.role(account), looking} - {""}


def own_policy(declared: Declared, purpose: Purpose) -> IdentityPolicy:
    """For the credentials that a run begins with: they assume roles, or do the work themselves."""
    accounts = declared.estate.accounts
    roles = [
        f"arn:{purpose.partition}:iam::{account.id}:role/{role}"
        for account in accounts
        for role in purpose.assumed(account)
    ]
    grants = [Grant("AssumeRoles", ("sts:AssumeRole",), tuple(roles))]
    for account in accounts:
        if not purpose.role(account):
            grants += _inside(declared, account, purpose)
    return _policy(grants)


def account_policy(declared: Declared, account: Account, purpose: Purpose) -> IdentityPolicy:
    """For whatever is at work in one of the accounts: the role there, if it names one."""
    return _policy(_inside(declared, account, purpose))


def as_json(policy: IdentityPolicy) -> str:
    """The policy as IAM's console shows one."""
    statements = [compact(statement) for statement in policy.statements]
    return json.dumps({**compact(policy), "Statement": statements}, indent=2) + "\n"


def _inside(declared: Declared, account: Account, purpose: Purpose) -> Iterator[Grant]:
    here = [one for one in declared.resources if one.key.scope.account == account.id]
    words = {
        "partition": purpose.partition,
        "account": account.id,
        "estate": declared.estate.name,
        "home": declared.estate.home.region,
        "log_group": declared.estate.log_group,
        "bucket": declared.estate.bucket,
    }
    names = {kind.name: _names(kind, declared.estate, here) for kind in KINDS.values()}
    for grant in _needed(declared.estate, account, here, purpose):
        yield _filled(grant, words, names, declared.estate.regions)


def _needed(
    estate: Estate, account: Account, here: Sequence[Resource], purpose: Purpose
) -> Iterator[Grant]:
    if purpose.by_tag:
        yield from _BY_TAG[purpose.by_tag]
    else:
        yield from _for_runs(estate, here, purpose.read_only)
    if account.id == estate.home.account:
        yield from _kept_once(estate, purpose)


def _for_runs(estate: Estate, here: Sequence[Resource], read_only: bool) -> Iterator[Grant]:
    yield _TRAIL
    for kind in KINDS.values():
        yield from kind.reads
        specs = [one.spec for one in here if one.key.kind == kind.name]
        if specs:
            yield from kind.senses
        if specs and not read_only:
            yield from kind.grants(specs)
    yield from _notices(estate, here, read_only)


def _notices(estate: Estate, here: Sequence[Resource], read_only: bool) -> Iterator[Grant]:
    """For the queue that brings notices; a look reads them too, and leaves them where they are."""
    queue = ("Queue", estate.notices)
    names = sorted({_plain(one.name) for one in here if one.key[:2] == queue})
    arns = tuple(f"arn:{{partition}}:sqs:{{region}}:{{account}}:{name}" for name in names)
    yield Grant("NoticesRead", ("sqs:ReceiveMessage",), arns)
    if not read_only:
        yield Grant("Notices", ("sqs:DeleteMessage",), arns)


def _kept_once(estate: Estate, purpose: Purpose) -> Iterator[Grant]:
    """For what is kept in the estate's home alone."""
    journal = estate.log_group and purpose.by_tag != "purge"
    if journal:
        yield _JOURNAL_READ
    if journal and not purpose.read_only:
        yield _JOURNAL
    if estate.bucket and purpose.by_tag:
        yield from BUCKET[purpose.by_tag]
    if not purpose.read_only:
        yield _LOCK


def _names(kind: Kind[Any], estate: Estate, resources: Iterable[Resource]) -> list[str]:
    """Patterns of AWS's names: all with the prefix, and one by one those without it."""
    beginning = kind.aws_name(estate.prefix, "")
    # A parameter's ARN has one slash before the name, whether that begins with one or not.
    names = {one.name.removeprefix("/") for one in resources if one.key.kind == kind.name}
    others = {_plain(name) for name in names if not beginning or not name.startswith(beginning)}
    return [*([f"{beginning}*"] if beginning else []), *sorted(others)]


def _plain(name: str) -> str:
    """The name without wildcards.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return re.sub(r"[*?$]", r"${\g<0>}", name)


def _filled(
    grant: Grant, words: Mapping[str, str], names: Mapping[str, list[str]], regions: Sequence[str]
) -> Grant:
    when = {
        operator: {key: tuple(_said(one, words) for one in values) for key, values in keys.items()}
        for operator, keys in (grant.when or {}).items()
    }
    region, regional = regions[0], any("{region}" in arn for arn in grant.on)
    if len(regions) > 1 and regional:
        region = "*"
        when.setdefault("StringEquals", {})["aws:RequestedRegion"] = tuple(regions)
    words = {**words, "region": region}
    return grant._replace(
        on=tuple(one for arn in grant.on for one in _arns(arn, words, names)), when=when
    )


def _arns(arn: str, words: Mapping[str, str], names: Mapping[str, list[str]]) -> Iterator[str]:
    """The ARN for each name of the kind that stands in it, if one does."""
    kind = next((kind for kind in names if f"{{{kind}}}" in arn), "")
    for name in names.get(kind, [""]):
        yield _said(arn, {**words, kind: name})


def _said(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text)


def _policy(grants: Iterable[Grant]) -> IdentityPolicy:
    parts: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.on:
            parts.setdefault(grant.sid, []).append(grant)
    statements = [_statement(sid, parts[sid]) for sid in sorted(parts)]
    return IdentityPolicy.model_validate({"Version": "2012-10-17", "Statement": statements})


def _statement(sid: str, parts: Sequence[Grant]) -> dict[str, Any]:
    condition: dict[str, dict[str, list[str]]] = {}
    for part in parts:
        for operator, keys in (part.when or {}).items():
            for key, values in keys.items():
                condition.setdefault(operator, {}).setdefault(key, []).extend(values)
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [action for part in parts for action in part.actions],
        "Resource": [arn for part in parts for arn in part.on],
        "Condition": condition,
    }
