"""Completion of objects: finds the type of a value, then calls the generated function."""

from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import TypeVar

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLTypeResolver,
    default_type_resolver,
    is_object_type,
)
from graphql.pyutils import inspect, is_awaitable

from gateway.plans.completion import Completion
from gateway.plans.dismissal import awaits
from gateway.plans.plain_classes import remember
from gateway.plans.positions import At, Position
from gateway.plans.resolve_info import ResolveInfo, TypeInfo
from gateway.plans.run import PlanRun

Fields = Callable[[object, At, PlanRun], object]
Decision = TypeVar("Decision", bound=Callable[..., bool])


def decided_by_class(is_type_of: Decision) -> Decision:
    """Mark an ``is_type_of`` whose result depends only on the class of the value.

    Plans then call it once for each class instead of once for each value. Values of such a type
    must not be wrapped by ``strawberry.cast``.
    """
    is_type_of.decided_by_class = True  # type: ignore[attr-defined]
    return is_type_of


def is_decided_by_class(type_: GraphQLObjectType) -> bool:
    """Whether the class of a value decides if it is of ``type_``."""
    return getattr(type_.is_type_of, "decided_by_class", False)


class ObjectCompletion(Completion):
    """Completion of an object type; ``fields`` is the generated function for its selection set."""

    __slots__ = ("_depends_on_value", "_remembers", "classes", "fields", "type")

    def __init__(
        self,
        position: Position,
        type_: GraphQLObjectType,
        fields: Fields,
        *,
        nullable: bool,
        depends_on_value: bool = False,
    ) -> None:
        super().__init__(position, nullable=nullable)
        self._depends_on_value = depends_on_value
        self.type = type_
        self.fields = fields
        self.classes: set[type] = set()
        self._remembers = type_.is_type_of is None or is_decided_by_class(type_)

    @property
    def depends_on_value(self) -> bool:
        """Whether that is so of all its fields, and of its type."""
        return self._depends_on_value and self._remembers

    def _present(self, value: object, at: At, run: PlanRun) -> object:
        if self.type.is_type_of is not None:
            info = ResolveInfo(run, self.position, at)
            fits = self.type.is_type_of(value, info)  # type: ignore[arg-type]
            if is_awaitable(fits):
                run.made += 1
                return self._await_type_check(fits, value, at, run)
            if not fits:
                raise self._type_error(value)
        if self._remembers:
            remember(type(value), self.classes)
        return self.fields(value, at, run)

    @awaits("fits")
    async def _await_type_check(
        self, fits: Awaitable[bool], value: object, at: At, run: PlanRun
    ) -> object:
        if not await fits:
            raise self._type_error(value)
        data = self.fields(value, at, run)
        return await data if isinstance(data, CoroutineType) else data

    def _type_error(self, value: object) -> GraphQLError:
        message = f"Expected value of type '{self.type}' but got: {inspect(value)}."
        return GraphQLError(message, self.position.nodes)


class AbstractCompletion(Completion):
    """Completion of an interface or union; its object types are compiled when they occur."""

    __slots__ = ("_resolve", "_sub_plan", "_sub_plans", "by_class", "fields_by_class", "type")

    def __init__(
        self,
        position: Position,
        type_: GraphQLAbstractType,
        sub_plan: Callable[[GraphQLObjectType], ObjectCompletion],
        *,
        by_class: bool,
        nullable: bool,
    ) -> None:
        super().__init__(position, nullable=nullable)
        self.type = type_
        self._resolve: GraphQLTypeResolver = type_.resolve_type or default_type_resolver
        self._sub_plan = sub_plan
        self._sub_plans: dict[str, ObjectCompletion] = {}
        # Whether the class of a value decides its type, and the functions by class so far.
        self.by_class = by_class
        self.fields_by_class: dict[type, Fields] = {}

    def _present(self, value: object, at: At, run: PlanRun) -> object:
        info = TypeInfo(run, self.position, at)
        name = self._resolve(value, info, self.type)  # type: ignore[arg-type]
        if is_awaitable(name):
            run.made += 1
            return self._await_type_name(name, info.met, value, at, run)
        completion = self._completion(name, value, run)
        data = completion.complete_awaited(value, at, run)
        if self.by_class and type(value) in completion.classes:
            self.fields_by_class[type(value)] = completion.fields
        return data

    @awaits("name", "met")
    async def _await_type_name(
        self,
        name: Awaitable[object],
        met: list[Awaitable[object]] | None,
        value: object,
        at: At,
        run: PlanRun,
    ) -> object:
        del met
        completion = self._completion(await name, value, run)
        data = completion.complete_awaited(value, at, run)
        return await data if isinstance(data, CoroutineType) else data

    def _completion(self, name: object, value: object, run: PlanRun) -> ObjectCompletion:
        completion = self._sub_plans.get(name) if isinstance(name, str) else None
        if completion is None:
            type_ = self._valid(name, value, run)
            completion = self._sub_plans[type_.name] = self._sub_plan(type_)
        return completion

    def _valid(self, name: object, value: object, run: PlanRun) -> GraphQLObjectType:
        schema = run.operation.schema
        if not isinstance(name, str):
            raise self._unresolved_error(name, value)
        type_ = schema.get_type(name)
        if type_ is None:
            raise self._error(
                f"Abstract type '{self.type}' was resolved to a type '{name}'"
                " that does not exist inside the schema."
            )
        if not is_object_type(type_):
            raise self._error(
                f"Abstract type '{self.type}' was resolved to a non-object type '{name}'."
            )
        if not schema.is_sub_type(self.type, type_):
            raise self._error(
                f"Runtime Object type '{type_}' is not a possible type for '{self.type}'."
            )
        return type_

    def _unresolved_error(self, name: object, value: object) -> GraphQLError:
        field = f"'{self.position.parent}.{self.position.name}'"
        must = f"Abstract type '{self.type}' must resolve to an Object type at runtime"
        if name is None:
            return self._error(
                f"{must} for field {field}. Either the '{self.type}' type should provide a"
                " 'resolve_type' function or each possible type should provide"
                " an 'is_type_of' function."
            )
        return self._error(
            f"{must} for field {field} with value {inspect(value)},"
            f" received '{inspect(name)}', which is not a valid Object type name."
        )

    def _error(self, message: str) -> GraphQLError:
        return GraphQLError(message, self.position.nodes)
