"""What a kind says whose resources AWS names itself: a resource's id is its name, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.aws.session import Aws
from reconciler.fields.tags import ESTATE
from reconciler.kinds.kind import Kind, S, There
from reconciler.model import Key, Observed, Scope


class ById(Kind[S]):
    """All the tags are its own, and by the estate's alone it is the estate's."""

    def key(self, estate: str, observed: Observed, scope: Scope) -> Key | None:
        return Key(self.name, observed.id, scope) if observed.tags.get(ESTATE) == estate else None

    def stamped(self, estate: str, key: Key, tags: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG002
        return dict(tags)

    def there(self, aws: Aws) -> Iterable[There]:  # noqa: ARG002
        return ()
