"""A private half comes to one file, for its owner alone, and never to a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest

from reconciler.local import keep
from tests.commands.test_scopes import HERE, estate
from tests.laws.cases import Clients, document, public_key

MADE = document("KeyPair", "ci", "{generate: {type: ed25519}}")


def half(aws: Clients) -> str:
    found = aws("ssm").get_parameter(Name="/ec2/keypair/ci-ci", WithDecryption=True)
    return str(found["Parameter"]["Value"])


@pytest.fixture(params=[0o000, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_a_private_half_is_written_for_its_owner_alone_and_never_shown(
    aws: Clients, desired: Callable[..., None], reconcile: Any, tmp_path: Path
) -> None:
    desired(MADE, document("KeyPair", "theirs", f"{{publicKey: {public_key('ed25519')}}}"))
    reconcile("apply", "--yes")
    state = tmp_path / "state of mine"
    fetched = reconcile("keys", "fetch", "ci", "--state-path", str(state))
    file = state / "keys" / HERE / "eu-central-1" / "ci.pem"
    assert (fetched.status, fetched.out) == (0, f"{file}\n"), fetched
    assert file.read_text() == half(aws)
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "PRIVATE" not in fetched.out + fetched.err
    written = file.stat()
    assert reconcile("keys", "fetch", "ci", "--state-path", str(state)) == fetched
    assert file.stat().st_ino == written.st_ino
    for name, why in (
        ("theirs", "has its public half from git"),
        ("cI", "is not declared, and AWS has no private half of it; did you mean 'ci'?"),
    ):
        refused = reconcile("keys", "fetch", name, "--state-path", str(state))
        assert refused.status == 1
        assert why in refused.err
    (state / "keys" / HERE / "eu-central-1" / "ci.pem").unlink()
    assert reconcile("keys", "fetch", "ci", "--state-path", str(state)) == fetched
    assert file.read_text() == half(aws)


def test_each_region_has_a_key_and_a_file_of_its_own(
    aws: Clients, desired: Callable[..., None], reconcile: Any, tmp_path: Path
) -> None:
    desired(MADE, estate=estate(f"'{HERE}'"))
    before = reconcile("keys", "fetch", "ci", "--state-path", str(tmp_path))
    assert "KeyPair/ci has no private half yet: `reconcile apply` has it made" in before.err
    reconcile("apply", "--yes")
    both = reconcile("keys", "fetch", "ci", "--state-path", str(tmp_path)).out.splitlines()
    assert [Path(one).parent.name for one in both] == ["eu-central-1", "us-west-2"]
    assert len({Path(one).read_text() for one in both}) == 2
    (one,) = reconcile(
        "keys", "fetch", "ci", "--region", "us-west-2", "--state-path", str(tmp_path)
    ).out.splitlines()
    assert one == both[1]
    refused = reconcile("keys", "fetch", "ci", "--region", "us-west-1")
    assert "--region us-west-1 is none of the Estate's; did you mean 'us-west-2'?" in refused.err


def test_the_umask_makes_no_difference(tmp_path: Path, umask: int) -> None:
    for content in ("a", "b"):
        file = keep(tmp_path / "root", ("keys", "1"), "x.pem", content)
        os.umask(0o022)
        assert file.read_text() == content
        assert S_IMODE(file.stat().st_mode) == 0o600
        assert S_IMODE(file.parent.stat().st_mode) == 0o700
        os.umask(umask)


def test_what_was_not_written_by_this_program_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for number, make in enumerate((_readable, _linked, _hard_linked, _folder, _pipe)):
        folder = tmp_path / str(number) / "keys"
        folder.mkdir(parents=True)
        make(folder / "x.pem", elsewhere / "theirs")
        before = sorted(os.listdir(folder))
        with pytest.raises(Exception, match=r"x\.pem") as refused:
            keep(tmp_path / str(number), ("keys",), "x.pem", "new")
        assert "--state-path" in str(refused.value)
        assert sorted(os.listdir(folder)) == before
        if make not in (_folder, _pipe):
            assert (folder / "x.pem").read_text() == "theirs"


def _readable(file: Path, _: Path) -> None:
    file.write_text("theirs")
    file.chmod(0o644)


def _linked(file: Path, elsewhere: Path) -> None:
    elsewhere.write_text("theirs")
    elsewhere.chmod(0o600)
    file.symlink_to(elsewhere)


def _hard_linked(file: Path, elsewhere: Path) -> None:
    elsewhere.write_text("theirs")
    elsewhere.chmod(0o600)
    file.hardlink_to(elsewhere)


def _folder(file: Path, _: Path) -> None:
    file.mkdir()


def _pipe(file: Path, _: Path) -> None:
    os.mkfifo(file, 0o600)


def test_no_link_among_the_folders_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "keys").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exception, match="can't be written"):
        keep(tmp_path / "root", ("keys",), "x.pem", "new")
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_name_stays_in_its_folder(tmp_path: Path) -> None:
    file = keep(tmp_path, ("keys", ".a"), "../../x", "new")
    assert file == tmp_path / "keys" / ".a" / "..%2F..%2Fx"
    assert file.read_text() == "new"
