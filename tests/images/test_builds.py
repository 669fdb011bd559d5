"""Images from end to end: built, used, built anew beside the old ones, and pruned."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.aws.told import why_stop
from tests.conftest import Ran
from tests.fleets.account import applied, mapping, waiting, worker_type
from tests.images.conftest import NOTHING, PROFILE, Workshop, image, script
from tests.laws.cases import document

Desired = Callable[..., None]
Reconcile = Callable[..., Ran]
USES_IT = worker_type(
    "linux",
    image={"built": "linux"},
    queue=waiting(1),
    capacity={"max": 1},
    launch={"instanceProfile": PROFILE},
)


def templates(workshop: Workshop) -> list[str]:
    """From which images something may be launched."""
    versions = workshop.ec2.describe_launch_template_versions(Versions=["$Default"])
    return [one["LaunchTemplateData"]["ImageId"] for one in versions["LaunchTemplateVersions"]]


def test_an_image_is_built_and_used_in_one_apply_and_leaves_nothing_else(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    steps = [
        {"name": "one", "script": "echo $((40 + 2)); echo oh no >&2", "reboot": True},
        {"name": "two", "document": "greeting", "parameters": {"words": ["dear", "world"]}},
    ]
    greeting = document(
        "Document",
        "greeting",
        """
  content:
    schemaVersion: "2.2"
    parameters: {words: {type: StringList}}
    mainSteps:
    - {action: "aws:runShellScript", name: greet, inputs: {runCommand: ["echo {{ words }}"]}}
""",
    )
    disks = {"/dev/xvda": {"size": 30}}
    desired(greeting, image(steps=steps, blockDevices=disks), USES_IT)
    planned = reconcile("plan")
    assert "not built before, so nobody knows how long that takes" in planned.out
    assert "Image/linux has none yet: `reconcile apply` builds it" in planned.out
    ran = applied(reconcile)
    for told in ("step 1 of 2: one", "42", "oh no", "is restarted", "step 2 of 2: two", "dear"):
        assert re.search(f"^Image/linux: .*{told}", ran.err, re.MULTILINE), told
    (made,) = workshop.images()
    assert made["State"] == "available"
    assert made["Name"].startswith("ci-linux.")
    assert made["Tags"]["reconciler:estate"] == "acme"
    assert made["Tags"]["reconciler:fingerprint"].startswith(made["Name"].rpartition(".")[2])
    (snapshot,) = workshop.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert mapping(snapshot["Tags"])["reconciler:estate"] == "acme"
    assert templates(workshop) == [made["ImageId"]]
    (worker,) = [one for some in workshop.left()["instances"] for one in some["Instances"]]
    assert worker["ImageId"] == made["ImageId"]
    assert workshop.left()["snapshots"] == set()
    workshop.sandbox.turn(90)
    assert "Nothing to do" in reconcile("plan").out


def test_what_runs_at_the_first_boot_is_there_for_the_steps(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    first = 'echo "by $0" >>"$HOME/first"'
    steps = [{"name": "one", "script": "true", "reboot": True}, *script('cat "$HOME/first"')]
    desired(image(firstBoot=first, steps=steps))
    assert "firstBoot  a script of 1 line\n" in reconcile("plan").out
    ran = applied(reconcile)
    assert len(re.findall("^Image/linux: by ", ran.err, re.MULTILINE)) == 1, ran


def test_its_machine_stands_still_while_its_image_is_made(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    states: list[str] = []

    def look() -> None:
        workshop.sandbox.agent.settle()
        found = workshop.ec2.describe_instances()["Reservations"]
        if workshop.images():
            states.extend(one["State"]["Name"] for some in found for one in some["Instances"])

    desired(image())
    workshop.sandbox.imaging(60)
    workshop.meanwhile += [look] * 20
    applied(reconcile)
    assert states
    assert {*states} == {"stopped"}


def test_another_script_is_built_beside_the_old_ones_of_which_the_last_stay(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    for text in ("one", "two", "three"):
        workshop.sandbox.turn(60)
        desired(image(steps=script(f"echo {text}")))
        before = workshop.names()
        ran = applied(reconcile)
        assert len(workshop.images()) == min(len(before) + 1, 2), ran
    assert before[0] not in workshop.names()
    assert workshop.left()["snapshots"] == set()
    assert re.search(r"will be built, in about \d+ (s|min)", ran.out)


def test_what_is_in_use_stays_until_nothing_is_launched_from_it(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image(keep=1), USES_IT)
    applied(reconcile)
    (old,) = workshop.names()
    workshop.sandbox.turn(90)
    desired(image(keep=1, steps=script("echo other")), USES_IT)
    applied(reconcile)
    assert old in workshop.names()
    applied(reconcile)
    assert old not in workshop.names()


def test_a_step_that_fails_leaves_the_old_image_in_use_and_tells_why(
    workshop: Workshop, desired: Desired, reconcile: Reconcile, tmp_path: Path
) -> None:
    desired(image(), USES_IT)
    applied(reconcile)
    (old,) = workshop.images()
    workshop.sandbox.turn(90)
    steps = [
        {"name": "fine", "script": "echo fine"},
        {"name": "broken", "script": "echo before; echo the last word; exit 7"},
    ]
    desired(image(steps=steps), USES_IT)
    ran = applied(reconcile, 1)
    assert "the step 'broken' failed: exit status 7" in ran.out
    assert "the last word" in ran.out
    (log,) = re.findall(r"all of its output: (\S+)", ran.out)
    assert Path(log).is_relative_to(tmp_path / "state")
    assert Path(log).stat().st_mode & 0o077 == 0
    assert "fine\n" in Path(log).read_text()
    assert workshop.names() == [old["Name"]]
    assert templates(workshop) == [old["ImageId"]]
    assert len(workshop.left()["instances"]) == 1
    assert workshop.left()["snapshots"] == set()


def asked_to_end(number: signal.Signals) -> None:
    """The program gets the signal, and goes on once it has heard it."""
    main = threading.main_thread().ident
    assert main
    signal.pthread_kill(main, number)
    while not why_stop():
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_a_build_up_and_ends_its_machine(
    number: signal.Signals, workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image(steps=script("sleep 60")))
    workshop.meanwhile += [lambda: None, lambda: None, lambda: asked_to_end(number)]
    ran = reconcile("apply", "--yes")
    assert ran.status == 1
    assert "the step 'hello': the run was stopped" in ran.out
    assert workshop.names() == []
    assert workshop.left() == NOTHING


def test_the_loop_builds_nothing_says_so_and_goes_on_with_all_else(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image())
    applied(reconcile)
    (old,) = workshop.images()
    desired(image(steps=script("echo other")), USES_IT)
    ran = reconcile("run", "--once")
    assert ran.status == 1, ran
    assert "Image/linux: " in ran.err
    assert "`reconcile apply` builds it, and no loop does" in ran.err
    assert templates(workshop) == [old["ImageId"]]
    assert workshop.names() == [old["Name"]]


def test_what_aws_still_makes_is_waited_for_and_not_built_twice(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image(timeout=600))
    workshop.sandbox.imaging(900)
    ran = applied(reconcile, 1)
    assert "is pending, and AWS goes on: the build's time is over" in ran.out
    assert [one["State"] for one in workshop.images()] == ["pending"]
    ran = applied(reconcile)
    assert "AWS still makes it: it is waited for" in ran.out
    assert [one["State"] for one in workshop.images()] == ["available"]
    assert workshop.left() == NOTHING


def test_what_aws_could_not_make_is_taken_away_and_built_anew(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image())
    workshop.sandbox.imaging(10, fails=True)
    assert "AWS could not make ami-" in applied(reconcile, 1).out
    workshop.sandbox.imaging(10)
    assert "AWS could not make it the last time; will be built" in applied(reconcile).out
    assert [one["State"] for one in workshop.images()] == ["available"]
    assert workshop.left() == NOTHING


def test_an_image_of_another_is_built_after_it_with_what_that_left(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    below = image("below", steps=script('echo "from below" >"$HOME/left"'))
    above = image("above", base={"built": "below"}, steps=script('cat "$HOME/left"'))
    desired(above, below)
    assert "Image/below is to be built first" in reconcile("plan").out
    ran = applied(reconcile)
    assert "Image/above: from below" in ran.err
    assert [name.partition(".")[0] for name in workshop.names()] == ["ci-below", "ci-above"]


def test_only_images_of_ours_are_ever_taken_away(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image())
    planned = reconcile("plan", "--format", "json").out
    (name,) = [one["name"] for one in json.loads(planned)["changes"]]
    theirs = workshop.ec2.register_image(Name=f"ci-{name}")["ImageId"]
    ran = applied(reconcile, 1)
    assert f"{theirs} has the name ci-{name}, and is not this estate's" in ran.out
    workshop.ec2.deregister_image(ImageId=theirs, DeleteAssociatedSnapshots=True)
    other = workshop.ec2.register_image(Name="ci-linux.0123456789ab")["ImageId"]
    applied(reconcile)
    assert len(workshop.images()) == 2
    desired()
    assert reconcile("destroy", "--yes").status == 0
    assert [one["ImageId"] for one in workshop.images()] == [other]
    assert workshop.left() == NOTHING


def test_a_snapshot_that_lost_its_image_goes_with_the_next_pass(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image())
    applied(reconcile)
    (made,) = workshop.images()
    workshop.ec2.deregister_image(ImageId=made["ImageId"])
    assert len(workshop.left()["snapshots"]) == 1
    assert "no image is kept in it any more" in reconcile("plan").out
    reconcile("run", "--once")
    assert workshop.left() == NOTHING


def test_a_saved_plan_is_carried_out_with_the_images_in_it(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image())
    assert reconcile("plan", "--out", "plan.json").status == 0
    assert reconcile("apply", "plan.json", "--yes").status == 0
    assert len(workshop.images()) == 1


def test_while_the_base_is_not_known_nothing_is_built_and_nothing_goes(
    workshop: Workshop, desired: Desired, reconcile: Reconcile
) -> None:
    desired(image())
    applied(reconcile)
    desired(image(base={"name": "no-such-*"}))
    ran = reconcile("plan")
    assert "Image/linux: nothing is built of it: there is no image newest no-such-*" in ran.out
    assert "Nothing to do" in ran.out
