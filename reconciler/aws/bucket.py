"""The estate's part of a bucket: files on their way to a machine or from it, each for a moment.

Their keys begin with `reconciler/` and the estate's name, and their tag says the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, NamedTuple
from urllib.parse import urlencode

from reconciler.aws.errors import Refused, explained, gone_is_fine
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping
from reconciler.fields.tags import ESTATE
from reconciler.model import Estate, Observed
from reconciler.spec import Spec

_GONE = ("404", "NoSuchBucket", "NoSuchKey")


class Passing(NamedTuple):
    """An object, there or not yet."""

    s3: Any
    bucket: str
    key: str
    tagging: str

    @property
    def where(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key}

    def put(self, file: IO[bytes]) -> None:
        self.s3.put_object(**self.where, Tagging=self.tagging, Body=file)

    def content(self) -> Any:
        """What is in it, as a stream."""
        return self.s3.get_object(**self.where)["Body"]

    def to_get(self, seconds: int) -> str:
        """An address at which whoever knows it gets the object, for so long."""
        return str(self.s3.generate_presigned_url("get_object", self.where, seconds))

    def to_put(self, seconds: int) -> tuple[str, dict[str, str]]:
        """The same for who puts it there, and the headers that must come with it."""
        asked = {**self.where, "Tagging": self.tagging}
        address = self.s3.generate_presigned_url("put_object", asked, seconds)
        return str(address), {"x-amz-tagging": self.tagging}


class Bucket:
    """The bucket that the Estate names; raises `Refused` where it is not to be had."""

    def __init__(self, home: Aws, estate: Estate) -> None:
        self._estate = estate
        with explained(f" (the Estate's bucket {estate.bucket})"):
            self._s3 = _client(home, estate.bucket)

    @contextmanager
    def passing(self) -> Iterator[Passing]:
        """A new object, which is gone when the block ends."""
        key = f"{_prefix(self._estate.name)}{uuid.uuid4().hex}"
        one = Passing(self._s3, self._estate.bucket, key, urlencode({ESTATE: self._estate.name}))
        try:
            yield one
        finally:
            # What can't be deleted now is the next purge's.
            with suppress(Refused), explained():
                self._s3.delete_object(**one.where)


def left(home: Aws, estate: Estate) -> Iterator[Observed]:
    """What of the estate's is in its bucket, as a run leaves it that was killed."""
    if not estate.bucket:
        return
    # A bucket that is gone has nothing in it.
    with gone_is_fine(*_GONE):
        s3 = _client(home, estate.bucket)
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=estate.bucket, Prefix=_prefix(estate.name)
        ):
            for one in page.get("Contents", ()):
                where = {"Bucket": estate.bucket, "Key": one["Key"]}
                tags = as_mapping(s3.get_object_tagging(**where)["TagSet"])
                if tags.get(ESTATE) == estate.name:
                    yield Observed("/".join(where.values()), one["Key"], Spec(), tags)


def delete(home: Aws, thing: Observed) -> None:
    """Delete what was left; one that is gone is fine, to S3 too."""
    bucket, _, key = thing.name.partition("/")
    _client(home, bucket).delete_object(Bucket=bucket, Key=key)


def _client(home: Aws, bucket: str) -> Any:
    """A client of the bucket's own region: only that one's signature is taken for it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """

    def region(home: Aws) -> str:
        told = home.client("s3").head_bucket(Bucket=bucket)
        return str(told.get("BucketRegion") or home.region)

    return home.client("s3", home.once(f"the region of {bucket}", region))


def _prefix(estate: str) -> str:
    return f"reconciler/{estate}/"
