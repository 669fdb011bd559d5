"""What every kind says of itself, and what it can be asked to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, cast

from reconciler.aws.grants import Grant
from reconciler.aws.session import Aws
from reconciler.fields.tags import ESTATE, TagChange, owned_key, stamped
from reconciler.model import Key, Observed, Scope
from reconciler.references import Gone, without
from reconciler.spec import Spec

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Sought(Generic[S]):
    """What an observation is after: the estate's resources, and whatever has a declared name.

    `declared` has the specs by AWS's name. A kind may look at them to see whether what AWS only
    gives a digest of is what git says, and answers in git's words where it is.
    """

    estate: str
    declared: Mapping[str, S]
    whole: Collection[str] = ()
    """AWS's names of what is to be told whole, whoever it belongs to: it may become ours."""

    def named(self, name: str) -> bool:
        return name in self.declared or name in self.whole

    def owns(self, tags: Mapping[str, str]) -> bool:
        return tags.get(ESTATE) == self.estate

    def concerns(self, name: str, tags: Mapping[str, str]) -> bool:
        return self.named(name) or self.owns(tags)


class Place(NamedTuple):
    """One kind in one scope."""

    kind: str
    scope: Scope


class There(NamedTuple):
    """That there is a resource of this name and id, whoever it belongs to."""

    name: str
    id: str


class User(NamedTuple):
    """That the resource of this id is used, and by whom, in words for a reader."""

    id: str
    who: str


class Kind(ABC, Generic[S]):
    """One kind of resource. Every act may be called again after a crash at any point of it."""

    name: ClassVar[str]
    spec: ClassVar[type[Spec]]
    mutable: ClassVar[bool] = True
    """Whether AWS can change any of it in place."""
    fleeting: ClassVar[bool] = False
    """Whether another moment asks for others of it, so that no saved plan has any."""
    slow: ClassVar[bool] = False
    """Whether to make one takes so long that a loop leaves that to an apply."""
    names: ClassVar[str]
    """The pattern that AWS's name, prefix and all, must match."""
    longest: ClassVar[int]
    """How many characters AWS's name may have."""
    reserved: ClassVar[tuple[str, ...]] = ()
    """How AWS's name must not begin, in capitals or not."""
    case_matters: ClassVar[bool] = True
    """Whether AWS has room for two names that differ in capitals alone."""
    reads: ClassVar[Sequence[Grant]]
    """What IAM must allow for a look: for `observe`, `there` and `users`."""
    senses: ClassVar[Sequence[Grant]] = ()
    """What a look must be allowed beside that where any of the kind is declared."""
    writes: ClassVar[Sequence[Grant]]
    """What it must allow beside that for `create`, `update`, `tag` and `delete`."""

    def grants(self, specs: Iterable[S]) -> Iterable[Grant]:  # noqa: ARG002
        """What must be allowed beside a look to make, change and delete such as these."""
        return self.writes

    def regions(self, spec: S) -> Iterable[str] | None:  # noqa: ARG002
        """The regions that a document's spec is for, where it says so itself."""
        return None

    def within(self, spec: S, region: str) -> S:  # noqa: ARG002
        """What of the spec holds in one of those regions."""
        return spec

    def aws_name(self, prefix: str, name: str) -> str:
        """What AWS calls the resource that git calls `name`."""
        return prefix + name

    def key(self, estate: str, observed: Observed, scope: Scope) -> Key | None:
        """Which resource of the estate this is, or None where it is not the estate's."""
        return owned_key(estate, observed.tags, scope)

    def origin(self, name: str, spec: S) -> str:  # noqa: ARG002
        """Of what it is derived, as KIND/NAME, or "" where git declares it itself."""
        return ""

    def stamped(self, estate: str, key: Key, tags: Mapping[str, str]) -> dict[str, str]:
        """All the tags that a resource of ours has, with those that git gives it."""
        return stamped(estate, key, tags)

    def misfit(self, name: str, spec: S) -> str:  # noqa: ARG002
        """What is wrong with such a spec under this name of AWS's, or "" if nothing is."""
        return ""

    def same(self, before: S, after: S) -> bool:
        """Whether what is there is as it should be."""
        return before is after or before == after

    def fixed(self, before: S, after: S) -> Iterable[str]:  # noqa: ARG002
        """Those of the fields that differ which AWS can't change in place."""
        return ()

    def without(self, spec: S, gone: Gone) -> S:
        """The spec once it has let go of the references that are `gone`."""
        return without(spec, gone)

    @abstractmethod
    def observe(self, aws: Aws, sought: Sought[S]) -> Iterable[Observed]:
        """What AWS has, in the words of the spec, references as AWS's own ids."""

    def declarable(self, observed: Observed) -> tuple[S, str]:
        """What a document can say of it, and a note where somebody has to add something."""
        return spec_of(observed, cast(type[S], self.spec)), ""

    @abstractmethod
    def there(self, aws: Aws) -> Iterable[There]:
        """All that there is of the kind, but for what AWS itself has put there."""

    @abstractmethod
    def create(self, aws: Aws, name: str, spec: S, tags: Mapping[str, str]) -> str:
        """Make it, tagged in the creating call, and give its id."""

    def update(self, aws: Aws, before: Observed, after: S) -> None:
        """Turn what `before` says into `after`; only fields that are not `fixed` differ."""
        raise NotImplementedError(f"{self.name} has no field that can change in place")

    @abstractmethod
    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        """Write and take away tags."""

    @abstractmethod
    def delete(self, aws: Aws, observed: Observed) -> None:
        """Take it away; a thing that is already gone is fine."""

    def users(self, aws: Aws, going: Sequence[Observed]) -> Iterable[User]:  # noqa: ARG002
        """Who in this region would be hurt if these went."""
        return ()


def spec_of(observed: Observed, spec: type[S]) -> S:
    """The spec of an observation, as the kind that made it knows it."""
    assert isinstance(observed.spec, spec)
    return observed.spec


def given(**parameters: Any) -> dict[str, Any]:
    """The parameters that are not None: AWS's calls know leaving out, and no null."""
    return {name: value for name, value in parameters.items() if value is not None}
