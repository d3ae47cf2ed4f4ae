"""What a kind declares: how it is read, written and compared. Declarations only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.calls import Call, Observed, Reads, Scope
from reconciler.model.plans import Change
from reconciler.model.values import Address, Resource


@dataclass(frozen=True, slots=True)
class Rules:
    """How the properties of a kind compare. Paths are dotted; `[]` is any element: `containers[].environment`."""

    create_only: tuple[str, ...] = ()
    """A change of these needs a new object."""
    unordered: tuple[str, ...] = ()
    """Lists compared as sets."""
    keyed: Mapping[str, str] = field(default_factory=dict)
    """Lists of named things: path -> the member that names an element; compared by name, order ignored."""
    documents: tuple[str, ...] = ()
    """IAM-style policy documents, compared by meaning; `policies.*` are all the values of a map."""
    exclusive: tuple[str, ...] = ()
    """Maps of named things in which a live key the spec does not mention is a difference."""
    case_insensitive: tuple[str, ...] = ()
    version_prefix: tuple[str, ...] = ()
    """`16` equals any live `16.x`; a newer live version of the same prefix is no difference."""
    sensitive: tuple[str, ...] = ()
    """Compared but never shown."""
    write_only: tuple[str, ...] = ()
    """Sent on create or with another change, never compared: AWS does not give them back."""


@dataclass(frozen=True, slots=True)
class PhysicalName:
    """The property that is a kind's deterministic AWS name; where the spec is silent it becomes `stack-name`."""

    property: str
    limit: int = 255
    template: str = "{stack}-{name}"
    lower: bool = False
    suffix_from: tuple[str, ...] = ()
    """Create-only properties hashed into the name: a change of them makes a new object beside the old one, which
    prune deletes after its users moved over (create before delete)."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a change usually takes and when to stop waiting, in minutes."""

    typical: str = "seconds"
    minutes: float = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """The Resource Groups Tagging API lists objects of the kind, under ARNs of this pattern: `service:resource`.

    The resource is what follows the account in an ARN; `*` stands for any text. AWS: objects carry tags that were made
    for others (a snapshot its database's), so the tags alone do not say what something is.
    """

    arn: str


@dataclass(frozen=True, slots=True)
class Through:
    """`owned` finds objects of the kind only by way of objects of these kinds that carry the stack's tag.

    Say so only where it is implied: where no parent is, no leftover can be.
    """

    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Nothing hints at leftovers of the kind, so every plan asks `owned`; and why that is."""

    because: str


Hint = Listed | Through | Unlisted
"""How a plan knows that asking `owned` of a kind is worth a call. Whatever is to be deleted is asked itself."""


def _no_calls(_: Change) -> Iterator[Call]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Kind:
    """The declaration of a kind: what it reads and writes as values, and how its properties compare.

    `observe(resources)` reads all resources of the kind at once; a missing address means provably absent.
    `owned(scope)` reads everything that carries the stack's ownership tag (or name prefix): the prune candidates;
    `leftovers` says how a plan knows that there may be some.
    `create`, `update`, `delete`, `retag` are pure and yield write calls. A create yields the create and nothing that
    needs its response: the next observation finds the new object and yields the rest as an update.
    """

    name: str
    title: str
    observe: Callable[[Sequence[Resource]], Reads[Mapping[Address, Observed]]]
    owned: Callable[[Scope], Reads[Sequence[Observed]]]
    create: Callable[[Change], Iterator[Call]]
    delete: Callable[[Change], Iterator[Call]]
    leftovers: Hint
    update: Callable[[Change], Iterator[Call]] = _no_calls
    retag: Callable[[Change], Iterator[Call]] | None = None
    """Brings the tags in `change.tags` onto the live object; None for kinds AWS cannot tag."""
    outputs: tuple[str, ...] = ()
    rules: Rules = Rules()
    identity: tuple[str, ...] = ()
    """Properties `observe` needs; while one of them is unknown (its object does not exist) this one is absent."""
    wanted_first: tuple[str, ...] = ()
    """Properties `observe` looks at beside: their references are resolved first, though they may stay unknown."""
    physical_name: PhysicalName | None = None
    uses: tuple[str, ...] = ()
    """Kinds an object of this kind may refer to: those are deleted after it."""
    holds_data: bool = False
    """Protected unless the spec says otherwise."""
    versioned: bool = False
    """An update makes a new version: outputs are unknown until it is made."""
    patience: Patience = Patience()
    early_outputs: tuple[str, ...] = ()
    """Outputs others may use while this object still waits, mostly for them: the DNS records a certificate asks for."""
    changes_while_waiting: bool = False
    """AWS takes further changes while an earlier one is still under way."""
