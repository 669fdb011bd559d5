"""EC2 is asked to pack its answers, and packed or not they say the same."""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.session import get_session
from urllib3 import HTTPResponse

from reconciler.aws.packed import packed

ANSWERS = {
    "ec2": b"<R><keySet><item><keyName>one</keyName></item></keySet></R>",
    "iam": b"<R><ListRolesResult><Roles/></ListRolesResult></R>",
}


def asked(service: str, operation: str, body: bytes, **headers: str) -> tuple[Any, str | None]:
    """What a call answers when AWS sends this, and which packing the call asked for."""
    core = get_session()
    wanted: list[str | None] = []
    core.set_credentials("key", "secret")
    packed(core)

    def answer(request: Any, **_: object) -> AWSResponse:
        wanted.append(request.headers.get("Accept-Encoding"))
        raw = HTTPResponse(BytesIO(body), preload_content=False, decode_content=False)
        return AWSResponse(request.url, 200, headers, raw)

    core.get_component("event_emitter").register_last(f"before-send.{service}", answer)
    client = core.create_client(service, region_name="us-west-2")
    found = getattr(client, operation)()
    return found, wanted[0]


@pytest.mark.parametrize("pack", [True, False])
def test_what_ec2_packs_is_unpacked_and_else_left_as_it_is(pack: bool) -> None:
    body = ANSWERS["ec2"]
    if pack:
        found, wanted = asked(
            "ec2", "describe_key_pairs", gzip.compress(body), **{"Content-Encoding": "gzip"}
        )
    else:
        found, wanted = asked("ec2", "describe_key_pairs", body)
    assert wanted == "gzip"
    assert found["KeyPairs"] == [{"KeyName": "one"}]


def test_no_other_service_is_asked_to() -> None:
    found, wanted = asked("iam", "list_roles", ANSWERS["iam"])
    assert not found["Roles"]
    assert wanted is None
