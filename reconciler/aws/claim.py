"""A claim to what only one may have: a parameter in SSM that says who has it.

AWS decides who is first, since a parameter is created only where none has its name.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
It names no order between a write and the reads after it, so nobody has a claim before a read has
shown the value that was written.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import NamedTuple
from uuid import uuid4

from reconciler.aws.errors import code, explained, gone_is_fine
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_pairs
from reconciler.errors import ReconcileError
from reconciler.fields.tags import ESTATE, RESOURCE

# AWS asks for 30 seconds between deleting a parameter and creating one of its name, and says
# TooManyUpdates where tags of the old one are still about. What was just made may not show yet.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
# https://github.com/awslabs/aws-orbit-workbench/issues/1170
# https://github.com/aws/aws-cdk-cli/pull/830
SETTLES = 30.0
_NOT_NOW = ("ParameterAlreadyExists", "TooManyUpdates")


@dataclass(frozen=True)
class Holder:
    """Who has something, or wants it."""

    who: str
    """The ARN that STS gives the caller."""
    where: str
    """The host's name."""
    since: str
    """When the run asked for it, in UTC."""
    commit: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))
    """What this run alone knows itself by, and `reconcile unlock` the lock that is meant."""
    loop: str = ""
    """The id of the loop whose pass this is, if it is one's."""

    def __str__(self) -> str:
        return f"{self.told} (lock {_plain(self.id)})"

    @property
    def told(self) -> str:
        """Everything but the id."""
        commit = f", at commit {self.commit}" if self.commit else ""
        return _plain(f"{self.who} on {self.where} since {self.since}{commit}")


class Claim(NamedTuple):
    """What can be had once in an estate, under a name of its own."""

    aws: Aws
    estate: str
    sort: str
    words: str
    """What it is, for who reads of it."""

    @property
    def name(self) -> str:
        return f"/reconciler/{self.sort}/{self.estate}"

    def holder(self) -> Holder | None:
        """Who has it; refuses what has its name and is something else."""
        return self.named(self.text())

    def named(self, text: str | None) -> Holder | None:
        """Whom the parameter's text names; refuses what names nobody."""
        there = parsed(text)
        if text is not None and there is None:
            raise ReconcileError(
                f"the parameter {self.name} in {self.aws.region} is where {self.words} belongs, "
                "and holds something else, which is left alone: delete it if nobody needs it"
            )
        return there

    def text(self) -> str | None:
        """What the parameter holds, if there is one; a secret stays encrypted."""
        with explained(f" (it is {self.words})"), gone_is_fine("ParameterNotFound"):
            answer = self.aws.client("ssm").get_parameter(Name=self.name)
            return str(answer["Parameter"]["Value"])
        return None

    def create(self, me: Holder) -> bool:
        """Whether AWS made the parameter now; what is there is never written over."""
        from botocore.exceptions import ClientError

        with explained(f" (it is {self.words})"):
            try:
                self.aws.client("ssm").put_parameter(
                    Name=self.name,
                    Type="String",
                    Tier="Standard",
                    Value=json.dumps(asdict(me)),
                    Description=f"This is {self.words}: somebody has it while this is here",
                    Tags=as_pairs(
                        {ESTATE: self.estate, RESOURCE: f"{self.sort.title()}/{self.estate}"}
                    ),
                )
            except ClientError as error:
                if code(error) not in _NOT_NOW:
                    raise
                return False
            return True

    def write(self, me: Holder, renewals: int) -> None:
        """Write ours over what is there, with how often it was renewed, so that each differs."""
        with explained(f" (it is {self.words})"):
            self.aws.client("ssm").put_parameter(
                Name=self.name,
                Type="String",
                Value=json.dumps({**asdict(me), "renewals": renewals}),
                Overwrite=True,
            )

    def delete(self, left_over: str) -> None:
        """Take it away; `left_over` says what follows where that fails."""
        with explained(left_over), gone_is_fine("ParameterNotFound"):
            self.aws.client("ssm").delete_parameter(Name=self.name)


def parsed(text: str | None) -> Holder | None:
    """The holder that a text names, or None where it names nobody.

    Words that it does not know it leaves out: a later version may write more of them. An earlier
    one wrote no `loop`.
    """
    try:
        words = {"loop": "", **json.loads(text or "")}
        known = {word.name: words[word.name] for word in fields(Holder)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Holder(**known) if all(isinstance(word, str) for word in known.values()) else None


def _plain(line: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in line)
