"""Mistakes that could be made in the reconciler, and the tests that must not let each pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_COPIED = ("reconciler", "tests", "schemas", "desired", "docs", "tools", "bench")
_FILES = ("pyproject.toml", "README.md")
_LAWS, _KILLED = "tests/laws/test_laws.py", "tests/proof/test_killed.py"
_WEATHER, _SECRETS = "tests/proof/test_weather.py", "tests/proof/test_secrets.py"
_PLANS, _DOCUMENTS = "tests/proof/test_fuzz_plans.py", "tests/proof/test_fuzz_documents.py"
_GUARD, _POLICIES = "tests/commands/test_guard.py", "tests/fields/test_same_policies.py"
_FLEETS, _SCOPES = "tests/fleets/test_launching.py", "tests/commands/test_scopes.py"


class Mutation(NamedTuple):
    """A mistake: this text of a file in place of that one."""

    what: str
    file: str
    """In reconciler/."""
    text: str
    """It stands there once."""
    instead: str
    tests: tuple[str, ...]
    """What fails then, as pytest is told."""
    effort: int = 1
    """How hard these have to try."""

    @property
    def path(self) -> Path:
        return Path("reconciler", self.file)


MUTATIONS = (
    Mutation(
        "a group is made without its tags",
        "kinds/security_group.py",
        '            TagSpecifications=tag_specifications("security-group", tags),\n',
        "",
        (_KILLED, "-k", "create"),
    ),
    Mutation(
        "a policy is made without its tags",
        "kinds/policy.py",
        "            Tags=as_pairs(tags),\n",
        "",
        (_LAWS, "-k", "is_made and Policy"),
    ),
    Mutation(
        "a policy's old versions stay when it goes",
        "kinds/policy.py",
        "            for version in _versions(aws, observed.id):\n",
        "            for version in ():\n",
        (_LAWS, "-k", "every_change and Policy"),
    ),
    Mutation(
        "one version too many of a policy is kept",
        "kinds/policy.py",
        "if len(versions) >= MOST_VERSIONS:",
        "if len(versions) > MOST_VERSIONS:",
        ("tests/kinds/test_iam.py", "-k", "more_often"),
    ),
    Mutation(
        "a policy's path is changed in place, where AWS can't",
        "kinds/policy.py",
        'for f in ("path", "description")',
        'for f in ("description",)',
        (_LAWS, "-k", "every_change and Policy"),
    ),
    Mutation(
        "rules are closed before others are opened",
        "kinds/security_group.py",
        """            _tell(
                aws,
                f"authorize_security_group_{direction}",
""",
        """            _tell(
                aws,
                f"revoke_security_group_{direction}",
                before.id,
                list(open_before),
            )
            open_before = {}
            _tell(
                aws,
                f"authorize_security_group_{direction}",
""",
        ("tests/kinds/test_security_group.py", "-k", "never_closed"),
    ),
    Mutation(
        "what is needed is not made first",
        "plan.py",
        "needs = frozenset(freed | earlier | self._made(key, first))",
        "needs = frozenset(freed | earlier)",
        (_LAWS, "-k", "is_made and InstanceProfile"),
    ),
    Mutation(
        "what others use is deleted first",
        "plan.py",
        "yield Step(change, Act.DELETE, before, needs=self._users(change.key))",
        "yield Step(change, Act.DELETE, before)",
        ("tests/pure/test_plan.py",),
    ),
    Mutation(
        "a stranger of the same name is adopted",
        "diff.py",
        "    if foreign.id not in after.adopts:\n",
        "    if foreign.id in after.adopts:\n",
        (_LAWS, "-k", "stranger and Parameter"),
    ),
    Mutation(
        "what is another estate's is taken over",
        "diff.py",
        "    if other := foreign.tags.get(ESTATE):\n",
        "    if other := foreign.tags.get(f'no {ESTATE}'):\n",
        ("tests/laws/test_adoption.py", "-k", "very_thing"),
    ),
    Mutation(
        "nothing ever differs",
        "diff.py",
        "    if kind.same(before.spec, after.spec):\n        return Change",
        "    if kind.name:\n        return Change",
        (_LAWS, "-k", "every_change and Parameter"),
    ),
    Mutation(
        "a limit of deletes is one more",
        "guard.py",
        "elif count > limits.deletes:",
        "elif count > limits.deletes + 1:",
        (_GUARD,),
    ),
    Mutation(
        "an estate that declares nothing deletes all",
        "guard.py",
        "if not declared and any(",
        "if declared < 0 and any(",
        (_GUARD,),
    ),
    Mutation(
        "what is protected goes",
        "guard.py",
        "if change.ends and change.before and change.before.tags.get(PROTECT)",
        'if change.ends and change.before and change.before.tags.get("")',
        (_GUARD,),
    ),
    Mutation(
        "an order has another token each time",
        "derive/launches.py",
        "    token = fleet.token(workers)\n",
        "    token = f'{id(object())}{id(workers)}'\n",
        ("tests/derive/test_worker_types.py", "-k", "same_token"),
    ),
    Mutation(
        "instances are launched without their tags",
        "kinds/launch.py",
        '                *tag_specifications("instance", tags),\n',
        "",
        (_FLEETS, "-k", "only_once"),
    ),
    Mutation(
        "a lock that is another's counts as ours",
        "aws/claim.py",
        "                    raise\n                return False",
        "                    raise\n                return True",
        ("tests/lock/test_lock.py", "-k", "of_many or in_vain"),
    ),
    Mutation(
        "a queue that can't be read counts as empty",
        "fleet/size.py",
        "    if pending is None:\n",
        "    pending = pending or 0\n    if pending is None:\n",
        ("tests/fleets/test_hindered.py", "-k", "queue_can_not"),
    ),
    Mutation(
        "the case of actions makes a difference",
        "fields/policy_document.py",
        'tuple(word.lower() for word in words) if name.endswith("action") else words',
        "words",
        (_POLICIES,),
    ),
    Mutation(
        "words that another one covers make a difference",
        "fields/policy_document.py",
        'self.model_copy(update={**fewest, "condition": conditions})',
        'self.model_copy(update={"condition": conditions})',
        (_POLICIES,),
    ),
    Mutation(
        "the case of resources makes none",
        "fields/policy_document.py",
        'if name.endswith("action") else words',
        "if name else words",
        (_POLICIES,),
    ),
    Mutation(
        "ranges stay as they were written",
        "fields/cidr.py",
        '        return str((IPv6Network if ":" in value else IPv4Network)(value, strict=False))',
        '        (IPv6Network if ":" in value else IPv4Network)(value, strict=False)\n'
        "        return value",
        ("tests/fields/test_same_rules.py",),
    ),
    Mutation(
        "what can't be read counts as not there",
        "observe.py",
        '            return _Unread(scope, f"{kind}: {refused}")',
        "            return _Read(listing, ())",
        (_SCOPES, "-k", "region_that_is_not_reached"),
    ),
    Mutation(
        "what needs a failed thing is done all the same",
        "apply.py",
        "if need not in self._steps or need in self._failed or need in self._skipped",
        "if need not in self._steps",
        ("tests/kinds/test_iam.py", "-k", "skipped"),
    ),
    Mutation(
        "AWS may repeat a secret",
        "kinds/parameter.py",
        "with unsaid(*([value] if spec.secret else [])):",
        "with unsaid():",
        (_SECRETS, "-k", "repeats"),
    ),
    Mutation(
        "AWS may repeat a private key",
        "kinds/key_pair.py",
        'with unsaid(made["KeyMaterial"]):',
        "with unsaid():",
        (_SECRETS, "-k", "repeats"),
    ),
    Mutation(
        "a failure of the program's own shows a traceback",
        "cli/__init__.py",
        "    except Exception as error:\n",
        "    except ImportError as error:\n",
        (_SECRETS, "-k", "itself"),
    ),
    Mutation(
        "a secret's source shows what it holds",
        "fields/secret.py",
        'return f"${self.env}" if self.env',
        'return f"${self.read()}" if self.env',
        (_SECRETS, "-k", "well"),
    ),
    Mutation(
        "a plan that is nested too deeply ends the program",
        "saved.py",
        "except (ValueError, RecursionError):",
        "except ValueError:",
        (_PLANS,),
    ),
    Mutation(
        "an edited plan is carried out",
        "saved.py",
        "    if plan.digest != plan.sealed().digest:\n",
        "    if not plan.digest:\n",
        (_PLANS,),
    ),
    Mutation(
        "text that is turned round is taken",
        "load/text.py",
        r"\u2028-\u202e",
        r"\u2028-\u2029",
        (_DOCUMENTS, "-k", "reviewer"),
    ),
    Mutation(
        "a file may have any size",
        "load/sources.py",
        "return whole(opened, LARGEST)",
        "return whole(opened, LARGEST**2)",
        (_DOCUMENTS, "-k", "MB"),
    ),
    Mutation(
        "a document may mean any number of things",
        "load/nodes.py",
        "_MOST_PARTS = 100_000",
        "_MOST_PARTS = 10**15",
        (_DOCUMENTS, "-k", "aliases"),
    ),
)


def copied(folder: Path) -> Path:
    """A copy of all that the tests need, in which mistakes do no harm."""
    for name in _COPIED:
        shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(name, folder)
    return folder


@contextmanager
def made(mutation: Mutation, copy: Path) -> Iterator[None]:
    """The mistake stands in the copy while the block runs."""
    file = copy / mutation.path
    before = file.read_text("utf-8")
    file.write_text(before.replace(mutation.text, mutation.instead), "utf-8")
    try:
        yield
    finally:
        file.write_text(before, "utf-8")


def tried(mutation: Mutation, copy: Path) -> subprocess.CompletedProcess[str]:
    """pytest's ending with its tests in the copy, which stops where the first one fails."""
    options = ("-x", "-n", "0", "-p", "no:cacheprovider")
    asked = [sys.executable, "-m", "pytest", *options, *mutation.tests]
    harder = {**os.environ, "EFFORT": str(mutation.effort)}
    return subprocess.run(asked, cwd=copy, env=harder, capture_output=True, text=True, check=False)
