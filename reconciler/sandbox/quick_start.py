"""botocore's files, read once for all of moto.

moto makes a session of boto3 for each partition whose zones it lists, and one more later, and each
would read anew where all endpoints are and what EC2 can do: a tenth of a start, and 50 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import botocore.session


@contextmanager
def reading_once() -> Iterator[None]:
    """Sessions that are made in this block share one loader, moto's own among them."""
    loader = botocore.session.create_loader()
    with patch.object(botocore.session, "create_loader", lambda *_: loader):
        from moto.core.base_backend import AccountSpecificBackend

        AccountSpecificBackend.get_session()
        yield
