"""IAM policy documents, parsed, so that two that say the same are equal."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal
from pydantic_core import PydanticCustomError

from reconciler.fields.plain import SET, Bool, OneOrMany
from reconciler.model import Spec

_ROOT = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):root")


def _accounts(principals: tuple[str, ...]) -> tuple[str, ...]:
    """AWS turns an account's id into the ARN of its root, which is the same principal.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    roots = ((text, _ROOT.fullmatch(text)) for text in principals)
    return tuple(root[1] if root else text for text, root in roots)


def _anyone(value: Any) -> Any:
    """`*` by itself means the same as every AWS principal (same page)."""
    return {"AWS": ("*",)} if value == "*" else value


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


_Scalar = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | Bool | int | float)]
_Values = Annotated[
    tuple[_Scalar, ...],
    BeforeValidator(
        lambda value: value if isinstance(value, list | tuple) else (value,),
        json_schema_input_type=str | Bool | int | float | list[str | Bool | int | float],
    ),
    SET,
]
Condition = dict[str, dict[str, _Values]]
_Who = Literal["AWS", "Service", "Federated", "CanonicalUser"]
Principals = Annotated[
    dict[_Who, Annotated[OneOrMany, AfterValidator(_accounts), SET]],
    Field(min_length=1),
    BeforeValidator(
        _anyone,
        json_schema_input_type=Literal["*"]
        | Annotated[
            dict[_Who, str | Annotated[list[str], Field(min_length=1)]],
            Field(min_length=1),
        ],
    ),
]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Statement(Spec):
    """What every statement has, whatever kind of policy it stands in."""

    model_config = ConfigDict(alias_generator=to_pascal)

    sid: Annotated[str | None, Field(pattern="^[A-Za-z0-9]*$")] = None
    effect: Literal["Allow", "Deny"]
    action: OneOrMany | None = None
    not_action: OneOrMany | None = None
    condition: Condition | None = None

    def line(self) -> str:
        """The statement as one line of JSON, lists of one as texts, in AWS's order of fields."""
        return json.dumps(compact(self), separators=(", ", ": "))


class IdentityStatement(Statement):
    """A statement of what the role that holds it may do."""

    exactly_one: ClassVar = (("Action", "NotAction"), ("Resource", "NotResource"))

    resource: OneOrMany | None = None
    not_resource: OneOrMany | None = None


class TrustStatement(Statement):
    """A statement of who may take a role on."""

    exactly_one: ClassVar = (("Action", "NotAction"), ("Principal", "NotPrincipal"))

    principal: Principals | None = None
    not_principal: Principals | None = None


class _PolicyDocument(Spec):
    model_config = ConfigDict(alias_generator=to_pascal)

    version: Literal["2008-10-17", "2012-10-17"] = "2008-10-17"
    """AWS takes a document without a version for one of 2008."""
    id: str | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.statement  # type: ignore[attr-defined,no-any-return]

    @model_validator(mode="after")
    def _sids_once(self) -> Self:
        sids = [statement.sid for statement in self.statements if statement.sid]
        for sid in sids:
            if sids.count(sid) > 1:
                raise PydanticCustomError(
                    "same_sid", "two statements have the Sid {sid}", {"sid": repr(sid)}
                )
        return self

    def words(self) -> Any:
        """Statements by their Sid, so that a difference shows inside one; others as whole lines."""
        named = {
            s.sid: {k: v for k, v in s.words().items() if k != "Sid"}
            for s in self.statements
            if s.sid
        }
        unnamed = frozenset(s.line() for s in self.statements if not s.sid)
        return {
            "Version": self.version,
            **({"Id": self.id} if self.id else {}),
            **named,
            "Statement": unnamed,
        }

    def json_text(self) -> str:
        """The document as IAM is sent it; the same bytes for the same policy."""
        return json.dumps(compact(self), separators=(",", ":"))

    @classmethod
    def parse(cls, text: str | dict[str, Any]) -> Self:
        """The document as IAM answers it: URL-encoded JSON, which botocore decodes in most places."""
        return cls.model_validate(text if isinstance(text, dict) else json.loads(unquote(text)))


class IdentityPolicy(_PolicyDocument):
    """What its holder may do."""

    statement: Annotated[
        tuple[IdentityStatement, ...],
        Field(min_length=1),
        BeforeValidator(
            _listed,
            json_schema_input_type=IdentityStatement
            | Annotated[list[IdentityStatement], Field(min_length=1)],
        ),
        SET,
    ]


class TrustPolicy(_PolicyDocument):
    """Who may take the role on."""

    statement: Annotated[
        tuple[TrustStatement, ...],
        Field(min_length=1),
        BeforeValidator(
            _listed,
            json_schema_input_type=TrustStatement
            | Annotated[list[TrustStatement], Field(min_length=1)],
        ),
        SET,
    ]


def compact(value: Any) -> Any:
    """Plain JSON of a policy, a list of one written as the one, as AWS's own examples do."""
    if isinstance(value, Spec):
        fields = type(value).model_fields
        pairs = ((fields[name].alias or name, item) for name, item in value if item is not None)
        return {alias: compact(item) for alias, item in pairs}
    if isinstance(value, dict):
        return {key: compact(item) for key, item in sorted(value.items())}
    if isinstance(value, tuple):
        return compact(value[0]) if len(value) == 1 else [compact(item) for item in value]
    return value
