"""What plans keep of values that answer many operations: the data of their plain fields.

It is kept as long as the value itself, by its identity, and goes with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from weakref import WeakSet, ref

from graphql import GraphQLObjectType

MAX_KEPT_SELECTIONS = 16_384
"""Selections of values that all plans of a cache keep together; one takes about 1 KiB."""

Classes: TypeAlias = tuple[type, ...]
Kept: TypeAlias = tuple[Any, ...]
"""A reference to the value, the fields that its lists count as, and the data of the fields."""
TypeCheck = TypeVar("TypeCheck", bound=Callable[..., bool])
Resolver = TypeVar("Resolver", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Lasting:
    """The ``classes`` of values that never change and answer often.

    With a ``part``, it is this attribute of a value that does so, and on which alone depends what
    is read from the value by attributes, and by resolvers marked with ``of_value``.
    """

    classes: Classes = ()
    part: str | None = None


NOT_LASTING = Lasting()


def answers_often(is_type_of: TypeCheck, classes: Classes, part: str | None = None) -> TypeCheck:
    """Mark the type of ``is_type_of``: values of ``classes`` never change, and answer often.

    What is read from such a value by attributes, and by resolvers marked with ``of_value``, is then
    completed once for each value and selection. Values of these classes allow weak references.
    With ``part``, the values of the type share such a value by this attribute; see ``Lasting``.
    """
    is_type_of.lasting = Lasting(classes, part)  # type: ignore[attr-defined]
    return is_type_of


def lasting_of(type_: GraphQLObjectType) -> Lasting:
    """What of the type's values never changes and answers often, as the type is marked."""
    lasting: Lasting = getattr(type_.is_type_of, "lasting", NOT_LASTING)
    return lasting


def returns_lasting(*classes: type) -> Callable[[Resolver], Resolver]:
    """Mark a resolver whose values of ``classes`` never change, and answer often."""

    def mark(resolver: Resolver) -> Resolver:
        resolver.lasting_classes = classes  # type: ignore[attr-defined]
        return resolver

    return mark


def returned_classes(resolver: object) -> Classes:
    """The classes of lasting values that ``resolver`` is marked with."""
    classes: Classes = getattr(resolver, "lasting_classes", ())
    return classes


def of_value(resolver: Resolver) -> Resolver:
    """Mark a ``resolver`` whose result depends on the value and the arguments alone.

    It may read what stays the same as long as the process runs, such as settings. Where that is not
    enough it may return an awaitable: what has to be awaited is not kept.
    """
    resolver.of_value = True  # type: ignore[attr-defined]
    return resolver


def is_of_value(resolver: object) -> bool:
    """Whether ``resolver`` is marked as depending on the value and the arguments alone."""
    return getattr(resolver, "of_value", False)


class KeptSelections:
    """What the plans of a cache keep, up to ``MAX_KEPT_SELECTIONS``; then all of it is dropped."""

    def __init__(self, capacity: int = MAX_KEPT_SELECTIONS) -> None:
        self._capacity = capacity
        self._selections: WeakSet[KeptSelection] = WeakSet()
        # Those kept since they were last counted, and those that were there then.
        self._count = 0

    def __len__(self) -> int:
        return sum(map(len, self._selections))

    def add_selection(self, lasting: Lasting) -> "KeptSelection":
        """A new selection set, of such values."""
        selection = KeptSelection(lasting, self)
        self._selections.add(selection)
        return selection

    def make_room(self) -> None:
        """Count one more; where there is no room for it, drop everything."""
        if self._count >= self._capacity:
            self._count = len(self)
            if self._count >= self._capacity:
                for selection in self._selections:
                    selection.clear()
                self._count = 0
        self._count += 1


class KeptSelection:
    """What a plan keeps of one selection set, by the id() of the value."""

    def __init__(self, lasting: Lasting, kept_selections: KeptSelections) -> None:
        self._classes = frozenset(lasting.classes)
        self.part = lasting.part
        self._kept_selections = kept_selections
        self._kept: dict[int, Kept] = {}
        self.get = self._kept.get

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()

    def keep(self, value: object, cost: int, *data: object) -> None:
        """Keep the ``data`` of a lasting value's fields, and the fields that its lists count as."""
        if type(value) not in self._classes:
            return
        self._kept_selections.make_room()
        reference = _Reference(value, self._forget)
        reference.identity = id(value)
        self._kept[id(value)] = (reference, cost, *data)

    def _forget(self, reference: "_Reference") -> None:
        self._kept.pop(reference.identity, None)


class _Reference(ref[object]):
    """A weak reference that knows the id() of a value which is gone."""

    __slots__ = ("identity",)

    identity: int
