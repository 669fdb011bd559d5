"""Files that `reconcile exec` brings to its machine and takes from it, by SSM or by a bucket."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.aws.files import MOST
from tests.conftest import ApiCall
from tests.ephemeral.conftest import BUCKET, NOTHING, WITH_BUCKET, Exec, Lab


def random_file(name: str, size: int) -> bytes:
    content = os.urandom(size)
    Path(name).write_bytes(content)
    return content


def test_files_and_folders_are_there_as_they_are_here_and_come_back_as_they_are_there(
    lab: Lab, execute: Exec
) -> None:
    Path("src/sub").mkdir(parents=True)
    Path("src/sub/run").write_text("#!/bin/sh\ncat a\\ b > out\n")
    Path("src/sub/run").chmod(0o755)
    Path("src/a b").write_text("some\n")
    Path("one.txt").write_text("one\n")
    ran = execute(
        "cd work && sub/run && cat ../in/one.txt ../other",
        options=(
            *("--upload", "src:work", "--upload", "one.txt:in/", "--upload", "one.txt:other"),
            *("--download", "work:results/", "--download", "work/out:new/name"),
        ),
    )
    assert (ran.status, ran.out) == (0, "one\none\n")
    assert Path("results/work/a b").read_text() == "some\n"
    assert os.access("results/work/sub/run", os.X_OK)
    assert Path("new/name").read_text() == "some\n"


@pytest.mark.parametrize("by", ["commands", "bucket"])
def test_what_needs_several_pieces_arrives_whole_and_nothing_of_it_is_left(
    lab: Lab, execute: Exec, by: str, calls: list[ApiCall]
) -> None:
    if by == "bucket":
        lab.bucket()
    content = random_file("here", 40_000)
    ran = execute("mv there back", options=("--upload", "here:there", "--download", "back:back"))
    assert ran.status == 0, ran
    assert Path("back").read_bytes() == content
    assert lab.left() == NOTHING
    assert any(call.service == "s3" for call in calls) is (by == "bucket")


def test_what_is_large_goes_through_the_bucket_alone(lab: Lab, execute: Exec) -> None:
    content = random_file("large", MOST + 1)
    up, down = ("--upload", "large:large"), ("--download", "large:back")
    ran = execute("true", options=up)
    assert (ran.status, lab.machines()) == (1, [])
    assert "`bucket` in the Estate's spec names a bucket" in ran.err
    ran = execute(f"head -c {MOST + 1} /dev/urandom > large", options=down)
    assert ran.status == 1
    assert "--download large: " in ran.err
    lab.bucket()
    assert execute("true", options=(*up, *down)).status == 0
    assert Path("back").read_bytes() == content
    assert lab.left() == NOTHING


def test_a_bucket_that_is_not_there_is_told_before_anything_is_launched(
    lab: Lab, execute: Exec
) -> None:
    lab.declare(WITH_BUCKET)
    Path("some").write_text("x")
    ran = execute("true", options=("--upload", "some:some"))
    assert (ran.status, lab.machines()) == (1, [])
    assert f"(the Estate's bucket {BUCKET})" in ran.err


def test_files_come_back_though_the_command_failed_and_its_exit_status_is_what_counts(
    lab: Lab, execute: Exec
) -> None:
    down = ("--download", "log:log", "--download", "nothing:nothing")
    ran = execute("echo why > log; exit 3", options=down)
    assert (ran.status, Path("log").read_text()) == (3, "why\n")
    assert "--download nothing: it is not there\n" in ran.err
    assert execute("true", options=down[2:]).status == 1


def test_what_a_machine_has_packed_is_put_nowhere_but_where_it_belongs(
    lab: Lab, execute: Exec
) -> None:
    ran = execute("mkdir d; ln -s /etc d/out", options=("--download", "d:d"))
    assert ran.status == 1
    assert "what came is no such pack: " in ran.err
    assert not Path("d/out").is_symlink()
