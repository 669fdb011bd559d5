"""The models that we ship are cut from botocore's own to what we use, and do as those do."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader
from botocore.session import Session, get_session

from reconciler.aws import loading
from reconciler.aws.loading import FOLDER, PAGES, PLACES, SERVICE, Lean, lean
from reconciler.aws.session import Aws, connect
from tests.conftest import shipped
from tests.derive.fleets import ESTATE_OF, HERE
from tools import models

UNUSED = "describe_network_acls"
LOCK = Path(__file__).parents[2] / "requirements.lock"


def test_what_is_shipped_is_what_the_code_uses_of_the_locked_botocore() -> None:
    if f"botocore=={botocore.__version__} " not in LOCK.read_text():
        pytest.skip("another botocore is installed than is locked")
    there = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    made = models.made()
    assert {name for name, text in made.items() if there.get(name) != text} == set(), "make models"
    assert there.keys() == made.keys()


def test_far_less_is_loaded() -> None:
    ours, whole = _lean(), Loader()
    assert "DescribeInstances" in shipped("ec2")
    for service in ("ec2", "iam", "ssm"):
        all_ = whole.load_service_model(service, SERVICE)["shapes"]
        assert len(ours.load_service_model(service, SERVICE)["shapes"]) < len(all_) / 3


@pytest.mark.parametrize(
    "service", sorted({file.stem for file in FOLDER.iterdir()} - {"endpoints"})
)
def test_what_is_kept_is_as_botocore_has_it(service: str) -> None:
    ours, whole = _lean(), Loader()
    cut, all_ = (one.load_service_model(service, SERVICE) for one in (ours, whole))
    for name, shape in cut["shapes"].items():
        _is_part(shape, all_["shapes"][name])
    for name, operation in cut["operations"].items():
        _is_part(operation, all_["operations"][name])
    assert cut["metadata"] == all_["metadata"]
    for sort in (PAGES, PLACES):
        assert ours.load_service_model(service, sort) == whole.load_service_model(service, sort)


def _is_part(part: Any, whole: Any) -> None:
    if isinstance(part, dict):
        for word, value in part.items():
            _is_part(value, whole[word])
    else:
        assert part == whole


def test_what_is_sent_is_kept_whole() -> None:
    cut, all_ = (one.load_service_model("ec2", SERVICE)["shapes"] for one in (_lean(), Loader()))
    for name in ("CreateFleetRequest", "RunInstancesRequest", "RequestLaunchTemplateData"):
        assert cut[name]["members"].keys() == all_[name]["members"].keys()


@pytest.mark.parametrize(
    ("call", "result"), [(UNUSED, "NetworkAcls"), ("describe_instances", "Reservations")]
)
def test_what_was_cut_away_is_called_with_botocore_s_own_model(
    aws: Callable[[str], Any], call: str, result: str
) -> None:
    here = connect(ESTATE_OF).at(HERE)
    assert (call in _methods(here)) == (call != UNUSED)
    found = getattr(here.client("ec2"), call)()
    expected = getattr(aws("ec2"), call)()
    assert found.keys() == expected.keys()
    assert here.pages("ec2", call, result) == expected[result]


def test_what_no_model_has_is_a_mistake_of_ours(aws: object) -> None:
    ec2 = connect(ESTATE_OF).at(HERE).client("ec2")
    with pytest.raises(AttributeError, match="describe_nothing"):
        ec2.describe_nothing()


def _methods(aws: Aws) -> set[str]:
    return set(dir(aws.client("ec2")))


def test_another_botocore_loads_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _knows_unused(_lean())
    monkeypatch.setattr(loading, "fingerprint", lambda _: 0)
    assert _knows_unused(_lean())
    assert _lean().load_data("endpoints") == Loader().load_data("endpoints")


def test_the_fingerprint_changes_with_what_botocore_brings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Loader, "BUILTIN_DATA_PATH", str(tmp_path))
    seen = set()
    for version, text in (("2016-11-15", "a"), ("2016-11-15", "b"), ("2026-01-01", "c")):
        (tmp_path / "ec2" / version).mkdir(parents=True, exist_ok=True)
        (tmp_path / "ec2" / version / "service-2.json").write_text(text)
        seen.add(loading.fingerprint("ec2"))
    assert len(seen) == 3


@pytest.mark.parametrize("where", ["ec2/2016-11-15/service-2.json", "endpoints.json"])
def test_what_the_user_has_wins(where: str, tmp_path: Path) -> None:
    file = tmp_path / where
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"operations": {"Theirs": {}}, "metadata": {}, "partitions": []}))
    theirs = Lean(Loader(extra_search_paths=[str(tmp_path)]))
    name, _, sort = where.removesuffix(".json").partition("/")
    loaded = theirs.load_service_model(name, SERVICE) if sort else theirs.load_data(name)
    assert "Theirs" in loaded["operations"]


def test_what_is_in_aws_data_path_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sqs").mkdir()
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    core = Session()
    lean(core, threading.Lock())
    loader = core.get_component("data_loader")
    assert loader._is_users("sqs")
    assert not loader._is_users("ssm")


@pytest.mark.parametrize("region", ["eu-central-1", "cn-north-1", "us-gov-west-1", "us-new-9"])
def test_clients_go_where_botocore_s_own_go(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    ours, theirs = get_session(), get_session()
    lean(ours, threading.Lock())
    for service in ("ec2", "iam", "sts", "pricing", "sso", "sso-oidc"):
        one, other = (s.create_client(service, region_name=region) for s in (ours, theirs))
        assert _place(one) == _place(other)


def _place(client: Any) -> tuple[str, ...]:
    signer = client._request_signer
    told = (signer.region_name, signer.signing_name, signer.signature_version)
    return (client.meta.endpoint_url, client.meta.partition, *told)


def test_a_line_of_a_file_is_an_operation_or_a_shape() -> None:
    lines = (FOLDER / "ec2.json").read_text("utf-8").splitlines()
    assert sum(bool(re.match(r'"DescribeInstances":\{"name"', line)) for line in lines) == 1


def _lean() -> Lean:
    return Lean(Loader())


def _knows_unused(loader: Lean) -> bool:
    return "DescribeNetworkAcls" in loader.load_service_model("ec2", SERVICE)["operations"]
