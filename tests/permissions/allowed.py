"""What the policies of an estate that uses everything allow, and which calls go beyond that."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reconciler.fields.policy_document import IdentityPolicy
from reconciler.load import Declared, load
from reconciler.permissions import Purpose, own_policy
from tests.laws.cases import CASES, document

LOOKING = {"drift", "import", "log", "plan", "status", "why"}
"""The commands that only look."""

ESTATE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: acme}
spec:
  prefix: ci-
  regions: [eu-central-1]
  journal: {logGroup: /fleet/journal}
  notices: {queue: one}
  bucket: acme-files
  accounts: ["123456789012", {id: "210987654321", role: ci/reconcile, readOnlyRole: look}]
"""

WORKER_TYPE = """\
apiVersion: reconciler/v1
kind: WorkerType
metadata: {name: one, accounts: ["123456789012"]}
spec:
  description: builds
  owner: ci@example.org
  queue: {static: {pending: 0}}
  capacity: {max: 1}
  instanceTypes: [{type: c5.large}]
  regions: [{region: eu-central-1}]
  image: {name: "*", owner: amazon}
"""

IMAGE = """\
apiVersion: reconciler/v1
kind: Image
metadata: {name: one}
spec:
  description: builds
  base: {name: "*", owner: amazon}
  instanceType: c5.large
  steps: [{name: one, script: "true"}]
"""

# IAM calls one service otherwise than its API, and lets everybody ask who he is.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
_NAMES = {"resourcegroupstaggingapi": "tag"}
_FREE = {"sts:GetCallerIdentity"}
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
_ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}


def every_kind(folder: Path, estate: str = ESTATE, *more: str) -> Declared:
    """An estate that declares something of every kind that stands, and more."""
    specs = [document(case.kind, "one", case.spec) for case in CASES]
    around = [some for case in CASES for some in case.around]
    (folder / "every-kind.yml").write_text("---\n".join([estate, *around, *specs, *more]))
    return load(str(folder))


def actions(policy: IdentityPolicy) -> set[str]:
    return {action for statement in policy.statements for action in statement.action or ()}


def allowed(folder: Path) -> dict[str, set[str]]:
    """The actions of the full policy, and of the others by the option that asks for them."""
    declared = every_kind(folder, ESTATE, WORKER_TYPE, IMAGE)
    purposes = [Purpose(False, "aws", by_tag) for by_tag in ("", "people", "purge")]
    return {
        one.option: actions(own_policy(declared, one)) for one in (Purpose(True, "aws"), *purposes)
    }


def option(command: str) -> str:
    """The option that asks for the policy with which a command is to be content."""
    by_tag = {
        "exec": "people",
        "keys": "people",
        "purge": "purge",
        "ssh": "people",
        "ssm": "people",
        "terminate": "people",
    }
    return Purpose(command in LOOKING, "aws", by_tag.get(command, "")).option


def needed(calls: Iterable[Any]) -> set[str]:
    """The actions that calls of AWS need."""
    asked = {f"{_NAMES.get(c.service, c.service)}:{c.operation}" for c in calls}
    return {_ACTIONS.get(action, action) for action in asked} - _FREE
