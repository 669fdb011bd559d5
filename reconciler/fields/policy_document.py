"""IAM policy documents, parsed, so that two that say the same are equal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.alias_generators import to_pascal
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import OneOrMany, from_git, repeated
from reconciler.fields.policy_words import (
    Action,
    ConditionKey,
    Effect,
    Operator,
    Principals,
    Resource,
    Values,
    widest,
)
from reconciler.spec import Spec


def _some(value: Any) -> Any:
    """An empty text or mapping says as little as none."""
    return value or None


def _ordered(condition: dict[str, dict[str, Any]] | None) -> dict[str, dict[str, Any]] | None:
    """One order for what has none, so that statements sort the same however they were written."""
    return {
        op: dict(sorted(keys.items())) for op, keys in sorted((condition or {}).items())
    } or None


Sid = Annotated[str, Field(pattern="^[A-Za-z0-9]*$")]
Condition = dict[Operator, dict[ConditionKey, Values]]


class Statement(Spec):
    """What every statement has, whatever kind of policy it stands in."""

    model_config = ConfigDict(alias_generator=to_pascal)

    sid: Annotated[Sid | None, AfterValidator(_some)] = None
    """A name for the statement."""
    effect: Effect
    action: OneOrMany[Action] | None = None
    """What is allowed or denied, such as ec2:Describe*."""
    not_action: OneOrMany[Action] | None = None
    """Everything but these actions."""
    condition: Annotated[Condition | None, AfterValidator(_ordered)] = None
    """When the statement counts: an operator, a key and values that it is compared with."""

    def line(self) -> str:
        """The statement as one line of JSON, lists of one as texts, in AWS's order of fields."""
        return json.dumps(compact(self), separators=(", ", ": "))

    def meaning(self) -> str:
        """The statement with all small whose case IAM does not look at, and nothing said twice.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
        """
        lists = ((name, getattr(self, name)) for name in _PATTERNS & type(self).model_fields.keys())
        fewest = {name: widest(_small(name, words)) for name, words in lists if words}
        conditions = {op: _keys(keys) for op, keys in (self.condition or {}).items()}
        return self.model_copy(update={**fewest, "condition": conditions}).line()


_PATTERNS = {"action", "not_action", "resource", "not_resource"}


def _small(name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """IAM looks at the case of resources, and not at that of actions."""
    return tuple(word.lower() for word in words) if name.endswith("action") else words


def _keys(keys: dict[str, Any]) -> dict[str, Any]:
    """The keys small, unless two would become one: what IAM makes of those nobody says."""
    small = {key.lower(): values for key, values in keys.items()}
    return small if len(small) == len(keys) else keys


class IdentityStatement(Statement):
    """A statement of what the role that holds it may do."""

    exactly_one: ClassVar = (("Action", "NotAction"), ("Resource", "NotResource"))

    resource: OneOrMany[Resource] | None = None
    """What it may be done to: ARNs, or `*`."""
    not_resource: OneOrMany[Resource] | None = None
    """Everything but these resources."""


class TrustStatement(Statement):
    """A statement of who may take a role on."""

    exactly_one: ClassVar = (("Action", "NotAction"), ("Principal", "NotPrincipal"))

    principal: Principals | None = None
    """Who may."""
    not_principal: Principals | None = None
    """Everyone but these."""


class PolicyDocument(Spec):
    """What every policy has, whatever its statements are of."""

    model_config = ConfigDict(alias_generator=to_pascal)

    version: Literal["2008-10-17", "2012-10-17"] = "2008-10-17"
    """Of the policy language. AWS takes a document without a version for one of 2008."""
    id: str | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.statement  # type: ignore[attr-defined,no-any-return]

    @model_validator(mode="after")
    def _sids_once(self, info: ValidationInfo) -> Self:
        sids = [statement.sid for statement in self.statements if statement.sid]
        if from_git(info) and (sid := repeated(sids)):
            raise PydanticCustomError(
                "same_sid", "two statements have the Sid {sid}", {"sid": repr(sid)}
            )
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return False
        # Most are the same word for word, and what they mean takes a while to find out.
        return vars(self) == vars(other) or self._meaning() == other._meaning()

    def __hash__(self) -> int:
        return hash(self._meaning())

    def _meaning(self) -> tuple[str, str | None, frozenset[str]]:
        return self.version, self.id, frozenset(s.meaning() for s in self.statements)

    def words(self) -> Any:
        """Statements by their Sid, so that a difference shows inside one; others as whole lines."""
        unnamed = frozenset(s.line() for s in self.statements if not s.sid)
        words = {"Version": self.version, "Id": self.id or "", "Statement": unnamed}
        for statement in self.statements:
            if sid := statement.sid:
                # A Sid may be a word of the document's own.
                name = f"Sid {sid}" if sid in words else sid
                words[name] = {k: v for k, v in statement.words().items() if k != "Sid"}
        return {name: value for name, value in words.items() if value != ""}

    def json_text(self) -> str:
        """The document as IAM is sent it; the same bytes for the same policy."""
        return json.dumps(compact(self), separators=(",", ":"))

    def size(self) -> int:
        """How many characters IAM counts, which are all but white space.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        """
        written = json.dumps(compact(self), separators=(",", ":"), ensure_ascii=False)
        return len(re.sub(r"\s", "", written))


class IdentityPolicy(PolicyDocument):
    """What its holder may do."""

    statement: OneOrMany[IdentityStatement]


class TrustPolicy(PolicyDocument):
    """Who may take the role on."""

    statement: OneOrMany[TrustStatement]


def no_larger(most: int, *policies: PolicyDocument) -> None:
    """Complain of policies that IAM would find too large."""
    size = sum(policy.size() for policy in policies)
    if size > most:
        raise PydanticCustomError(
            "too_large",
            "{size} characters of policy, white space not counted, and AWS takes {most}",
            {"size": size, "most": most},
        )


def compact(value: Any) -> Any:
    """Plain JSON of a policy, a list of one written as the one, as AWS's own examples do."""
    if isinstance(value, Spec):
        fields = type(value).model_fields
        pairs = ((fields[name].alias or name, item) for name, item in value if item)
        return {alias: compact(item) for alias, item in pairs}
    if isinstance(value, Mapping):
        return {key: compact(item) for key, item in sorted(value.items())}
    if isinstance(value, tuple):
        return compact(value[0]) if len(value) == 1 else [compact(item) for item in value]
    return value
