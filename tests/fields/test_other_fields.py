"""Keys, tags, secrets, lists and contents: what is the same, and what is kept as it stands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.fields.command_content import parse, serialised
from reconciler.fields.plain import FOLDER
from reconciler.fields.secret import SecretSource
from reconciler.fields.tags import KEYS, TagChange, stamped, tag_change
from reconciler.kinds.document import DocumentSpec
from reconciler.kinds.key_pair import KeyPairSpec
from reconciler.kinds.parameter import ParameterSpec
from reconciler.kinds.role import RoleSpec
from reconciler.model import Key
from tests.effort import examples


def _line(key: Any) -> str:
    text = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return str(text.decode())


RSA = _line(generate_private_key(65537, 2048))
ED25519 = _line(Ed25519PrivateKey.generate())


def key(line: str) -> KeyPairSpec:
    return KeyPairSpec.model_validate({"publicKey": line})


@pytest.mark.parametrize("line", [RSA, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("end", [" me@here", " two words", " ", "\n", " me\n", " größe"])
def test_a_public_key_is_the_same_with_any_comment(line: str, end: str) -> None:
    assert key(line + end) == key(line)


def test_two_public_keys_differ() -> None:
    assert key(RSA) != key(ED25519)
    assert key(_line(Ed25519PrivateKey.generate())) != key(ED25519)


NO_KEYS = {
    "too short": "ssh-rsa AAAA",
    "another algorithm": RSA.replace("ssh-rsa", "ssh-ed25519"),
    "the other algorithm": ED25519.replace("ssh-ed25519", "ssh-rsa"),
    "cut off": RSA[:-20],
    "two of them": f"{RSA}\n{ED25519}",
    "indented": f" {RSA}",
    "not for EC2": "ecdsa-sha2-nistp256 AAAA",
}


@pytest.mark.parametrize("line", NO_KEYS.values(), ids=NO_KEYS.keys())
def test_what_is_no_public_key_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        key(line)


@pytest.mark.parametrize("end", ["", "\n", " me@here\r\n", "\n\n"])
def test_a_public_key_may_stand_in_a_file(tmp_path: Path, end: str) -> None:
    (tmp_path / "key.pub").write_bytes(f"{RSA}{end}".encode())
    spec = KeyPairSpec.model_validate(
        {"publicKey": {"file": "key.pub"}}, context={FOLDER: tmp_path}
    )
    assert spec == key(RSA)


def test_a_list_of_settings_keeps_its_order_where_it_is_read_and_shown() -> None:
    one, other = ParameterSpec(values=("b", "a")), ParameterSpec(values=("a", "b"))
    assert one != other
    assert one.words()["values"] == "b, a"


def test_the_steps_of_a_document_keep_their_order() -> None:
    def spec(*names: str) -> DocumentSpec:
        steps = [{"action": "aws:runShellScript", "name": name} for name in names]
        content = {"schemaVersion": "2.2", "mainSteps": steps}
        return DocumentSpec.model_validate({"content": content})

    assert spec("a", "b") != spec("b", "a")
    assert spec("a", "b").words() != spec("b", "a").words()


def test_policies_of_a_role_have_no_order() -> None:
    trust = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*"}}
    one = RoleSpec.model_validate({"trustPolicy": trust, "managedPolicies": ["a", "b"]})
    other = RoleSpec.model_validate({"trustPolicy": trust, "managedPolicies": ["b", "a"]})
    assert one == other
    assert one.words() == other.words()


_json = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@examples(100)
@given(content=st.dictionaries(st.text(max_size=5), _json), form=st.sampled_from(["JSON", "YAML"]))
def test_content_reads_as_it_was_written(content: dict[str, Any], form: str) -> None:
    assert parse(serialised(content, form)) == content


@pytest.mark.parametrize("ending", ["yml", "json"])
def test_content_may_stand_in_a_file(tmp_path: Path, ending: str) -> None:
    content = {"schemaVersion": "2.2", "mainSteps": [{"action": "aws:runShellScript", "name": "a"}]}
    text = serialised(content, "YAML" if ending == "yml" else "JSON")
    (tmp_path / f"a.{ending}").write_text(text)
    written = {"content": {"file": f"a.{ending}"}}
    assert DocumentSpec.model_validate(written, context={FOLDER: tmp_path}).content == content


def test_a_secret_is_read_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SecretSource(env="RECONCILE_TEST_SECRET")
    assert source.read() is None
    monkeypatch.setenv("RECONCILE_TEST_SECRET", "one")
    assert source.read() == "one"
    file = tmp_path / "secret"
    assert SecretSource(file=str(file)).read() is None
    file.write_text("two\n")
    assert SecretSource(file=str(file)).read() == "two"
    file.write_bytes(b"\xff")
    assert SecretSource(file=str(file)).read() is None


def test_a_secret_shows_where_it_comes_from_and_not_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(os.environ, "RECONCILE_TEST_SECRET", "hunter2")
    spec = ParameterSpec(secret=SecretSource(env="RECONCILE_TEST_SECRET"))
    assert spec.words()["secret"] == "$RECONCILE_TEST_SECRET"
    assert "hunter2" not in repr(spec) + spec.model_dump_json()


_tag_key = st.text(st.characters(categories=["L", "N"], include_characters=" _.:/=+-@"), min_size=1)
_tags = st.dictionaries(_tag_key, st.sampled_from(["", "a", "b"]), max_size=4)


@examples(200)
@given(before=_tags, after=_tags, others=_tags)
def test_tags_become_what_git_says_and_those_of_others_stay(
    before: dict[str, str], after: dict[str, str], others: dict[str, str]
) -> None:
    key = Key("Role", "a")
    theirs = {tag: value for tag, value in others.items() if tag not in before}
    present = {**theirs, **stamped("acme", key, before)}
    wanted = stamped("acme", key, after)
    change = tag_change(wanted, present)
    result = {tag: v for tag, v in present.items() if tag not in change.drop} | dict(change.write)
    assert result == {**theirs, **wanted}
    assert tag_change(wanted, result) == TagChange({}, ())


def test_the_tag_that_names_the_others_has_only_signs_that_iam_takes() -> None:
    names = stamped("acme", Key("Role", "a"), {"a b": "", "é=%": ""})[KEYS]
    assert set(names) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.:/=+-@"
    )


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 100_000, "it is nested too deeply"),
        ("- " * 100_000, "exceeded maximum nesting depth"),
        (BOMB, "it is too large"),
        ("a: [", "did not find expected node content, in line 2"),
        ("a: 2020-01-01", "Object of type date is not JSON serializable"),
        ("!!python/object:os.system a", "could not determine a constructor"),
    ],
    ids=["brackets", "dashes", "aliases", "broken", "date", "object"],
)
def test_content_in_a_file_that_is_none_is_told(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(ValidationError, match=f"is not YAML or JSON: {why}"):
        DocumentSpec.model_validate({"content": {"file": "a.yml"}}, context={FOLDER: tmp_path})
