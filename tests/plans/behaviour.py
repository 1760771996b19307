"""What resolvers of random schemas do: the same, for a seed, every time they are asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from random import Random

from graphql import (
    GraphQLError,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

Info = GraphQLResolveInfo[object]


def seeded_random(seed: str) -> Random:
    """Numbers that follow from ``seed``."""
    return Random(seed)  # noqa: S311 - nothing is to be kept secret


FAULTS = ("null", "raise", "error", "exception", "wrong", "located")
LEAF_VALUES: dict[str, list[object]] = {
    "String": ["text", "", 5, 1.5, True],
    "ID": ["id", 7],
    "Int": [1, -5, "12", 2.0, True],
    "Float": [1.5, 2, "2.5", False],
    "Boolean": [True, False, 1, 0.0],
    "Custom": ["value", 3, [1]],
}
WRONG_VALUES: list[object] = [
    float("inf"),
    2**40,
    "word",
    {"a": 1},
    object,
    "refused",
    "nothing",
    12,
]


class Node(dict[str, object]):
    """An object of the response: a dict whose keys are made up when they are asked for."""

    def __init__(self, behaviour: "Behaviour", typename: str, seed: str) -> None:
        super().__init__({"__typename": typename})
        self.behaviour = behaviour
        self.typename = typename
        self.seed = seed

    def get(self, key: str, default: object = None) -> object:
        """The value of a field without resolver."""
        if key == "__typename":
            return self["__typename"] if self.behaviour.shows_type(self.seed) else default
        return self.behaviour.value_without_resolver(self, key)

    def __repr__(self) -> str:
        return f"Node({self.typename}, {self.seed})"


class Behaviour:
    """Values, faults and delays by seed; ``calls`` tells what was asked, in order."""

    def __init__(self, seed: int, faults: float, awaitables: float) -> None:
        self.seed = seed
        self.faults = faults
        self.awaitables = awaitables
        self.possible: dict[str, list[str]] = {}
        self.calls: list[object] = []
        self.types: dict[tuple[str, str], GraphQLOutputType] = {}

    def root(self) -> Node:
        """A new root value."""
        self.calls = []
        return Node(self, "Root", str(self.seed))

    def shows_type(self, seed: str) -> bool:
        """Whether an object says which type it is."""
        return seeded_random(f"shows{seed}").random() < 0.8

    def resolver(self, type_: GraphQLOutputType, manner: str) -> Callable[..., object] | None:
        """A resolver for a field of ``type_``."""

        def resolve(source: object, info: Info, **args: object) -> object:
            seed = self._record_call(source, info, args)
            return self.value(type_, seed, info)

        async def resolve_later(source: object, info: Info, **args: object) -> object:
            seed = self._record_call(source, info, args)
            for _ in range(seeded_random(seed).randrange(3)):
                await asyncio.sleep(0)
            self.calls.append(("resumed", seed))
            return self.value(type_, seed, info, now=True)

        if manner == "default":
            return None
        if manner == "sync":
            return resolve

        def either(source: object, info: Info, **args: object) -> object:
            chosen = resolve_later if self.awaitables else resolve
            return chosen(source, info, **args)

        return either

    def _record_call(self, source: object, info: Info, args: dict[str, object]) -> str:
        path = info.path.as_list()
        seed = f"{getattr(source, 'seed', source)}.{info.field_name}{sorted(args.items())}"
        facts = (info.parent_type.name, str(info.return_type), info.variable_values.coerced)
        nodes = [node.loc.start for node in info.field_nodes if node.loc]
        self.calls.append((path, seed, facts, nodes, info.context, info.operation.operation))
        return seed

    def value_without_resolver(self, node: Node, key: str) -> object:
        """The value of a field that is read from its object."""
        seed = f"{node.seed}.{key}"
        self.calls.append(("read", seed))
        type_ = self.types.get((node.typename, key))
        return None if type_ is None else self.value(type_, seed, None)

    def value(
        self,
        type_: GraphQLOutputType,
        seed: str,
        info: Info | None,
        *,
        now: bool = False,
    ) -> object:
        """A value for ``type_``, or what stands in its place; not to be awaited if ``now``."""
        rng = seeded_random(seed)
        if rng.random() < self.faults:
            return self._fault(rng, info)
        if rng.random() < self.awaitables / 4 and not now:
            return self._later(type_, seed + "~", rng.randrange(3))
        if is_non_null_type(type_):
            return self.value(type_.of_type, seed + "!", info, now=now)
        if rng.random() < 0.1:
            return None
        if is_list_type(type_):
            return self._list(type_.of_type, seed, rng)
        return self._named_type_value(type_, seed, rng)

    async def _later(self, type_: GraphQLOutputType, seed: str, delay: int) -> object:
        for _ in range(delay):
            await asyncio.sleep(0)
        self.calls.append(("later", seed))
        return self.value(type_, seed, None, now=True)

    def _fault(self, rng: Random, info: Info | None) -> object:
        match rng.choice(FAULTS):
            case "null":
                return None
            case "raise":
                raise ValueError(f"raised {rng.randrange(9)}")
            case "error":
                raise GraphQLError("refused", extensions={"code": rng.randrange(9)})
            case "located":
                nodes = info.field_nodes if info else None
                raise GraphQLError("located", nodes, path=["else", "where"])
            case "exception":
                return KeyError("returned")
        return rng.choice(WRONG_VALUES)

    def _list(self, of: GraphQLOutputType, seed: str, rng: Random) -> object:
        items = [(of, f"{seed}#{index}") for index in range(rng.randrange(4))]
        manner = rng.choice(["list", "list", "tuple", "generator", "later"])
        if manner == "later" and self.awaitables:
            return self._async_items(items)
        if manner == "generator":
            return self._items(items)
        made = [self._item(type_, own) for type_, own in items]
        return tuple(made) if manner == "tuple" else made

    def _item(self, type_: GraphQLOutputType, seed: str) -> object:
        try:
            return self.value(type_, seed, None)
        except (ValueError, GraphQLError) as error:
            return error

    def _items(self, items: list[tuple[GraphQLOutputType, str]]) -> Iterator[object]:
        for type_, seed in items:
            yield self.value(type_, seed, None)

    async def _async_items(
        self, items: list[tuple[GraphQLOutputType, str]]
    ) -> AsyncIterator[object]:
        for type_, seed in items:
            await asyncio.sleep(0)
            yield self.value(type_, seed, None)

    def _named_type_value(self, type_: GraphQLOutputType, seed: str, rng: Random) -> object:
        named = get_named_type(type_)
        if is_enum_type(named):
            return rng.choice(
                [v.value if v.value is not None else n for n, v in named.values.items()]
            )
        if is_leaf_type(named):
            return rng.choice(LEAF_VALUES[named.name])
        if is_abstract_type(named):
            return Node(self, rng.choice(self.possible[named.name]), seed)
        strange = rng.random() < self.faults
        return Node(self, "Strange" if strange else named.name, seed)

    def type_resolver(self, name: str) -> Callable[..., object]:
        """A ``resolve_type``: right as a rule, sometimes wrong, awaitable or failing."""

        def resolve_type(value: object, info: Info, type_: object) -> object:
            assert info.schema.get_type(str(type_)) is type_
            rng = seeded_random(f"{name}{value!r}")
            answer = self._type_name(value, rng)
            return self._answer(answer, rng)

        return resolve_type

    def _type_name(self, value: object, rng: Random) -> object:
        if rng.random() < self.faults:
            return rng.choice([None, 5, "Nothing", "Enum", "Query"])
        return getattr(value, "typename", None)

    def type_test(self, name: str) -> Callable[..., object]:
        """An ``is_type_of``: right as a rule, sometimes awaitable or failing."""

        def is_type_of(value: object, info: Info) -> object:
            rng = seeded_random(f"{name}{value!r}is{info.field_name}")
            return self._answer(getattr(value, "typename", None) == name, rng)

        return is_type_of

    def _answer(self, answer: object, rng: Random) -> object:
        if rng.random() < self.faults / 2:
            raise RuntimeError("type unknown")
        if rng.random() < self.awaitables / 3:
            return _answer_later(answer)
        return answer


async def _answer_later(answer: object) -> object:
    await asyncio.sleep(0)
    return answer


async def settle_result(result: object) -> object:
    """``result``, awaited if it has to be, once everything left behind has ended."""
    done = await result if isinstance(result, Awaitable) else result
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.gather(*left, return_exceptions=True)
    for _ in range(3):  # what is told that a task ended holds on to it until then
        await asyncio.sleep(0)
    return done
