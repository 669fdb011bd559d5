"""SSM's documents: friendly names, and versions that are not there."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.paging import page
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters


def a_display_name_is_kept(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """By version; a new version has the last one's when the call gives none.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateDocument.html
    """
    latest = _latest(call, parameters["Name"])
    name = parameters.get("DisplayName", getattr(latest, "display_name", None))
    answer = onward(parameters)
    _latest(call, parameters["Name"]).display_name = name
    return {"DocumentDescription": _with_display_name(call, answer["DocumentDescription"])}


def display_names_are_shown(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """In every answer that tells of a document."""
    answer = onward(parameters)
    if "DocumentIdentifiers" in answer:
        shown = [_with_display_name(call, one) for one in answer["DocumentIdentifiers"]]
        return {**answer, "DocumentIdentifiers": shown}
    if "Document" in answer:
        return {"Document": _with_display_name(call, answer["Document"])}
    return _with_display_name(call, answer)


def a_version_must_be_there(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """moto calls it an unknown document, and knows no $DEFAULT.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetDocument.html
    """
    documents, version = _documents(call, parameters["Name"]), parameters.get("DocumentVersion")
    if version == "$DEFAULT" and documents:
        return onward({**parameters, "DocumentVersion": documents.default_version})
    if version and version != "$LATEST" and documents and version not in documents.versions:
        told = "The document version is not valid or does not exist."
        raise AwsError("InvalidDocumentVersion", told)
    return onward(parameters)


def versions_are_listed(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """moto has not got this one.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListDocumentVersions.html
    """
    documents = _documents(call, parameters["Name"])
    if not documents:
        raise AwsError("InvalidDocument", "The specified document does not exist.")
    shown = [
        {
            "Name": one.name,
            "DisplayName": getattr(one, "display_name", None),
            "DocumentVersion": number,
            "VersionName": one.version_name,
            "CreatedDate": one.created_date,
            "IsDefaultVersion": number == documents.default_version,
            "DocumentFormat": one.document_format,
            "Status": one.status,
        }
        for number, one in documents.versions.items()
    ]
    size = parameters.get("MaxResults", 50)
    some, token = page(shown[::-1], size, parameters.get("NextToken"), "InvalidNextToken")
    return {"DocumentVersions": some, **({"NextToken": token} if token else {})}


def _documents(call: Call, name: str) -> Any:
    """All versions of a document, if there is one of this name or ARN."""
    return call.world("ssm")._documents.get(name.rpartition(":document/")[2])


def _latest(call: Call, name: str) -> Any:
    documents = _documents(call, name)
    return documents and documents.get_latest_version()


def _with_display_name(call: Call, shown: Answer) -> Answer:
    version = _documents(call, shown["Name"]).versions[shown["DocumentVersion"]]
    return {**shown, "DisplayName": getattr(version, "display_name", None)}
