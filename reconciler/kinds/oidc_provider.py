"""OIDCProvider: that AWS believes the tokens of an issuer, such as a CI system's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from reconciler.aws.errors import Refused, code, gone_is_fine
from reconciler.aws.grants import iam, looks
from reconciler.aws.iam import GONE, as_data, authorization, tags_by_arn
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs
from reconciler.fields.plain import ONCE, SET, text
from reconciler.fields.tags import TagChange
from reconciler.kinds.kind import Kind, Sought, There, User, given, spec_of
from reconciler.model import Observed
from reconciler.spec import Spec

# A host and perhaps a path: AWS knows no port and no query in an issuer's URL. It keeps the path to
# the letter, a slash at its end included (https://github.com/aws/aws-sam-cli/issues/7432). Nobody
# says what it makes of capitals in a host, which mean nothing there: so a document has none.
# A path has what IAM allows in a tag as well, since one of the tags holds the name.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
ISSUER = r"^[a-z0-9-]+(\.[a-z0-9-]+)*(/[A-Za-z0-9_.=+@-]+)*/?$"
# The first to name a pattern names it for all: this is what a wrong metadata.name is told to be.
text(
    ISSUER, "an issuer without https:// and with a small host: token.actions.githubusercontent.com"
)

# AWS leaves no format for a client id.
Audience = Annotated[
    str, text(r"^[^\x00-\x1F\x7F-\x9F]+$", "an audience, which is a text on one line", 255)
]
# AWS gives them back in a case of its own choice.
# https://github.com/crossplane-contrib/provider-upjet-aws/issues/1106
Thumbprint = Annotated[
    str,
    text(r"^[0-9A-Fa-f]{40}$", "a certificate's SHA-1, which is 40 hexadecimal digits"),
    AfterValidator(str.lower),
]


class OIDCProviderSpec(Spec):
    """An IAM OpenID Connect provider, whose name is the issuer's URL without https://."""

    audiences: Annotated[tuple[Audience, ...], Field(max_length=100), ONCE, SET]
    """Whom tokens must be meant for, such as sts.amazonaws.com; AWS calls them client ids."""
    thumbprints: Annotated[tuple[Thumbprint, ...], Field(max_length=5), SET] = ()
    """SHA-1s of the issuer's certificates; without any, those that AWS finds or has are right."""


class OIDCProvider(Kind[OIDCProviderSpec]):
    name = "OIDCProvider"
    spec = OIDCProviderSpec
    names = ISSUER
    # AWS takes 247, and the tag with kind and name has 256.
    longest = 243
    reads = (
        looks(
            "iam:GetAccountAuthorizationDetails",
            "iam:GetOpenIDConnectProvider",
            "iam:ListOpenIDConnectProviders",
            "tag:GetResources",
        ),
    )
    writes = (
        iam(
            "OidcProviders",
            "oidc-provider/{OIDCProvider}",
            "AddClientIDToOpenIDConnectProvider",
            "CreateOpenIDConnectProvider",
            "DeleteOpenIDConnectProvider",
            "ListOpenIDConnectProviderTags",
            "RemoveClientIDFromOpenIDConnectProvider",
            "TagOpenIDConnectProvider",
            "UntagOpenIDConnectProvider",
            "UpdateOpenIDConnectProviderThumbprint",
            paths=("",),
        ),
    )

    def aws_name(self, prefix: str, name: str) -> str:  # noqa: ARG002
        """An account has one for an issuer, and no name of its own to give it."""
        return name

    def observe(self, aws: Aws, sought: Sought[OIDCProviderSpec]) -> Iterable[Observed]:
        # The tagging API lags behind: it says where to look, and not whose a thing is.
        perhaps_ours = tags_by_arn(aws, sought.estate)
        for arn in _listed_arns(aws):
            name = _issuer(arn)
            if arn in perhaps_ours or sought.named(name):
                detail = _detail(aws, arn)
                tags = as_mapping(detail.get("Tags")) if detail else {}
                if detail and sought.concerns(name, tags):
                    yield Observed(name, arn, _spec(detail, sought.declared.get(name)), tags)

    def there(self, aws: Aws) -> Iterable[There]:
        return [There(_issuer(arn), arn) for arn in _listed_arns(aws)]

    def create(self, aws: Aws, name: str, spec: OIDCProviderSpec, tags: Mapping[str, str]) -> str:
        with _unreachable_explained(name):
            made = aws.client("iam").create_open_id_connect_provider(
                Url=f"https://{name}",
                ClientIDList=list(spec.audiences),
                Tags=as_pairs(tags),
                **given(ThumbprintList=list(spec.thumbprints) or None),
            )
        return str(made["OpenIDConnectProviderArn"])

    def update(self, aws: Aws, before: Observed, after: OIDCProviderSpec) -> None:
        iam, which = aws.client("iam"), {"OpenIDConnectProviderArn": before.id}
        old = spec_of(before, OIDCProviderSpec)
        # What goes goes first: never more trust than either state, and never too many at once.
        for audience in old.audiences:
            if audience not in after.audiences:
                iam.remove_client_id_from_open_id_connect_provider(**which, ClientID=audience)
        for audience in after.audiences:
            if audience not in old.audiences:
                iam.add_client_id_to_open_id_connect_provider(**which, ClientID=audience)
        if old.thumbprints != after.thumbprints:
            iam.update_open_id_connect_provider_thumbprint(
                **which, ThumbprintList=list(after.thumbprints)
            )

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        iam, which = aws.client("iam"), {"OpenIDConnectProviderArn": observed.id}
        # IAM takes keys that differ by case for the same: what goes goes first.
        if change.drop:
            iam.untag_open_id_connect_provider(**which, TagKeys=list(change.drop))
        if change.write:
            iam.tag_open_id_connect_provider(**which, Tags=as_pairs(change.write))

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine(GONE):
            aws.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=observed.id)

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:
        arns = {provider.id for provider in going}
        for role in authorization(aws).roles:
            trusted = set(_federated(as_data(role["AssumeRolePolicyDocument"])))
            for arn in arns & trusted:
                yield User(arn, f"role {role['RoleName']}")


def _listed_arns(aws: Aws) -> list[str]:
    listed = aws.client("iam").list_open_id_connect_providers()
    return [entry["Arn"] for entry in listed["OpenIDConnectProviderList"]]


def _issuer(arn: str) -> str:
    return arn.partition(":oidc-provider/")[2]


def _detail(aws: Aws, arn: str) -> dict[str, Any] | None:
    """Everything of one provider, or None where it has gone since it was listed."""
    with gone_is_fine(GONE):
        return dict(aws.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn))
    return None


def _spec(detail: Mapping[str, Any], declared: OIDCProviderSpec | None) -> OIDCProviderSpec:
    """In git's words, which leave the thumbprints to AWS if they give none.

    AWS fills one in that can't be told from a given one, and refuses an update to none.
    https://github.com/aws-controllers-k8s/community/issues/2450
    https://github.com/hashicorp/terraform-provider-aws/issues/40509
    """
    left_to_aws = declared is not None and not declared.thumbprints
    return OIDCProviderSpec.seen(
        audiences=tuple(detail.get("ClientIDList", ())),
        thumbprints=() if left_to_aws else tuple(detail.get("ThumbprintList", ())),
    )


@contextmanager
def _unreachable_explained(issuer: str) -> Iterator[None]:
    """AWS asks the issuer for its certificate, and only where no thumbprint is given."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if code(error) != "OpenIdIdpCommunicationError":
            raise
        raise Refused(
            f"AWS can't reach https://{issuer} for its certificate: correct the name, or give "
            "spec.thumbprints"
        ) from error


def _federated(trust: Any) -> Iterator[str]:
    """The identity providers that a trust policy names."""
    for statement in _listed(trust["Statement"]):
        principal = statement.get("Principal")
        if isinstance(principal, Mapping):
            yield from _listed(principal.get("Federated", []))


def _listed(value: Any) -> list[Any]:
    """One or many, as policies have it."""
    return value if isinstance(value, list) else [value]
