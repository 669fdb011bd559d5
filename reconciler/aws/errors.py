"""What AWS refuses, told apart by its codes, and said in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from reconciler.errors import ReconcileError

T = TypeVar("T")


class Refused(ReconcileError):
    """AWS, or the way to it, said no; the text is ready to be shown."""


def code(error: Exception) -> str:
    """AWS's code for an error, or "" where it is not AWS's."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


@contextmanager
def gone_is_fine(*codes: str) -> Iterator[None]:
    """A thing that is already gone when it is to be taken away is what was wanted."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if code(error) not in codes:
            raise


def patiently(call: Callable[[], T], codes: tuple[str, ...], patience: float) -> T:
    """What `call` gives, asked again while AWS answers one of `codes`, for `patience` seconds.

    What was made may stay invisible for some seconds, and what was deleted may still hold.
    """
    from botocore.exceptions import ClientError
    from tenacity import (
        Retrying,
        retry_if_exception,
        stop_after_delay,
        wait_exponential_jitter,
    )

    waiting = Retrying(
        retry=retry_if_exception(lambda e: isinstance(e, ClientError) and code(e) in codes),
        wait=wait_exponential_jitter(multiplier=0.5, max=8),
        stop=stop_after_delay(patience),
        reraise=True,
    )
    return waiting(call)


@contextmanager
def explained(hint: str = "") -> Iterator[None]:
    """Turns what botocore raises into `Refused`, with what to do about it where that is known."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise Refused(_sentence(error) + hint) from error
    except ResponseParserError as error:
        raise Refused(f"what answered is not AWS: {str(error)[:_LONGEST]}{hint}") from error
    except BotoCoreError as error:
        raise Refused(f"{error}{_ADVICE.get(type(error).__name__, '')}{hint}") from error


# Something between us and AWS may answer with a whole page.
_LONGEST = 500
_ADVICE = {
    "NoCredentialsError": ": set AWS_PROFILE, or sign in, or run inside AWS",
    "ProfileNotFound": ": see `aws configure list-profiles`",
    "TokenRetrievalError": ": `aws sso login` renews it",
    "UnauthorizedSSOTokenError": ": `aws sso login` renews it",
    "SSOTokenLoadError": ": `aws sso login` renews it",
}


def _sentence(error: Exception) -> str:
    response = getattr(error, "response", {})
    operation = getattr(error, "operation_name", "AWS")
    message = " ".join(response.get("Error", {}).get("Message", "").split()) or "no reason given"
    return f"{operation}: {code(error)}: {message[:_LONGEST]}"
