"""IAM's OpenID Connect providers: what they are given, what AWS adds, and how they go.

What AWS answers in words was recorded from it by LocalStack's tests, in
https://github.com/localstack/localstack/blob/main/tests/aws/services/iam/test_iam_oidc.snapshot.json
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

_MOST_AUDIENCES = 100
_MOST_THUMBPRINTS = 5


def an_issuer_is_given_by_https_and_once(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html"""
    url = parameters["Url"]
    scheme, _, address = url.partition("://")
    if address and scheme != "https":
        told = "Invalid Open ID Connect Provider URL. The URL must begin with https://."
        raise AwsError("InvalidInput", told)
    if address in (provider.url for provider in call.world("iam").open_id_providers.values()):
        told = f"Provider with url {url} already exists."
        raise AwsError("EntityAlreadyExists", told, 409)
    return onward(parameters)


def a_thumbprint_is_found_where_none_is_given(
    _: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """AWS asks the issuer; here each has one made up, and none answers whose name can't exist.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
    https://www.rfc-editor.org/rfc/rfc6761#section-6.4
    """
    host = urlsplit(parameters["Url"]).netloc
    given = parameters.get("ThumbprintList")
    if not given and host.endswith(".invalid"):
        told = f"Please verify that the OIDC provider at https://{host} can be reached."
        raise AwsError("OpenIdIdpCommunicationError", told)
    return onward({**parameters, "ThumbprintList": given or [_made_up(host)]})


def thumbprints_are_one_to_five_and_small(
    _: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """AWS takes capitals and small letters for the same, and answers in one of them.

    https://github.com/crossplane-contrib/provider-upjet-aws/issues/1106
    https://github.com/hashicorp/terraform-provider-aws/issues/29963
    """
    thumbprints = parameters.get("ThumbprintList", [])
    if not thumbprints:
        raise AwsError("InvalidInput", "Thumbprint list must contain at least one entry.")
    if len(thumbprints) > _MOST_THUMBPRINTS:
        raise AwsError("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")
    return onward({**parameters, "ThumbprintList": [one.lower() for one in thumbprints]})


def an_audience_is_added_once(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """moto has not got this one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
    """
    audiences, audience = _provider(call, parameters).client_id_list, parameters["ClientID"]
    if audience not in audiences:
        if len(audiences) >= _MOST_AUDIENCES:
            told = f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {_MOST_AUDIENCES}"
            raise AwsError("LimitExceeded", told, 409)
        audiences.append(audience)
    return {}


def an_audience_is_removed_if_it_is_there(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """moto has not got this one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
    """
    audiences, audience = _provider(call, parameters).client_id_list, parameters["ClientID"]
    if audience in audiences:
        audiences.remove(audience)
    return {}


def tags_are_written_case_and_all(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """It is for users and roles alone that two cases of a tag's key are one key.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
    """
    providers = call.world("iam").open_id_providers
    arn = parameters.get("OpenIDConnectProviderArn")
    before = dict(providers[arn].tags) if arn in providers else {}
    answer = onward(parameters)
    written = {tag["Key"]: tag for tag in parameters.get("Tags", [])}
    providers[arn or answer["OpenIDConnectProviderArn"]].tags = before | written
    return answer


def tags_are_taken_away_case_and_all(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity"""
    tags = _provider(call, parameters).tags
    for key in parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


def only_a_provider_that_is_there_is_deleted(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html"""
    _provider(call, parameters)
    return onward(parameters)


def _provider(call: Call, parameters: Parameters) -> Any:
    arn = parameters["OpenIDConnectProviderArn"]
    provider = call.world("iam").open_id_providers.get(arn)
    if provider is None:
        told = f"OpenId connect Provider {arn} cannot be found."
        raise AwsError("NoSuchEntity", told, 404)
    return provider


def _made_up(host: str) -> str:
    return hashlib.sha1(host.encode(), usedforsecurity=False).hexdigest()
