"""One account as this run's credentials see it, region by region."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from reconciler.aws.errors import explained, patiently

if TYPE_CHECKING:
    import boto3

T = TypeVar("T")

# IAM is the slowest to show what was made; AWS asks to wait and try again without giving a time.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
PATIENCE_SECONDS = 60.0

# Against throttling, where the user's own settings say nothing: botocore's default is 5.
_ATTEMPTS = 8

# Where each partition keeps what it has once, such as IAM's tags in the tagging API.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
_HOME = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


class Aws:
    """One region of the account: its clients, and what was already read there in this pass."""

    def __init__(self, session: boto3.Session, region: str, patience: float) -> None:
        self.region = region
        self._session = session
        self._patience = patience
        self._making = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._reading: dict[str, threading.Lock] = {}
        self._read: dict[str, Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client; made once, since making one costs more than a call."""
        wanted = (service, region or self.region)
        # boto3 documents clients as safe to share between threads, and sessions as not.
        with self._making:
            if wanted not in self._clients:
                self._clients[wanted] = self._session.client(
                    cast(Any, service), region_name=wanted[1]
                )
            return self._clients[wanted]

    @property
    def home(self) -> str:
        """The region that answers for what this partition has once."""
        return _HOME.get(self._session.get_partition_for_region(self.region), self.region)

    def pages(self, service: str, operation: str, result: str, **parameters: Any) -> list[Any]:
        """Everything under `result` in all pages of a listing."""
        region = parameters.pop("region", None)
        paginator = self.client(service, region).get_paginator(operation)
        return [item for page in paginator.paginate(**parameters) for item in page.get(result, ())]

    def patiently(self, call: Callable[[], T], *codes: str) -> T:
        """What `call` gives, while AWS may still be catching up and answers one of `codes`."""
        return patiently(call, codes, self._patience)

    def once(self, name: str, read: Callable[[Aws], T]) -> T:
        """What `read` gives, read at most once: several kinds look at the same listing."""
        with self._making:
            lock = self._reading.setdefault(name, threading.Lock())
        with lock:
            if name not in self._read:
                self._read[name] = read(self)
            return cast(T, self._read[name])


class Caller(NamedTuple):
    """Who we are to AWS."""

    account: str
    arn: str


def _caller(aws: Aws) -> Caller:
    answer = aws.client("sts").get_caller_identity()
    return Caller(answer["Account"], answer["Arn"])


class Account:
    """The account that the credentials lead to."""

    def __init__(self, session: boto3.Session, regions: tuple[str, ...], patience: float) -> None:
        self._session = session
        self._patience = patience
        self._making = threading.Lock()
        self._regions: dict[str, Aws] = {}
        self.regions = regions

    def region(self, name: str = "") -> Aws:
        """A region by name; the first of the estate's stands for what the account has once."""
        name = name or self.regions[0]
        with self._making:
            if name not in self._regions:
                self._regions[name] = Aws(self._session, name, self._patience)
            return self._regions[name]

    def caller(self) -> Caller:
        """Whom the credentials make us, as STS gives it."""
        return self.region().once("caller", _caller)


def connect(regions: tuple[str, ...]) -> Account:
    """The account of whatever credentials, profile or endpoint boto3 finds."""
    import boto3
    from botocore.config import Config
    from botocore.session import get_session

    with explained():
        core = get_session()
        attempts = core.get_config_variable("max_attempts") or _ATTEMPTS
        core.set_default_client_config(
            Config(
                retries={"mode": "standard", "total_max_attempts": int(attempts)},
                max_pool_connections=32,
                user_agent_appid="reconcile",
            )
        )
        session = boto3.Session(botocore_session=core, region_name=regions[0])
        return Account(session, regions, PATIENCE_SECONDS)
