"""The laws that PROOF.md tells of: a new law is a line here, and tests that leave word of it."""

from __future__ import annotations

from typing import NamedTuple


class Law(NamedTuple):
    """One section of the proof."""

    word: str
    """By which its tests call it when they leave word of what they tried."""
    heading: str
    tests: tuple[str, ...]
    """Where they stand, as globs."""
    of: tuple[str, ...]
    """What a row is about, as the heads of its first columns."""
    counted: tuple[str, ...]
    """What is counted in each row; failures are counted after that."""
    text: str


LAWS = (
    Law(
        "killed",
        "1. Killed anywhere, converges",
        ("tests/proof/test_killed*.py",),
        ("of", "operation"),
        ("operations", "calls", "cases"),
        """\
Each operation is ended before and after each call of AWS that it makes, reads too: each of these
is a case. Nothing is sent or heard after that. Then people do what they would: the command again
and, where it is told that a dead run has the lock, `unlock` and the command again. A loop that
died is followed by another one, without people. In the end AWS holds what it holds where nothing
was killed, ids and times aside, and nothing twice; what others have is as it was to the last bit;
and `plan` is empty.

An operation on one kind reads the kinds that it has to do with, and does one thing after the
other; "all kinds" is an estate of everything, side by side. Of a fleet three workers are wanted:
no look finds more than four alive, and nobody ends that was not to go. Where a launch of several
orders was killed between two, what is left of it counts as booting for two minutes, and comes
then. "Late listings" is the sandbox's weather `late`, while the program is killed and while
another one goes on; that one may fail, and the next may not. Of `exec` and of a build nothing is
left that is paid for, after a signal at once and else after the next pass or purge; after a purge
that was killed the next one leaves nothing of the estate.
""",
    ),
    Law(
        "weather",
        "2. Whatever the weather",
        ("tests/proof/test_lives.py",),
        ("seeds",),
        ("lives", "parts"),
        """\
A seed makes the life of an estate: documents of a kind and of those that it refers to, edits of
them for up to three days, a weather, passes that fail or are killed at any of their first thirty
calls, and what others change in AWS meanwhile. Each of these is a part of it. Then the weather is
fair and an hour goes by: after three passes at most `plan` is empty, and what others have is as it
was. A life that fails is cut down to the fewest parts that still fail, and the command that lives
it again is printed.
""",
    ),
    Law(
        "empty",
        "3. Empty means empty",
        ("tests/proof/test_empty.py",),
        ("kind",),
        ("documents", "said otherwise", "done by others"),
        """\
A hundred documents at a time are applied and planned while every answer of AWS's comes in other
words (the sandbox's weather `echo`): the plan is empty. Then git says one field, or one tag, of
every second one otherwise, each in a way that is a real difference: the plan has these resources
and no others, and of each this field and no other. Then somebody else does one thing in AWS to
every second one, with git as it was: again the plan has these, where the deed must show. "Each
kind" is an estate of all of them.
""",
    ),
    Law(
        "policies",
        "4. Policies mean what they mean",
        ("tests/fields/test_same_policies.py", "tests/fields/test_same_rules.py"),
        ("what",),
        ("examples",),
        """\
Policies that were drawn by lot are the same in other words: statements and lists in any order, one
thing or a list of it, actions and the keys of conditions in any case, an account by its id or by
its root, what stands there twice, and as AWS rewords them. With one thing in them changed they are
others. Of any two statements that count as the same, IAM's rules, told a second time, say that
they are about the same actions and resources.
""",
    ),
    Law(
        "power",
        "5. No more power than needed",
        ("tests/permissions/test_every_call.py",),
        ("of",),
        ("calls", "actions"),
        """\
Whatever a command does in any test, those of all the other laws too, the test fails where it calls
what `reconcile permissions` does not list for it. Here every kind is planned, made, imported,
changed and destroyed: each call must be allowed by a policy as it is printed, on that resource,
and each action that the policies list must have been used, but for those that no call shows.
""",
    ),
    Law(
        "secrets",
        "6. Nothing secret leaves",
        ("tests/proof/test_secrets.py",),
        ("while",),
        ("commands", "secrets", "texts"),
        """\
A secret that is known again stands in each place where one can: variables and files that documents
name, the private half of a key pair that AWS made, AWS's and Taskcluster's credentials, a header
and an address of a queue, the address of a repository, a parameter of a command. Every command
runs in each of its forms; a test fails where one is left out. Then all that was printed, all files,
the journal's log group, and all tags and descriptions in AWS are searched for each secret as it
is, in base64 at any offset, and in hexadecimal digits; other spellings leave its middle alone. It
is the same where AWS refuses each change by repeating all that it was sent, where the program
itself fails with a secret in its error's text, and in a storm in which credentials end.
""",
    ),
    Law(
        "inputs",
        "7. No input makes it fall over",
        (
            "tests/proof/test_fuzz_*.py",
            "tests/queues/test_http.py",
            "tests/queues/test_taskcluster.py",
        ),
        ("what",),
        ("inputs",),
        """\
Documents that are made to be too much are read by programs of their own, each of which is to take
less than 500 MB, and less than 15 seconds of a processor that others use too. Strange ones are good
ones that were changed: what reaches a line of the loader that nothing before it reached is changed
further. Folders hold files, links and folders by strange names, and read the same once they are
committed. Answers of AWS are cut off, replaced, or changed in one place, one in a pass. Each time
there is a result or an error in the program's own words, and no traceback.
""",
    ),
    Law(
        "planted",
        "Planted mistakes are found",
        ("tests/proof/test_mutations.py",),
        ("mistake", "in", "found by"),
        ("tried",),
        """\
Each mistake is made in a copy of the program, one at a time. A failure is one that all of the
tests named beside it let pass.
""",
    ),
)
