"""The way into an account by a role that is assumed in it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from botocore.session import Session

_LONGEST = 64


class Way(NamedTuple):
    """Which role is assumed, and how."""

    account: str
    role: str
    external_id: str
    purpose: str
    """What AWS's logs call the session."""
    region: str
    """Where STS is asked."""


def assuming(way: Way, source: Session, session: Session, making: threading.Lock) -> Session:
    """The session with the role's credentials, which those of `source` assume.

    They are asked for when they are first needed, and anew before they expire. `making` guards
    `source`, since several accounts' roles are assumed side by side.
    """
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        CredentialProvider,
        CredentialResolver,
        DeferredRefreshableCredentials,
    )
    from botocore.exceptions import NoCredentialsError

    def sts(service: str, **options: Any) -> Any:
        with making:
            return source.create_client(service, region_name=way.region, **options)

    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    how = {"RoleSessionName": way.purpose[:_LONGEST]}
    if way.external_id:
        how["ExternalId"] = way.external_id

    class ByRole(CredentialProvider):  # type: ignore[misc]
        METHOD = "assume-role"

        def load(self) -> Any:
            own = source.get_credentials()
            if own is None:
                raise NoCredentialsError
            partition = source.get_partition_for_region(way.region)
            arn = f"arn:{partition}:iam::{way.account}:role/{way.role}"
            fetcher = AssumeRoleCredentialFetcher(sts, own, arn, how)
            return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)

    session.register_component("credential_provider", CredentialResolver([ByRole()]))
    return session
