"""What plans keep of values that never change and answer often: it lives as long as they do."""

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from graphql import parse
from graphql.execution import ExecutionResult
from graphql.execution.values import VariableValues
from strawberry import Schema

from gateway.plans import Plan, answers_often, decided_by_class, of_value, returns_lasting
from gateway.plans.feasibility import operation_of
from gateway.plans.lasting_values import KeptSelections, is_of_value, returned_classes
from gateway.plans.plan import plan_for

CALLS: Counter[str] = Counter()


@dataclass(frozen=True)
class Sign:
    """A value of a value."""

    text: str


@dataclass(frozen=True, eq=True)
class Ware:
    """A value that lasts, as its class says."""

    name: str
    sizes: tuple[int, ...] = (1, 2, 3)
    faults: list[str] = field(default_factory=list, compare=False)
    later: Awaitable[str] | None = field(default=None, compare=False)

    @property
    def title(self) -> str:
        CALLS["title"] += 1
        return self.name.title()

    @property
    def sign(self) -> Sign:
        CALLS["sign"] += 1
        return Sign(self.name[0])

    @property
    def fault(self) -> str:
        CALLS["fault"] += 1
        if self.faults:
            raise ValueError(self.faults.pop())
        return "none"


@dataclass(frozen=True)
class Label:
    """A value that does not last, with a part that does and a name of its own."""

    ware: Ware
    name: str

    @property
    def title(self) -> str:
        return self.ware.title


class PassingWare(Ware):
    """The same, of a class that does not last."""


def is_ware(value: object, _info: object) -> bool:
    return isinstance(value, Ware)


def is_label(value: object, _info: object) -> bool:
    return isinstance(value, Label)


def is_sign(value: object, _info: object) -> bool:
    return isinstance(value, Sign)


@of_value
def worth(root: strawberry.Parent[Any], times: int = 1) -> int:
    CALLS["worth"] += 1
    return len(root.name) * times


def stock(root: strawberry.Parent[Any]) -> int:
    CALLS["stock"] += 1
    return CALLS["stock"] + len(root.name)


@strawberry.type(name="Sign")
class SignType:
    is_type_of = decided_by_class(is_sign)

    text: str


@strawberry.type(name="Ware")
class WareType:
    is_type_of = answers_often(decided_by_class(is_ware), (Ware,))

    title: str
    sign: SignType
    sizes: list[int]
    fault: str | None
    later: str | None
    worth = strawberry.field(resolver=worth, graphql_type=int)
    stock = strawberry.field(resolver=stock, graphql_type=int)


@strawberry.type(name="Label")
class LabelType:
    is_type_of = answers_often(decided_by_class(is_label), (Ware,), "ware")

    title: str
    stock = strawberry.field(resolver=stock, graphql_type=int)


@returns_lasting(Sign)
def shown_sign(root: strawberry.Parent[Any]) -> Sign:
    sign: Sign = root.sign
    return sign


@strawberry.type
class Query:
    ware: WareType
    wares: list[WareType]
    labels: list[LabelType]
    sign = strawberry.field(resolver=shown_sign, graphql_type=SignType)


SCHEMA = Schema(Query)._schema


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


@dataclass
class Kitchen:
    """A plan, and what it keeps."""

    kept_selections: KeptSelections
    plan: Plan

    def answer(self, root: dict[str, object], values: int | None = None) -> ExecutionResult:
        result = self.plan.execute(
            SimpleNamespace(**root), None, VariableValues({}, {}), values=values
        )
        assert isinstance(result, ExecutionResult)
        return result

    def data(self, **root: object) -> dict[str, Any]:
        result = self.answer(root)
        assert result.errors is None
        assert result.data is not None
        return result.data


def plan_of(text: str, capacity: int = 100) -> Kitchen:
    operation = operation_of(SCHEMA, parse(text), None)
    kept_selections = KeptSelections(capacity)
    plan = plan_for(operation, {}, kept_selections)  # type: ignore[arg-type]
    assert isinstance(plan, Plan)
    return Kitchen(kept_selections, plan)


def test_marks_are_read_back() -> None:
    assert is_of_value(worth)
    assert not is_of_value(stock)
    assert returned_classes(shown_sign) == (Sign,)
    assert returned_classes(worth) == ()


def test_what_depends_on_the_value_alone_is_read_once() -> None:
    """R20: the same answer each time, and the same objects in it."""
    kitchen, mug = plan_of("{ ware { title sizes sign { text } __typename } }"), Ware("mug")
    first, second = kitchen.data(ware=mug), kitchen.data(ware=mug)
    expected = {"title": "Mug", "sizes": [1, 2, 3], "sign": {"text": "m"}, "__typename": "Ware"}
    assert first == second == {"ware": expected}
    assert first["ware"] is second["ware"]
    assert CALLS == {"title": 1, "sign": 1}


def test_what_does_not_is_asked_each_time_and_in_its_place() -> None:
    kitchen, mug = plan_of("{ ware { stock title again: stock worth } }"), Ware("mug")
    first, second = kitchen.data(ware=mug)["ware"], kitchen.data(ware=mug)["ware"]
    assert list(first.items()) == [("stock", 4), ("title", "Mug"), ("again", 5), ("worth", 3)]
    assert list(second.items()) == [("stock", 6), ("title", "Mug"), ("again", 7), ("worth", 3)]
    assert CALLS == {"title": 1, "worth": 1, "stock": 4}


def test_an_equal_value_has_its_own() -> None:
    kitchen, mug, twin = plan_of("{ ware { title } }"), Ware("mug"), Ware("mug")
    assert mug == twin
    assert kitchen.data(ware=mug) == kitchen.data(ware=twin)
    assert CALLS == {"title": 2}
    assert len(kitchen.kept_selections) == 2


def test_it_goes_with_its_value() -> None:
    kitchen = plan_of("{ wares { title stock } }")
    wares = [Ware("mug"), Ware("pot")]
    kitchen.data(wares=wares)
    assert len(kitchen.kept_selections) == 2
    del wares[0]
    gc.collect()
    assert len(kitchen.kept_selections) == 1
    wares.clear()
    gc.collect()
    assert len(kitchen.kept_selections) == 0


def test_a_new_value_at_an_old_address_is_not_taken_for_it() -> None:
    """Python gives an address again: each of these may lie where the one before it lay."""
    kitchen = plan_of("{ ware { title } }")
    names = [f"ware {number}" for number in range(200)]
    assert [kitchen.data(ware=Ware(name))["ware"]["title"] for name in names] == [
        name.title() for name in names
    ]


def test_only_values_of_the_marked_classes_are_kept() -> None:
    kitchen, mug = plan_of("{ ware { title } }"), PassingWare("mug")
    assert kitchen.data(ware=mug) == kitchen.data(ware=mug) == {"ware": {"title": "Mug"}}
    assert CALLS == {"title": 2}
    assert len(kitchen.kept_selections) == 0


def test_what_a_marked_resolver_returns_is_kept() -> None:
    kitchen, sign = plan_of("{ sign { text } }"), Sign("open")
    assert kitchen.data(sign=sign)["sign"] is kitchen.data(sign=sign)["sign"]
    assert kitchen.data(sign=Sign("shut")) == {"sign": {"text": "shut"}}


def test_a_value_beneath_another_is_kept_with_that_alone() -> None:
    kitchen, mug = plan_of("{ ware { sign { text } } }"), Ware("mug")
    kitchen.data(ware=mug)
    assert len(kitchen.kept_selections) == 1


def test_values_with_one_lasting_part_are_read_once() -> None:
    kitchen, mug, pot = plan_of("{ labels { title stock } }"), Ware("mug"), Ware("pot")
    labels = [Label(mug, "first"), Label(mug, "the next"), Label(pot, "last")]
    assert kitchen.data(labels=labels)["labels"] == [
        {"title": "Mug", "stock": 6},
        {"title": "Mug", "stock": 10},
        {"title": "Pot", "stock": 7},
    ]
    assert CALLS == {"title": 2, "stock": 3}
    assert len(kitchen.kept_selections) == 2


def test_what_is_kept_of_a_part_goes_with_the_part() -> None:
    kitchen, wares = plan_of("{ labels { title } }"), [Ware("mug")]
    kitchen.data(labels=[Label(wares[0], "first")])
    assert len(kitchen.kept_selections) == 1
    wares.clear()
    gc.collect()
    assert len(kitchen.kept_selections) == 0


def test_a_failure_is_not_kept() -> None:
    kitchen, mug = plan_of("{ ware { fault title } }"), Ware("mug", faults=["broken"])
    failed = kitchen.answer({"ware": mug})
    assert failed.data == {"ware": {"fault": None, "title": "Mug"}}
    assert [error.message for error in failed.errors or ()] == ["broken"]
    assert kitchen.data(ware=mug) == {"ware": {"fault": "none", "title": "Mug"}}
    kitchen.data(ware=mug)
    assert CALLS == {"fault": 2, "title": 2}


async def test_what_has_to_be_awaited_is_not_kept() -> None:
    kitchen = plan_of("{ ware { later title } }")
    loop = asyncio.get_running_loop()
    later: asyncio.Future[str] = loop.create_future()
    later.set_result("soon")
    mug = Ware("mug", later=later)
    for _ in range(2):
        result = await kitchen.plan.execute(SimpleNamespace(ware=mug))  # type: ignore[misc]
        assert result.data == {"ware": {"later": "soon", "title": "Mug"}}
    assert len(kitchen.kept_selections) == 0


def test_arguments_that_are_variables_are_computed_each_time() -> None:
    text = "query ($n: Int!) { ware { worth(times: $n) twice: worth(times: 2) } }"
    kitchen, mug = plan_of(text), Ware("mug")
    for times in (1, 5):
        variables = VariableValues({}, {"n": times})
        result = kitchen.plan.execute(SimpleNamespace(ware=mug), None, variables)
        assert isinstance(result, ExecutionResult)
        assert result.data == {"ware": {"worth": 3 * times, "twice": 6}}
    assert CALLS == {"worth": 3}


@pytest.mark.parametrize("text", ["{ wares { sizes } }", "{ wares { sizes stock } }"])
def test_kept_lists_count_towards_the_length_of_an_answer(text: str) -> None:
    """R21: an answer that is too long is so each time."""
    kitchen, wares = plan_of(text), [Ware("mug"), Ware("pot")]
    fields = 6 + len(wares) * (2 if "stock" in text else 1)
    for _ in range(2):
        result = kitchen.answer({"wares": wares}, fields - 1)
        assert result.data is None
        assert [error.extensions for error in result.errors or ()] == [
            {"code": "QUERY_TOO_COMPLEX"}
        ]
        assert kitchen.answer({"wares": wares}, fields).errors is None


def test_what_is_kept_has_a_limit() -> None:
    kitchen = plan_of("{ wares { title } }", capacity=10)
    wares = [Ware(str(number)) for number in range(25)]
    expected = [{"title": str(number)} for number in range(25)]
    for _ in range(3):
        assert kitchen.data(wares=wares) == {"wares": expected}
        assert 0 < len(kitchen.kept_selections) <= 10


def test_values_that_are_gone_leave_room() -> None:
    kitchen, mug = plan_of("{ ware { title } }", capacity=10), Ware("mug")
    kitchen.data(ware=mug)
    for number in range(50):
        kitchen.data(ware=Ware(str(number)))
    CALLS.clear()
    kitchen.data(ware=mug)
    assert not CALLS
