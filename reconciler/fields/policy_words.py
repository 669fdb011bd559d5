"""The words of a policy's statements: who, what, to what and when."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Tag
from pydantic.alias_generators import to_pascal

from reconciler.fields.plain import SET, AnyMany, Bool, OneOrMany, in_git
from reconciler.spec import Spec

Effect = Literal["Allow", "Deny"]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
Action = Annotated[
    str,
    in_git(
        r"^(\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_.-]+)$",
        "an action, such as ec2:DescribeInstances, or *",
    ),
]
# IAM fills an ARN that ends too early up with wildcards, so only its beginning is certain.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
Resource = Annotated[
    str, in_git(r"^(\*|arn:aws[a-z-]*:[ -ÿ]+)$", "an ARN, such as arn:aws:s3:::builds/*, or *")
]


def widest(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The patterns without those that stand for nothing which another one does not stand for."""
    # The same wildcard twice is as wide as once.
    plain = sorted({re.sub(r"\*+", "*", pattern) for pattern in patterns})
    wide = [pattern for pattern in plain if "*" in pattern or "?" in pattern]
    return tuple(p for p in plain if not any(_covers(w, p) for w in wide if w != p))


def _covers(wide: str, narrow: str) -> bool:
    """Whether it is certain that all that `narrow` matches is matched by `wide`.

    Each part of an ARN or an action is compared by itself: whether a wildcard goes beyond a colon
    is then no matter. A variable's value may be of any length, and have what is no wildcard.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if wide == "*":
        return True
    parts, others = wide.split(":", 5), narrow.split(":", 5)
    if "${" in wide or ("${" in narrow and "?" in wide) or len(parts) != len(others):
        return False
    return all(map(_covers_part, parts, others))


def _covers_part(wide: str, narrow: str) -> bool:
    signs = {"*": ".*", "?": r"[^*]"}
    pattern = "".join(signs.get(sign, re.escape(sign)) for sign in wide)
    return re.fullmatch(pattern, narrow, re.DOTALL) is not None


# Once a principal is deleted, IAM shows its unique id (AROA…) in its place: so only in git.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
AwsPrincipal = Annotated[
    str,
    in_git(
        r"^(\*|[0-9]{12}|arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[!-~]+)$",
        "an account's id, the ARN of a user, role or session, or *",
    ),
]
ServicePrincipal = Annotated[
    str,
    in_git(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", "a service, such as ec2.amazonaws.com"),
]
FederatedPrincipal = Annotated[
    str,
    in_git(
        r"^(arn:aws[a-z-]*:iam::[0-9]{12}:(saml|oidc)-provider/[!-~]+"
        r"|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$",
        "an identity provider: its ARN, or its domain",
    ),
]

_ROOT = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):root")


def _accounts(principals: tuple[str, ...]) -> tuple[str, ...]:
    """AWS turns an account's id into the ARN of its root, which is the same principal."""
    roots = ((text, _ROOT.fullmatch(text)) for text in principals)
    return tuple(root[1] if root else text for text, root in roots)


class Who(Spec):
    """Principals, by what they are."""

    model_config = ConfigDict(
        alias_generator=lambda name: "AWS" if name == "aws" else to_pascal(name)
    )
    some_of: ClassVar = ("AWS", "Service", "Federated", "CanonicalUser")

    aws: Annotated[OneOrMany[AwsPrincipal], AfterValidator(_accounts), SET] | None = None
    """Accounts by id, and users, roles and sessions by ARN."""
    service: OneOrMany[ServicePrincipal] | None = None
    """Services of AWS, such as ec2.amazonaws.com."""
    federated: OneOrMany[FederatedPrincipal] | None = None
    """Identity providers."""
    canonical_user: OneOrMany[str] | None = None


# AWS's page calls `*` and {AWS: *} equivalent, but a role's trust policy treats them differently:
# `*` lets in who comes from an identity provider, too. (Observed by Terraform's maintainers, see
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document)
Principals = Annotated[
    Annotated[Literal["*"], Tag("everyone")] | Annotated[Who, Tag("some")],
    Discriminator(lambda value: "everyone" if isinstance(value, str) else "some"),
]


def _operators() -> list[str]:
    texts = ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
    orders = (
        "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals",
    )  # fmt: skip
    return [
        *(f"String{how}" for how in texts),
        *(f"{what}{how}" for what in ("Numeric", "Date") for how in orders),
        *(f"Arn{how}" for how in ("Equals", "Like", "NotEquals", "NotLike")),
        *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
    ]


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
OPERATORS = (*_operators(), "Null")
Operator = Annotated[
    str,
    in_git(
        rf"^((ForAllValues|ForAnyValue):)?(({'|'.join(_operators())})(IfExists)?|Null)$",
        "an operator of conditions",
        OPERATORS,
    ),
]
ConditionKey = Annotated[str, in_git(r"^[^:]+:[ -ÿ]+$", "a condition's key, such as aws:SourceIp")]


def _as_text(value: Any) -> Any:
    """IAM takes numbers and booleans with or without quotes for the same."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Value = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | Bool | int | float)]
Values = AnyMany[Value]
