"""Parameter: a setting, a list of settings or a secret in SSM's Parameter Store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from reconciler.aws.errors import Refused, gone_is_fine, unsaid
from reconciler.aws.grants import Grant, encryption, looks, parameters
from reconciler.aws.session import Aws
from reconciler.aws.ssm import (
    DEFAULT_KEY,
    SETTLING,
    WRITTEN,
    Written,
    digest,
    named_parameters,
    own_parameters,
    parameter_values,
    retag,
    written,
)
from reconciler.aws.tagging import as_pairs
from reconciler.fields.included import IncludedText
from reconciler.fields.parameter import (
    LARGEST,
    DataType,
    ListItem,
    ParameterPolicy,
    Tier,
    seen_in_aws,
    told_to_aws,
)
from reconciler.fields.plain import SET, KmsKey, from_git
from reconciler.fields.secret import SecretSource
from reconciler.fields.tags import RESOURCE, TagChange
from reconciler.kinds.kind import Kind, Sought, There, given, spec_of
from reconciler.model import Observed
from reconciler.spec import Spec

UNREAD = "(not read)"
SECRET = "-"


class ParameterSpec(Spec):
    """An SSM parameter: a String by its `value`, a StringList by `values`, or a SecureString."""

    exactly_one: ClassVar = (("value", "values", "secret"),)
    only_with: ClassVar = {
        "keyId": ("secret", ()),
        "policies": ("tier", ("Advanced", "Intelligent-Tiering")),
    }

    value: Annotated[IncludedText, Field(min_length=1, max_length=8192)] | None = None
    """The text of a String, or `file:` and where it stands."""
    values: Annotated[tuple[ListItem, ...], Field(min_length=1)] | None = None
    """The texts of a StringList, in their order."""
    secret: SecretSource | None = None
    """Where the value of a SecureString comes from; the value itself is never shown or kept."""
    description: Annotated[str, Field(max_length=1024)] = ""
    tier: Tier = "Standard"
    """Advanced ones cost money, and hold 8 KB and policies. AWS can't make one Standard again."""
    allowed_pattern: Annotated[str, Field(max_length=1024)] = ""
    """A regular expression that AWS holds the value to."""
    data_type: DataType = "text"
    """What AWS checks the value to be."""
    key_id: KmsKey = DEFAULT_KEY
    """The KMS key of a SecureString."""
    policies: Annotated[tuple[ParameterPolicy, ...], SET] = ()
    """When an advanced parameter goes away, and when to tell of it."""

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        size, most = len(self.text.encode()), LARGEST[self.tier]
        if from_git(info) and size > most:
            raise PydanticCustomError(
                "too_large",
                "the value has {size} bytes, and a parameter of the tier {tier} {most} at most",
                {"size": size, "tier": self.tier, "most": most},
            )
        if from_git(info) and not self.text and not self.secret:
            raise PydanticCustomError("empty", "it is empty, and AWS keeps no empty parameter")
        if from_git(info) and self.data_type == "aws:ec2:image" and self.value is None:
            raise PydanticCustomError("only_strings", "dataType aws:ec2:image is for `value` only")
        return self

    def words(self) -> Any:
        """The key is nobody's business where nothing is encrypted; a list's order is its own."""
        words = super().words()
        if self.values:
            words["values"] = ", ".join(self.values)
        return words if self.secret else {k: v for k, v in words.items() if k != "keyId"}

    @property
    def type(self) -> str:
        """AWS's word for what it is."""
        return (
            "SecureString" if self.secret else "String" if self.value is not None else "StringList"
        )

    @property
    def text(self) -> str:
        """The value as AWS keeps it; not for secrets."""
        return self.value if self.value is not None else ",".join(self.values or ())


class Parameter(Kind[ParameterSpec]):
    name = "Parameter"
    spec = ParameterSpec
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html
    names = r"^/?([A-Za-z0-9_.-]+/){0,14}[A-Za-z0-9_.-]+$"
    longest = 1011
    reserved = ("aws", "ssm", "/aws", "/ssm")
    reads = (
        looks("ssm:DescribeParameters", "ssm:ListTagsForResource", "tag:GetResources"),
        # A look at values is for the estate's alone. It gets to see secrets under SSM's own key,
        # which asks for no right: others are compared by who may write them.
        Grant(
            "Values",
            ("ssm:GetParameters",),
            ("arn:{partition}:ssm:{region}:{account}:parameter/{Parameter}",),
        ),
    )
    writes = (parameters("{Parameter}"),)

    def grants(self, specs: Iterable[ParameterSpec]) -> Iterable[Grant]:
        found = [*specs]
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-ec2-aliases.html
        images = [Grant("Images", ("ec2:DescribeImages",))]
        return (
            *self.writes,
            *encryption({spec.key_id for spec in found if spec.secret}),
            *(images if any(spec.data_type == "aws:ec2:image" for spec in found) else ()),
        )

    def aws_name(self, prefix: str, name: str) -> str:
        """A name with a / is a path, and SSM wants a path to begin with one."""
        return f"/{prefix}{name.removeprefix('/')}" if "/" in name else prefix + name

    def fixed(self, before: ParameterSpec, after: ParameterSpec) -> Iterable[str]:
        if before.type != after.type:
            yield from ("value", "values", "secret")
        if before.tier == "Advanced" and after.tier == "Standard":
            yield "tier"
        if before.data_type != after.data_type:
            yield "data_type"

    def observe(self, aws: Aws, sought: Sought[ParameterSpec]) -> Iterable[Observed]:
        found = [*_ours(aws, sought.estate)]
        seen = {parameter["Name"] for parameter in found}
        wanted = dict.fromkeys([*sought.declared, *sought.whole])
        found += named_parameters(aws, [name for name in wanted if name not in seen])
        values = parameter_values(aws, [p["Name"] for p in found if _must_be_read(p, sought)])
        for parameter in found:
            declared = sought.declared.get(parameter["Name"])
            yield _observed(parameter, declared, values.get(parameter["Name"]))

    def declarable(self, observed: Observed) -> tuple[ParameterSpec, str]:
        spec = spec_of(observed, ParameterSpec)
        if spec.secret is None:
            return spec, ""
        variable = re.sub("[^A-Z0-9]+", "_", observed.name.upper()).strip("_")
        source = SecretSource(env=variable if variable[:1].isalpha() else f"P_{variable}")
        note = f"its value is not written: it is expected in {source}, or name a file for it"
        return spec.model_copy(update={"secret": source}), note

    def there(self, aws: Aws) -> Iterable[There]:
        for parameter in aws.pages(
            "ssm", "describe_parameters", "Parameters", PaginationConfig={"PageSize": 50}
        ):
            yield There(parameter["Name"], parameter["Name"])

    def create(self, aws: Aws, name: str, spec: ParameterSpec, tags: Mapping[str, str]) -> str:
        marked = {**tags, WRITTEN: str(Written(1, _digest(spec)))}
        _put(aws, name, spec, Tags=as_pairs(marked), **told_to_aws(spec.policies, ()))
        return name

    def update(self, aws: Aws, before: Observed, after: ParameterSpec) -> None:
        policies = told_to_aws(after.policies, spec_of(before, ParameterSpec).policies)
        version = _put(aws, before.name, after, Overwrite=True, **policies)
        retag(
            aws,
            "Parameter",
            before.id,
            TagChange({WRITTEN: str(Written(version, _digest(after)))}, ()),
        )

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        retag(aws, "Parameter", observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine("ParameterNotFound"):
            aws.client("ssm").delete_parameter(Name=observed.name)


def _ours(aws: Aws, estate: str) -> Iterable[dict[str, Any]]:
    """The estate's parameters but for those that are part of something else, as a key's half is."""
    for parameter in own_parameters(aws, estate):
        if parameter["Tags"].get(RESOURCE, "").startswith(f"{Parameter.name}/"):
            yield parameter


def _must_be_read(parameter: Mapping[str, Any], sought: Sought[ParameterSpec]) -> bool:
    name, declared = parameter["Name"], sought.declared.get(parameter["Name"])
    if declared is None:
        # What becomes ours is told whole, but for secrets: git will say where those come from.
        return name in sought.whole and parameter["Type"] != "SecureString"
    ours = sought.owns(parameter["Tags"]) or name in sought.whole
    if not ours or declared.type != parameter["Type"]:
        return False
    if declared.secret:
        return not _rewritten(parameter) and declared.secret.read() is not None
    return written(parameter["Tags"]) != Written(parameter["Version"], _digest(declared))


def _observed(
    parameter: Mapping[str, Any], declared: ParameterSpec | None, value: str | None
) -> Observed:
    held, note = _held(parameter, declared, value)
    spec = ParameterSpec.model_construct(
        **held,
        description=parameter.get("Description", ""),
        tier=_tier(parameter.get("Tier", "Standard"), declared),
        allowed_pattern=parameter.get("AllowedPattern", ""),
        data_type=parameter.get("DataType", "text"),
        key_id=parameter.get("KeyId", DEFAULT_KEY),
        policies=seen_in_aws(parameter.get("Policies") or ()),
    )
    name, version = parameter["Name"], str(parameter["Version"])
    return Observed(name, name, spec, parameter["Tags"], note, version)


def _held(
    parameter: Mapping[str, Any], declared: ParameterSpec | None, value: str | None
) -> tuple[dict[str, Any], str]:
    """What the parameter holds, in git's words where it is what git says, and a note."""
    if parameter["Type"] == "SecureString":
        secret, note = _secret(parameter, declared.secret if declared else None, value)
        return {"secret": secret}, note
    if value is None and declared and declared.type == parameter["Type"]:
        # Not read, because the version is the one that we wrote and its digest is git's.
        return {"value": declared.value, "values": declared.values}, ""
    if parameter["Type"] == "StringList":
        return {"values": tuple((value or UNREAD).split(","))}, ""
    return {"value": value or UNREAD}, ""


def _secret(
    parameter: Mapping[str, Any], declared: SecretSource | None, value: str | None
) -> tuple[SecretSource, str]:
    other = SecretSource.model_construct()
    if declared is None or _rewritten(parameter):
        return other, ""
    wanted = declared.read()
    if wanted is None:
        why = f"its value was not compared with {declared}, which is not to be had here"
        return declared, why
    return (declared if wanted == value else other), ""


def _rewritten(parameter: Mapping[str, Any]) -> bool:
    """Whether somebody has changed the parameter since we wrote it, if we ever did."""
    last = written(parameter["Tags"])
    return last is not None and last.version != parameter["Version"]


def _tier(actual: Tier, declared: ParameterSpec | None) -> Tier:
    # With Intelligent-Tiering AWS chooses, and answers with what it chose.
    tiering = declared and declared.tier == "Intelligent-Tiering"
    return "Intelligent-Tiering" if tiering else actual


def _digest(spec: ParameterSpec) -> str:
    return SECRET if spec.secret else digest(spec.text)


def _put(aws: Aws, name: str, spec: ParameterSpec, **more: Any) -> int:
    """Write the parameter and give its new version; no error tells a secret."""
    value = spec.text
    if spec.secret:
        value = spec.secret.read() or ""
        if not value:
            raise Refused(f"its value comes from {spec.secret}, which is not set or empty")
    put = partial(
        aws.client("ssm").put_parameter,
        Name=name,
        Type=spec.type,
        Value=value,
        Description=spec.description,
        Tier=spec.tier,
        AllowedPattern=spec.allowed_pattern,
        DataType=spec.data_type,
        **given(KeyId=spec.key_id if spec.secret else None),
        **more,
    )
    with unsaid(*([value] if spec.secret else [])):
        answer = aws.patiently(put, *SETTLING)
    return int(answer["Version"])
