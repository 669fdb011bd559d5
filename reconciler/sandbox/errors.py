"""Errors as AWS answers them, and everything else made into one."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call


class NoSuchWeather(Exception):
    """A name that no weather has; the text says which there are."""


class AwsError(Exception):
    """What AWS refuses: its code, its words and the HTTP status that go with them."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def dry_run() -> AwsError:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors"""
    told = "Request would have succeeded, but DryRun flag is set."
    return AwsError("DryRunOperation", told, 412)


def as_aws_error(call: Call, error: Exception) -> AwsError:
    """An error in AWS's manner, with the status 400 where it is ours: clients retry a 500."""
    # Whoever only asks which weathers there are may not have it.
    from moto.core.exceptions import ServiceException

    if isinstance(error, AwsError):
        return error
    if isinstance(error, ServiceException):
        return AwsError(error.code, error.message)
    if isinstance(error, NotImplementedError):
        return _unknown(call, error)
    return _failed(call, error)


def _unknown(call: Call, error: NotImplementedError) -> AwsError:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors"""
    code = "InvalidAction" if call.by_form else "UnknownOperationException"
    return AwsError(code, f"the sandbox can't answer {call.service} {call.operation}: {error}")


def _failed(call: Call, error: Exception) -> AwsError:
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
    told = f"the sandbox failed to answer {call.service} {call.operation}: {what}"
    return AwsError("InternalFailure", told)
