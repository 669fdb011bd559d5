"""What botocore knows of AWS's services, cut to what the program calls: far less to load.

The files in `models/` say which of botocore's they were cut from. Where the installed one has
others, or the user has a model of a service (in AWS_DATA_PATH or ~/.aws/models), that is taken.
https://docs.aws.amazon.com/botocore/latest/reference/loaders.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any
from zlib import crc32

from botocore.loaders import Loader
from botocore.session import Session

FOLDER = Path(__file__).parent / "models"
SERVICE, PAGES, PLACES = "service-2", "paginators-1", "endpoint-rule-set-1"
"""How botocore calls what it knows of a service: its calls, its listings, and where it is."""


def lean(core: Session, making: threading.Lock, like: Session | None = None) -> None:
    """Let a session load no more than we use, unless that lacks something after all.

    `making` guards the session while a client is made; with `like` it shares what that has loaded.
    """
    loader = (like or core).get_component("data_loader")
    core.register_component("data_loader", loader if like else Lean(loader))
    whole = cache(lambda service, version, region: _client(core, making, service, version, region))

    def find(client: Any, event_name: str, **_: object) -> Any:
        """What a client has not, from one of the whole model; botocore asks before it complains."""
        model, name = client.meta.service_model, event_name.rpartition(".")[2]
        if name.startswith("_"):
            return None
        another = whole(model.service_name, model.api_version, client.meta.region_name)
        return None if another is client else getattr(another, name, None)

    core.register("getattr", find)


def _client(core: Session, making: threading.Lock, service: str, version: str, region: str) -> Any:
    with making:
        return core.create_client(service, region_name=region, api_version=version)


class Lean(Loader):  # type: ignore[misc]
    """botocore's loader, which gives what is cut where it would give botocore's own.

    Who names the version of a service's API gets the whole model of it.
    """

    def __init__(self, like: Loader) -> None:
        super().__init__([*like.search_paths], include_default_search_paths=False)
        self._found: dict[str, Mapping[str, Any]] = {}

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        cut = self._cut(service_name)
        version = None if type_name == SERVICE else cut.get("version")
        if type_name in cut and api_version in (None, version):
            return cut[type_name]
        return super().load_service_model(service_name, type_name, api_version)

    def load_data_with_path(self, name: str) -> Any:
        cut = self._cut(name)
        return (cut[name], self.BUILTIN_DATA_PATH) if cut else super().load_data_with_path(name)

    def _cut(self, name: str) -> Mapping[str, Any]:
        if name not in self._found:
            self._found[name] = {} if self._is_users(name) else _read(name)
        return self._found[name]

    def _is_users(self, name: str) -> bool:
        before = takewhile(lambda path: path != self.BUILTIN_DATA_PATH, self.search_paths)
        files = (name, f"{name}.json", f"{name}.json.gz")
        return any(Path(path, file).exists() for path in before for file in files)


def _read(name: str) -> Mapping[str, Any]:
    file = FOLDER / f"{name}.json"
    if not file.is_file():
        return {}
    cut: Mapping[str, Any] = json.loads(file.read_bytes())
    return cut if cut["fingerprint"] == fingerprint(name) else {}


def fingerprint(name: str) -> int:
    """Tells what the installed botocore knows of it from what another one does."""
    sum_ = 0
    for file in _sources(name):
        sum_ = crc32(file.read_bytes(), sum_)
    return sum_


def _sources(name: str) -> list[Path]:
    """The files that are cut: of a service, those of the newest version of its API."""
    place = Path(Loader.BUILTIN_DATA_PATH, name)
    if not place.is_dir():
        return [Path(f"{place}.json")] if Path(f"{place}.json").is_file() else []
    newest = max(place.iterdir())
    return sorted(f for f in newest.iterdir() if f.name.startswith((SERVICE, PAGES, PLACES)))
