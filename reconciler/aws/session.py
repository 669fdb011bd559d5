"""The estate's accounts as this run's credentials see them, region by region."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from reconciler.aws.ahead import pages, seen_ahead
from reconciler.aws.budget import budgeted
from reconciler.aws.errors import Refused, explained, patiently
from reconciler.aws.packed import packed
from reconciler.aws.parsing import quickened
from reconciler.aws.requests import heard
from reconciler.model import Estate, Scope

if TYPE_CHECKING:
    import boto3
    import botocore.session
    from botocore.config import Config

T = TypeVar("T")

now: Callable[[], float] = time.time

# IAM is the slowest to show what was made; AWS asks to wait and try again without giving a time.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
PATIENCE_SECONDS = 60.0

# So many times that long nobody believes that a part of something is gone which is that young.
_SETTLES = 5

# Against throttling, where the user's own settings say nothing: botocore's default is 5.
_ATTEMPTS = 8

# Where each partition keeps what it has once, such as IAM's tags in the tagging API.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
_HOME = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


class Aws:
    """One region of an account: its clients, and what was already read there in this pass."""

    def __init__(
        self, session: boto3.Session, region: str, patience: float, making: threading.Lock
    ) -> None:
        self.region = region
        self._session = session
        self._patience = patience
        self._making = making
        self._clients: dict[tuple[str, str, bool], Any] = {}
        self._reading: dict[str, threading.Lock] = {}
        self._read: dict[str, Any] = {}

    def client(self, service: str, region: str | None = None, once: bool = False) -> Any:
        """A boto3 client; made once, since making one costs more than a call.

        With `once` each call is sent once: for what must not be done twice, where botocore would
        repeat a call whose answer it did not hear, or that failed at AWS's end.
        """
        wanted = (service, region or self.region, once)
        with self._making:
            if wanted not in self._clients:
                self._clients[wanted] = self._session.client(
                    cast(Any, service), region_name=wanted[1], config=_settings(service, once)
                )
            return self._clients[wanted]

    @property
    def home(self) -> str:
        """The region that answers for what this partition has once."""
        return _HOME.get(self._session.get_partition_for_region(self.region), self.region)

    def pages(self, service: str, operation: str, result: str, **parameters: Any) -> list[Any]:
        """Everything under `result` in all pages of a listing."""
        return [*self.each(service, operation, result, **parameters)]

    def each(self, service: str, operation: str, result: str, **parameters: Any) -> Iterator[Any]:
        """The same one by one: who keeps less of each never has more than a page of it all."""
        call = getattr(self.client(service, parameters.pop("region", None)), operation)
        listing = pages(call, parameters) if service == "ec2" else _paginated(call, parameters)
        for page in listing:
            yield from page.get(result, ())

    def patiently(self, call: Callable[[], T], *codes: str) -> T:
        """What `call` gives, while AWS may still be catching up and answers one of `codes`."""
        return patiently(call, codes, self._patience)

    def settled(self, made: datetime) -> bool:
        """Whether what was made then must show everywhere by now, so that an absence is one."""
        return now() - made.timestamp() >= _SETTLES * self._patience

    def once(self, name: str, read: Callable[[Aws], T]) -> T:
        """What `read` gives, read at most once: several kinds look at the same listing."""
        with self._making:
            lock = self._reading.setdefault(name, threading.Lock())
        with lock:
            if name not in self._read:
                self._read[name] = read(self)
            return cast(T, self._read[name])

    def look_again(self) -> None:
        """Forget what was read, since something was done."""
        with self._making:
            self._read = {}


class Caller(NamedTuple):
    """Who we are to AWS."""

    account: str
    arn: str


def _caller(aws: Aws) -> Caller:
    answer = aws.client("sts").get_caller_identity()
    return Caller(answer["Account"], answer["Arn"])


class Accounts:
    """The estate's accounts, each as the credentials for it see it."""

    def __init__(
        self,
        sessions: Mapping[str, boto3.Session],
        home: Scope,
        patience: float,
        making: threading.Lock,
    ) -> None:
        """`sessions` has one for each account, and under "" the one that all of them begin with."""
        self._sessions = sessions
        self._home = home
        self._patience = patience
        self._making = making
        self._scopes: dict[Scope, Aws] = {}

    def at(self, scope: Scope) -> Aws:
        """A scope to ask; the estate's first region answers for what an account has once."""
        place = scope if scope.region else scope._replace(region=self._home.region)
        with self._making:
            if place not in self._scopes:
                session = self._sessions[place.account]
                self._scopes[place] = Aws(session, place.region, self._patience, self._making)
            return self._scopes[place]

    def look_again(self) -> None:
        """Have what was read everywhere read anew: something was done."""
        with self._making:
            scopes = [*self._scopes.values()]
        for aws in scopes:
            aws.look_again()

    @property
    def home(self) -> Aws:
        """Where the estate keeps what it has once; raises `Refused` when it is another's place."""
        self.check(self._home.account)
        return self.at(self._home)

    def caller(self) -> Caller:
        """Whom our own credentials make us, as STS gives it, before any role is assumed."""
        return self._caller("")

    def check(self, account: str) -> None:
        """Raises `Refused` when the credentials for an account lead elsewhere, or nowhere."""
        with explained():
            there = self._caller(account).account
        if there != account:
            raise Refused(
                f"the credentials lead to account {there}, not to {account}: use others, or let "
                "spec.accounts of the Estate say which role to assume there"
            )

    def _caller(self, account: str) -> Caller:
        by_ours = self._sessions[account] is self._sessions[""]
        return self.at(Scope("" if by_ours else account)).once("caller", _caller)


def connect(estate: Estate, look: bool = False) -> Accounts:
    """The accounts of an estate, by whatever credentials, profile or endpoint boto3 finds.

    Where an account names a role, that is assumed with them; to `look`, the read-only one.
    """
    import boto3

    from reconciler.aws.roles import Way, assuming

    # boto3 documents clients as safe to share between threads, and sessions as not.
    making = threading.Lock()
    region, purpose = estate.regions[0], f"reconcile-{estate.name}"
    with explained():
        core = _configured(estate.accounts[0].id, making)
        sessions = {"": boto3.Session(botocore_session=core, region_name=region)}
        for account in estate.accounts:
            role = (look and account.read_only_role) or account.role
            sessions[account.id] = sessions[""]
            if role:
                way = Way(account.id, role, account.external_id, purpose, region)
                session = assuming(way, core, _configured(account.id, making, core), making)
                sessions[account.id] = boto3.Session(botocore_session=session, region_name=region)
        return Accounts(sessions, estate.home, PATIENCE_SECONDS, making)


def _paginated(call: Any, parameters: Mapping[str, Any]) -> Iterator[Any]:
    """All pages as botocore knows them; the client that has the call may be another: see `lean`."""
    yield from call.__self__.get_paginator(call.__name__).paginate(**parameters)


def _settings(service: str, once: bool) -> Config | None:
    """What one client has otherwise than all others."""
    from botocore.config import Config

    # Addresses that are signed beforehand get an old signature otherwise, which objects that KMS
    # encrypts refuse. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    signed = {"signature_version": "s3v4"} if service == "s3" else {}
    asked = {"retries": {"mode": "standard", "total_max_attempts": 1}} if once else {}
    return Config(**signed, **asked) if signed or asked else None


def _configured(
    account: str, making: threading.Lock, like: botocore.session.Session | None = None
) -> botocore.session.Session:
    """A session of botocore with our settings, which shares what it has read with another."""
    from botocore.config import Config
    from botocore.session import get_session

    from reconciler.aws.loading import lean

    core = get_session()
    lean(core, making, like)
    heard(core)
    packed(core)
    seen_ahead(core)
    budgeted(core, account)
    quickened(core)
    attempts = core.get_config_variable("max_attempts") or _ATTEMPTS
    core.set_default_client_config(
        Config(
            retries={"mode": "standard", "total_max_attempts": int(attempts)},
            max_pool_connections=32,
            user_agent_appid="reconcile",
        )
    )
    return core
