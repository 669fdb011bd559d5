"""The queue that an Estate expects notices from has to be declared wherever workers may be."""

# Messages stand here on one line, as they are shown.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.load import Mistakes, load

ESTATE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: acme}
spec:
  prefix: ci-
  accounts: ["111111111111", {id: "222222222222", role: a}]
  regions: [eu-west-1, us-west-2]
  notices: {queue: news}
"""


def queue(name: str = "news", places: str = "tags: {}", spec: str = "{}") -> str:
    return f"---\napiVersion: reconciler/v1\nkind: Queue\nmetadata: {{name: {name}, {places}}}\nspec: {spec}\n"


def told(folder: Path, *documents: str) -> list[str]:
    file = folder / "a.yml"
    file.write_text(ESTATE + "".join(documents), "utf-8")
    try:
        load(str(file))
    except Mistakes as mistakes:
        return [str(one).removeprefix(f"{file}:") for one in mistakes.mistakes]
    return []


@pytest.mark.parametrize(
    "documents",
    [
        [queue()],
        [queue(places="regions: [us-west-2]"), queue(places="regions: [eu-west-1]")],
        [queue(places=f"accounts: ['{n * 12}']") for n in "12"],
    ],
)
def test_it_may_be_declared_in_one_document_or_in_several(
    tmp_path: Path, documents: list[str]
) -> None:
    assert told(tmp_path, *documents) == []


def test_without_it_the_mistake_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    missing = (
        "8:20: Estate/acme: spec.notices.queue: Queue/news is not declared; did you mean 'new'?"
    )
    assert told(tmp_path, queue("new")) == [missing]


def test_where_it_is_missing_is_told(tmp_path: Path) -> None:
    (mistake,) = told(
        tmp_path,
        queue(places="regions: [us-west-2]"),
        queue(places="accounts: ['222222222222'], regions: [eu-west-1]"),
    )
    assert mistake.endswith("Queue/news is not declared for eu-west-1 of account 111111111111")


def test_one_with_a_mistake_of_its_own_is_not_missing(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, queue(spec="{delaySeconds: -1}"))
    assert "delaySeconds" in mistake


def test_a_fifo_queue_is_none_for_notices(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(ESTATE.replace("news", "news.fifo") + queue("news.fifo"))
    with pytest.raises(Mistakes, match="is not the name of a Queue that is no FIFO queue"):
        load(str(tmp_path / "a.yml"))
