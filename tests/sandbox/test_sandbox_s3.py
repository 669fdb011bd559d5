"""S3: clients and signed URLs, for those who have nothing but an HTTP client too."""

from __future__ import annotations

import socket
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Client
from tests.sandbox.machines import Machines

BUCKET = "files"
KEY = "reconciler/acme/some file.tar.gz"


@pytest.fixture
def s3(client: Client) -> Any:
    found = client("s3")
    found.create_bucket(Bucket=BUCKET)
    return found


def url(s3: Any, operation: str) -> str:
    signed = s3.generate_presigned_url(operation, Params={"Bucket": BUCKET, "Key": KEY})
    return str(signed)


def kept(s3: Any) -> bytes:
    return bytes(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())


def test_a_client_puts_lists_reads_and_deletes(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"content", Tagging="reconciler:estate=acme")
    assert kept(s3) == b"content"
    tagged = s3.get_object_tagging(Bucket=BUCKET, Key=KEY)["TagSet"]
    assert tagged == [{"Key": "reconciler:estate", "Value": "acme"}]
    (listed,) = s3.list_objects_v2(Bucket=BUCKET, Prefix="reconciler/acme/")["Contents"]
    assert (listed["Key"], listed["Size"]) == (KEY, 7)
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": KEY}]})
    for call in (s3.head_object, s3.get_object):
        with pytest.raises(ClientError) as missing:
            call(Bucket=BUCKET, Key=KEY)
        assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_signed_url_is_enough_whatever_is_sent(s3: Any, client: Client) -> None:
    # This client says that it sends a form.
    for body in (b"word=1&other", bytes(range(256)) * 8):
        urlopen(Request(url(s3, "put_object"), body, method="PUT")).close()
        assert kept(s3) == body
        with urlopen(url(s3, "get_object")) as answer:
            assert answer.read() == body
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    with pytest.raises(HTTPError, match="404"):
        urlopen(url(s3, "get_object"))


def test_a_machine_sends_and_fetches_with_curl(machines: Machines) -> None:
    s3 = machines.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    (id_,) = machines.launch()
    told = machines.ran(
        id_,
        f"echo content | curl -sS -f -T - '{url(s3, 'put_object')}'",
        f"curl -sS -f '{url(s3, 'get_object')}'",
    )
    assert (told["Status"], told["StandardOutputContent"]) == ("Success", "content\n")
    assert kept(s3) == b"content\n"


def test_who_sends_slowly_keeps_nobody_waiting(s3: Any, client: Client) -> None:
    host, _, path = url(s3, "put_object").removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port))) as slow:
        slow.sendall(f"PUT /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\na".encode())
        assert s3.list_buckets()["Buckets"][0]["Name"] == BUCKET
        slow.sendall(b"b")
        assert slow.recv(12) == b"HTTP/1.1 200"
    assert kept(s3) == b"ab"
