"""The weather itself, and flaky: what fails, what is lost, and that both come the same again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from reconciler.sandbox import NoSuchWeather, Sandbox
from reconciler.sandbox.call import Call
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.weather.flaky import Flaky
from reconciler.sandbox.weather.sky import Dropped, Moment

TRUST = '{"Version": "2012-10-17", "Statement": []}'


def outcome(call: Callable[[], Any]) -> str:
    """What becomes of a call, in a word."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except AwsError as error:
        return error.code
    except (ConnectionClosedError, Dropped):
        return "no answer"
    return "fine"


def outcomes(client: Any, names: list[str]) -> dict[str, list[str]]:
    ssm = client("ssm")
    return {n: [outcome(lambda: ssm.get_parameters(Names=[n])) for _ in range(6)] for n in names}  # noqa: B023


NAMES = [f"p{number}" for number in range(10)]


def test_the_same_seed_brings_the_same_and_another_brings_something_else(
    client: Any, sandbox: Sandbox
) -> None:
    came = []
    for seed in (1, 1, 2):
        sandbox.weather("flaky", seed)
        came.append(outcomes(client, NAMES))
    assert came[0] == came[1] != came[2]


def test_what_comes_to_a_call_hangs_not_on_who_else_calls(client: Any, sandbox: Sandbox) -> None:
    sandbox.weather("flaky", 3)
    alone = outcomes(client, NAMES)
    sandbox.weather("flaky", 3)
    with ThreadPoolExecutor(4) as pool:
        parts = [*pool.map(lambda name: outcomes(client, [name]), reversed(NAMES))]
    assert {name: part for each in parts for name, part in each.items()} == alone


def test_ids_and_tokens_and_secrets_of_a_run_change_nothing(client: Any, sandbox: Sandbox) -> None:
    ec2, ssm = client("ec2"), client("ssm")

    def asked(id_: str, secret: str) -> list[str]:
        sandbox.weather("flaky", 4)
        return [
            outcome(call)
            for _ in range(10)
            for call in (
                lambda: ec2.describe_security_groups(GroupIds=[f"sg-{id_}"]),
                lambda: ssm.put_parameter(
                    Name="s", Type="SecureString", Value=secret, Overwrite=True
                ),
            )
        ]

    assert asked("0123456789abcdef0", "hush") == asked("fedcba98765432100", "quiet")


def test_every_way_to_fail_comes(client: Any, sandbox: Sandbox) -> None:
    sandbox.weather("flaky", 5)
    iam = client("iam")
    came = {outcome(lambda: iam.get_role(RoleName=f"r{n}")) for n in range(60)}  # noqa: B023
    assert came == {"NoSuchEntity", "ServiceFailure", "ServiceUnavailable", "no answer"}


def test_a_lost_answer_leaves_what_was_done_and_a_lost_call_nothing(
    client: Any, sandbox: Sandbox
) -> None:
    sandbox.weather("flaky", 6)
    ssm, trail = client("ssm"), client("cloudtrail")
    lost = [
        name
        for name in (f"p{n}" for n in range(60))
        if outcome(lambda: ssm.put_parameter(Name=name, Type="String", Value="x")) == "no answer"  # noqa: B023
    ]
    sandbox.weather("fair")
    there = {name for name in lost if ssm.get_parameters(Names=[name])["Parameters"]}
    assert set() < there < set(lost)
    pages = trail.get_paginator("lookup_events").paginate()
    told = len([event for page in pages for event in page["Events"]])
    assert len(there) <= told < 60


def test_who_tries_again_gets_through(client: Any, sandbox: Sandbox) -> None:
    sandbox.weather("storm", 7)
    for each in outcomes(client, NAMES).values():
        assert "fine" in each


def test_some_answers_are_slow_and_none_is_waited_for() -> None:
    call, clock = Call("ssm", "GetParameters", "us-east-1", "sandbox", False, ""), Clock()
    for number in range(20):
        moment = Moment(call, partial(luck, number), clock)
        outcome(lambda: Flaky(50)(moment, {}, lambda _: {}))  # noqa: B023
    assert 0 < clock.now() < 20 * 20


def luck(number: int, purpose: str) -> Random:
    return Random(f"{number} {purpose}")


def test_a_reset_clears_the_sky(client: Any, sandbox: Sandbox) -> None:
    sandbox.weather("flaky", 5)
    sandbox.reset()
    assert {o for each in outcomes(client, NAMES).values() for o in each} == {"fine"}


def test_what_goes_by_path_is_left_alone(client: Any, sandbox: Sandbox) -> None:
    sandbox.weather("storm", 1)
    for number in range(20):
        client("s3").create_bucket(Bucket=f"bucket-{number}")


def test_an_unknown_weather_is_told_with_those_that_there_are(sandbox: Sandbox) -> None:
    with pytest.raises(NoSuchWeather, match=r"'hail'.* fair, .*storm"):
        sandbox.weather("storm,hail")


def sandboxed(*arguments: str) -> subprocess.CompletedProcess[str]:
    main = "from reconciler.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", main, "sandbox", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_takes_a_weather_and_a_seed() -> None:
    script = (
        "import boto3\n"
        "from botocore.config import Config\n"
        "once = Config(retries={'total_max_attempts': 1})\n"
        "sts = boto3.client('sts', config=once)\n"
        "for _ in range(40):\n"
        "    try: sts.get_caller_identity(); print('fine')\n"
        "    except Exception as error: print(type(error).__name__)\n"
    )
    one, other = (
        sandboxed("--weather", "storm", "--seed", seed, "--", sys.executable, "-c", script).stdout
        for seed in ("7", "8")
    )
    assert one != other
    assert {"fine", "ClientError"} <= {*one.split()} & {*other.split()}
    assert "ConnectionClosedError" in f"{one} {other}", "what is dropped ends here, too"


def test_the_command_tells_of_a_weather_that_there_is_not() -> None:
    ended = sandboxed("--weather", "hail", "--", "true")
    assert ended.returncode == 1
    assert "there is no weather 'hail'" in ended.stderr
    assert "Traceback" not in ended.stderr
