"""A fast ``Info`` for Strawberry's resolvers, most of which read only its ``context``."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from strawberry.types.info import Info

from gateway.plans.positions import At, Position
from gateway.plans.resolve_info import ResolveInfo
from gateway.plans.run import PlanRun

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField


Resolver = TypeVar("Resolver", bound=Callable[..., object])


def of_context(resolver: Resolver) -> Resolver:
    """Mark a ``resolver`` that reads only the context of its ``Info``.

    Plans then create one ``Info`` for all its calls in an execution, with the path of the first.
    """
    resolver.of_context = True  # type: ignore[attr-defined]
    return resolver


def is_of_context(resolver: object) -> bool:
    """Whether ``resolver`` is marked as reading only the context."""
    return getattr(resolver, "of_context", False)


def shared_info(position: Position, field: "StrawberryField") -> Callable[[PlanRun, At], Info]:
    """A function that returns the ``Info`` shared by all calls at ``position`` in an execution."""

    def info(run: PlanRun, at: At) -> Info:
        made = run.infos.get(position)
        if made is None:
            made = run.infos[position] = LazyInfo(position, field, run, at)
        return made

    return info


class LazyInfo(Info[Any, Any]):
    """An ``Info`` whose parts are created when they are read."""

    # Strawberry's property reads it from the raw info each time; a plain attribute is faster.
    context = None

    def __init__(self, position: Position, field: "StrawberryField", run: PlanRun, at: At) -> None:
        self.context = run.context
        self._field = field
        self._made_of = run, position, at

    @property
    def _raw_info(self) -> ResolveInfo:  # type: ignore[override]
        run, position, at = self._made_of
        return ResolveInfo(run, position, (at, position))
