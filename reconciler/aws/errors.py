"""What AWS refuses, told apart by its codes, and said in one line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
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
def unsaid(*secrets: str) -> Iterator[None]:
    """What goes wrong in the block is told without these, though AWS may repeat what it was sent.

    `Refused` stands for such an error then, and nothing leads from there to what AWS said.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        told = str(error)
        for spelled in _spellings(secrets):
            told = told.replace(spelled, "(the secret)")
        if told != str(error):
            raise Refused(told) from None
        raise


_SHORTEST = 4


def _spellings(secrets: Iterable[str]) -> list[str]:
    """Each as it is and as JSON has it, the longest first: one may stand in another."""
    forms = {
        form
        for secret in secrets
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    }
    # What is shorter is no secret, and stands in every sentence.
    return sorted((form for form in forms if len(form) >= _SHORTEST), key=len, reverse=True)


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
        # Behind a colon stands all that was answered, which may be credentials cut short.
        why = str(error).partition(":\n")[0][:_LONGEST]
        raise Refused(f"what answered is not AWS: {why}{hint}") from None
    except BotoCoreError as error:
        raise Refused(f"{error}{_advice(type(error).__name__)}{hint}") from error


# Something between us and AWS may answer with a whole page.
_LONGEST = 500
_ADVICE = {
    "NoCredentialsError": ": set AWS_PROFILE, or sign in, or run inside AWS",
    "ProfileNotFound": ": see `aws configure list-profiles`",
}
_SIGNED_OUT = ("SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError")
# EC2 says the last one, where the others do the first ones.
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


def _advice(error: str) -> str:
    """What to do about an error of botocore's own, by its name."""
    if error in _SIGNED_OUT:
        option = f" --profile {profile}" if (profile := _profile()) else ""
        return f": `aws sso login{option}` renews it"
    return _ADVICE.get(error, "")


def _renewal() -> str:
    """Whose credentials are to be renewed, where AWS says that they are over."""
    if "AWS_ACCESS_KEY_ID" in os.environ:
        return " (those of AWS_ACCESS_KEY_ID in the environment are over)"
    return f" (renew the credentials of the profile {_profile() or 'default'})"


def _profile() -> str:
    """As botocore finds it."""
    return os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE") or ""


def _sentence(error: Exception) -> str:
    response = getattr(error, "response", {})
    operation = getattr(error, "operation_name", "AWS")
    message = " ".join(response.get("Error", {}).get("Message", "").split()) or "no reason given"
    renewal = _renewal() if code(error) in _EXPIRED else ""
    return f"{operation}: {code(error)}: {message[:_LONGEST]}{renewal}"
