"""Credentials that are over in the middle of a long wait."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.credentials import DeferredRefreshableCredentials, _local_now
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox
from tests.conftest import ESTATE
from tests.ephemeral.conftest import NOTHING, Exec, Lab

ACCOUNT = "123456789012"
BY_ROLE = ESTATE.replace(f'"{ACCOUNT}"', f"{{id: '{ACCOUNT}', role: ci/reconcile}}")


def test_a_role_is_assumed_again_before_its_session_is_over(
    lab: Lab, execute: Exec, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)

    def near_its_end() -> None:
        """botocore renews what holds no longer than a quarter of an hour."""
        lab.waited = 3000.0
        go.write_text("well\n")

    def later() -> datetime:
        told: datetime = _local_now() + timedelta(seconds=lab.waited)
        return told

    monkeypatch.setattr("botocore.credentials._local_now", later)
    monkeypatch.setattr(DeferredRefreshableCredentials.__init__, "__defaults__", (later,))
    lab.declare(BY_ROLE)
    lab.meanwhile = [lambda: None, near_its_end]
    ran = execute(f"cat {go}", options=("--timeout", "43200"))
    assert (ran.status, ran.out) == (0, "well\n")
    assert sandbox.requests.count(("sts", "AssumeRole")) > 1
    assert lab.left() == NOTHING


def test_whose_credentials_are_to_be_renewed_is_told_and_the_machine_is_ended_once_they_are(
    lab: Lab, execute: Exec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert lab.left() == NOTHING, "who looks from outside keeps the credentials of before"
    file = tmp_path / "credentials"
    file.write_text("[release]\naws_access_key_id = a\naws_secret_access_key = b\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "release")
    really: Any = BaseClient._make_api_call
    over = False

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if over and client.meta.config.user_agent_appid == "reconcile":
            told = {"Code": "ExpiredTokenException", "Message": "The token is expired"}
            raise ClientError({"Error": told}, operation)
        return really(client, operation, parameters)

    def become(now: bool) -> None:
        nonlocal over
        over = now

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    nothing = [lambda: None] * 3
    lab.meanwhile = [*nothing, lambda: become(True), *nothing, lambda: become(False)]
    ran = execute("sleep 100")
    assert ran.status == 1
    first, *_ = [line for line in ran.err.splitlines() if "expired" in line]
    assert "it can't be ended yet, which is tried again" in first
    assert ran.err.count("(renew the credentials of the profile release)") == 2
    assert "Traceback" not in ran.err
    assert lab.left() == NOTHING
