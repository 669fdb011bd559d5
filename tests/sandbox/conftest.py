"""The embedded AWS, empty at the start of each test, and boto3 to call it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox, serving

Client = Callable[..., Any]
Refused = Callable[[str], AbstractContextManager[Any]]


@pytest.fixture(scope="session")
def server(quick_worlds: None) -> Iterator[Sandbox]:
    with serving() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    server.reset()
    return server


@pytest.fixture(scope="session")
def clients(server: Sandbox) -> Client:
    @cache
    def client(service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=server.endpoint,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


@pytest.fixture
def client(sandbox: Sandbox, clients: Client) -> Client:
    """boto3's client of a service, in us-east-1 if no region is given; made once."""
    assert not sandbox.requests
    return clients


@pytest.fixture
def refused() -> Refused:
    """A block in which AWS answers an error of this code."""
    return lambda code: pytest.raises(ClientError, match=rf"\({code}\)")
