"""The embedded AWS, empty at the start of each test, and boto3 to call it with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox
from tests.direct import embedded
from tests.sandbox.machines import Machines

Client = Callable[..., Any]
Refused = Callable[[str], AbstractContextManager[Any]]


@pytest.fixture(scope="session")
def server(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded() as sandbox:
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


@pytest.fixture(scope="session")
def server_with_agents(quick_worlds: None) -> Iterator[Sandbox]:
    with embedded(agent=True) as sandbox:
        yield sandbox


@pytest.fixture
def machines(server_with_agents: Sandbox) -> Machines:
    """In an empty AWS of their own."""
    return Machines(server_with_agents)


@pytest.fixture
def pid(tmp_path: Path) -> Callable[[], int]:
    """Waits for the number of a process that a script writes to the file `pid`."""
    file = tmp_path / "pid"
    os.mkfifo(file)
    return lambda: int(file.read_text())
