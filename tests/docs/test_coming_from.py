"""The page for who comes from elsewhere names every call there, and only commands that are here."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from reconciler.cli.app import app
from reconciler.load import load

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "coming-from.md").read_text("utf-8")
EXAMPLE = (DOCS / "mercurial" / "README.md").read_text("utf-8")

# https://www.mercurial-scm.org/repo/hg/file/tip/contrib/automation/hgautomation/cli.py
AUTOMATION = """
bootstrap-linux-dev bootstrap-windows-dev build-all-windows-packages build-inno build-windows-wheel
build-wix publish-windows-artifacts purge-ec2-resources run-tests-linux run-tests-windows
terminate-ec2-instances try
--arch --aws-region --base-image-name --distro --distros --filesystem --instance-type
--no-mercurial-scm-org --no-pypi --parallel --python-version --rev --revision --ssh-username
--state-path --test-flags --version test_flags
"""
# https://docs.taskcluster.net/reference/integrations/aws-provisioner/references/api, and what
# https://github.com/taskcluster/aws-provisioner had before in src/api-v1.js.
PROVISIONER = """
backendStatus createSecret createWorkerType getLaunchSpecs getSecret instanceStarted
listWorkerTypeSummaries listWorkerTypes ping removeSecret removeWorkerType state updateWorkerType
workerType workerTypeLastModified
amiSet awsState createAmiSet listAmiSets removeAmiSet
shutdownEverySingleEc2InstanceManagedByThisProvisioner terminateAllInstancesOfWorkerType
updateAmiSet validateAmiSet
"""
# https://pkg.go.dev/github.com/taskcluster/taskcluster-client-go/tcec2manager
EC2_MANAGER = """
allState amiUsage dbpoolStats ebsUsage ensureKeyPair getHealth getPrices getRecentErrors
getSpecificPrices listWorkerTypes ping purgeQueues regions removeKeyPair runInstance sqsStats
terminateInstance terminateWorkerType workerTypeErrors workerTypeHealth workerTypeState
workerTypeStats
"""


def rows(section: str) -> dict[str, str]:
    """What is here for each call there, of the tables of a section."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`) \| (.+) \|$", text, re.MULTILINE)
    return {name: here for names, here in cells for name in re.findall("`(.*?)`", names)}


@pytest.mark.parametrize(
    ("section", "calls"),
    [
        ("Mercurial's automation.py", AUTOMATION),
        ("The AWS Provisioner", PROVISIONER),
        ("EC2-Manager", EC2_MANAGER),
    ],
)
def test_every_call_there_has_an_answer(section: str, calls: str) -> None:
    assert sorted(rows(section)) == sorted(calls.split())


def told(text: str) -> Iterator[tuple[str, ...]]:
    """The arguments of each `reconcile` that a reader is told to run."""
    inline = re.findall(r"`reconcile ([^`]+)`", text)
    for call in [*inline, *re.findall(r"^    (?:\S+=\S+ )?reconcile (.+)$", text, re.MULTILINE)]:
        words = tuple(shlex.split(call))
        yield words
        if words[0] == "sandbox":
            yield words[words.index("reconcile") + 1 :]


CALLS = sorted({*told(PAGE), *told(EXAMPLE)})


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_the_command_and_its_options_are_there(call: tuple[str, ...]) -> None:
    command, arguments = typer.main.get_command(app), [*call]
    while arguments and arguments[0] in getattr(command, "commands", ()):
        command = command.commands[arguments.pop(0)]  # type: ignore[attr-defined]
    # Where it is the command alone that is spoken of, it lacks what must be said with it.
    with command.make_context("reconcile", arguments, resilient_parsing=len(call) == 1) as context:
        assert context.command.params


def test_the_commands_are_found() -> None:
    """A net without meshes would let everything through."""
    assert {call[0] for call in CALLS} >= {"apply", "exec", "terminate", "purge", "why", "sandbox"}


def test_what_the_commands_name_is_in_the_example() -> None:
    keys = [str(one.key) for one in load(str(DOCS / "mercurial" / "desired")).resources]
    own = [call for call in CALLS if not any("NAME" in word for word in call)]
    named = [
        *(f"WorkerType/{call[1]}" for call in own if call[0] == "exec" and len(call) > 1),
        *(only for call in own for word, only in pairwise(call) if word == "--only"),
    ]
    assert named
    assert [one for one in named if not fnmatch.filter(keys, one)] == []
