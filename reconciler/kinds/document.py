"""Document: an SSM Command document, which says what Run Command does on a machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.aws.errors import code, gone_is_fine
from reconciler.aws.grants import Grant, looks
from reconciler.aws.session import Aws
from reconciler.aws.ssm import WRITTEN, Written, digest, retag, written
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.command_content import CommandContent, parse, serialised
from reconciler.fields.plain import Int, text
from reconciler.fields.tags import TagChange
from reconciler.kinds.kind import Kind, Sought, There, given
from reconciler.model import Observed
from reconciler.spec import Spec

GONE = "InvalidDocument"

TargetType = Annotated[
    str, text(r"^/[A-Za-z0-9_/:.-]*$", "a target type, such as /AWS::EC2::Instance", 200)
]
VersionName = Annotated[
    str, text(r"^[A-Za-z0-9_.-]+$", "a version's name: letters, digits and _.-", 128)
]

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
DisplayName = Annotated[
    str, text(r"^[A-Za-z0-9_.:/ -]+$", "a display name: letters, digits, spaces and _.:/-", 1024)
]


_THERE = ("DuplicateDocumentContent", "DuplicateDocumentVersionName")
"""The latter, too, of a version that we made when nobody lived to hear of it.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateDocument.html
"""


class DocumentSpec(Spec):
    """An SSM Command document."""

    content: CommandContent
    """What it does, in SSM's own words; or `file:` and where that stands, as YAML or JSON."""
    format: Literal["JSON", "YAML"] = "JSON"
    """What SSM keeps the content as."""
    target_type: TargetType | None = None
    """What it runs on, such as /AWS::EC2::Instance, or / for everything."""
    display_name: DisplayName | None = None
    """What consoles call it."""
    version_name: VersionName | None = None
    """What the version with this content is called. AWS can't rename a version."""
    default_version: Annotated[Int, Field(ge=1)] | None = None
    """The version that runs when none is asked for; without it, the one with this content."""


class Document(Kind[DocumentSpec]):
    name = "Document"
    spec = DocumentSpec
    names = r"^[A-Za-z0-9_.-]+$"
    reserved = ("aws", "amazon", "amzn")
    longest = 128
    reads = (looks("ssm:GetDocument", "ssm:ListDocuments", "ssm:ListDocumentVersions"),)
    # Only documents that assume a role need iam:PassRole, and Command documents do not.
    writes = (
        Grant(
            "Documents",
            (
                "ssm:AddTagsToResource",
                "ssm:CreateDocument",
                "ssm:DeleteDocument",
                "ssm:RemoveTagsFromResource",
                "ssm:UpdateDocument",
                "ssm:UpdateDocumentDefaultVersion",
            ),
            ("arn:{partition}:ssm:{region}:{account}:document/{Document}",),
        ),
    )

    def fixed(self, before: DocumentSpec, after: DocumentSpec) -> Iterable[str]:
        # UpdateDocument keeps what it is not told, and takes nothing where the content is the same.
        # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateDocument.html
        same_version = (before.content, before.format) == (after.content, after.format)
        for name in ("version_name", "display_name", "target_type"):
            had, wanted = getattr(before, name), getattr(after, name)
            kept = had and not wanted and name != "version_name"
            if had != wanted and (same_version or kept):
                yield name

    def observe(self, aws: Aws, sought: Sought[DocumentSpec]) -> Iterable[Observed]:
        for listed in _listed(aws):
            tags, name = as_mapping(listed.get("Tags")), listed["Name"]
            if sought.concerns(name, tags):
                whole = name in sought.whole
                declared = sought.declared.get(name) if sought.owns(tags) or whole else None
                spec = _spec(aws, listed, tags, declared, whole)
                yield Observed(name, name, spec, tags, version=str(listed["DocumentVersion"]))

    def there(self, aws: Aws) -> Iterable[There]:
        for listed in _listed(aws):
            if listed["DocumentType"] == "Command":
                yield There(listed["Name"], listed["Name"])

    def create(self, aws: Aws, name: str, spec: DocumentSpec, tags: Mapping[str, str]) -> str:
        marked = {**tags, WRITTEN: str(Written(1, _digest(spec)))}
        aws.client("ssm").create_document(
            Name=name,
            DocumentType="Command",
            DocumentFormat=spec.format,
            Content=serialised(spec.content, spec.format),
            Tags=as_pairs(marked),
            **_optional(spec),
        )
        return name

    def update(self, aws: Aws, before: Observed, after: DocumentSpec) -> None:
        version = self._upload(aws, before, after)
        aws.client("ssm").update_document_default_version(
            Name=before.name, DocumentVersion=str(after.default_version or version)
        )
        marked = {WRITTEN: str(Written(version, _digest(after)))}
        retag(aws, "Document", before.id, TagChange(marked, ()))

    def _upload(self, aws: Aws, before: Observed, after: DocumentSpec) -> int:
        """The version that has the content, made if there is none."""
        from botocore.exceptions import ClientError

        try:
            answer = aws.client("ssm").update_document(
                Name=before.name,
                DocumentVersion="$LATEST",
                DocumentFormat=after.format,
                Content=serialised(after.content, after.format),
                **_optional(after),
            )
            return int(answer["DocumentDescription"]["DocumentVersion"])
        except ClientError as error:
            if code(error) not in _THERE:
                raise
            version = _version_with(aws, before.name, after)
            if version is None:
                raise
            return version

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        retag(aws, "Document", observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine(GONE):
            aws.client("ssm").delete_document(Name=observed.name)


def _listed(aws: Aws) -> list[dict[str, Any]]:
    return aws.pages(
        "ssm",
        "list_documents",
        "DocumentIdentifiers",
        Filters=[{"Key": "Owner", "Values": ["Self"]}],
        PaginationConfig={"PageSize": 50},
    )


def _spec(
    aws: Aws,
    listed: Mapping[str, Any],
    tags: Mapping[str, str],
    declared: DocumentSpec | None,
    whole: bool,
) -> DocumentSpec:
    """In git's words where the version that git means is the one that we wrote from them.

    The list tells of the default version. Where git pins that, it means the latest one.
    """
    default, last = int(listed["DocumentVersion"]), written(tags)
    if declared is None:
        content = _content(aws, listed["Name"], listed) if whole else {}
        return DocumentSpec.model_construct(content=content, **_told(listed))
    pinned = declared.default_version is not None
    known = last and last.digest == _digest(declared) and (pinned or last.version == default)
    if known and pinned:
        return declared.model_copy(update={"default_version": default})
    if known:
        return DocumentSpec.model_construct(content=declared.content, **_told(listed))
    meant = _versions(aws, listed["Name"])[0] if pinned else listed
    return DocumentSpec.model_construct(
        content=_content(aws, listed["Name"], meant),
        default_version=default if pinned else None,
        **_told({"TargetType": listed.get("TargetType"), **meant}),
    )


def _told(version: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS tells of a version beside its content."""
    return {
        "format": version.get("DocumentFormat", "JSON"),
        "target_type": version.get("TargetType") or None,
        "display_name": version.get("DisplayName") or None,
        "version_name": version.get("VersionName") or None,
    }


def _version_with(aws: Aws, name: str, spec: DocumentSpec) -> int | None:
    """The newest version that has this content: AWS said that there is one, and not which."""
    for version in _versions(aws, name):
        same_form = version["DocumentFormat"] == spec.format
        if same_form and _content(aws, name, version) == spec.content:
            return int(version["DocumentVersion"])
    return None


def _versions(aws: Aws, name: str) -> list[dict[str, Any]]:
    """All versions, the newest first."""
    found = aws.pages("ssm", "list_document_versions", "DocumentVersions", Name=name)
    return sorted(found, key=lambda version: int(version["DocumentVersion"]), reverse=True)


def _content(aws: Aws, name: str, version: Mapping[str, Any]) -> Any:
    """What a version says. GetDocument gives JSON of it, whichever form was written."""
    number = str(version["DocumentVersion"])
    return parse(aws.client("ssm").get_document(Name=name, DocumentVersion=number)["Content"])


def _digest(spec: DocumentSpec) -> str:
    dumped = spec.model_dump(exclude={"default_version"})
    return digest(json.dumps(dumped, sort_keys=True))


def _optional(spec: DocumentSpec) -> dict[str, Any]:
    return given(
        TargetType=spec.target_type, DisplayName=spec.display_name, VersionName=spec.version_name
    )
