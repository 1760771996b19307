import gc
import weakref

import strawberry
from graphql import parse

from gateway.plans import Plan, compile_plan, of_context

SHARED_INFOS: list[object] = []


@of_context
def told(info: strawberry.Info[str, None]) -> str:
    SHARED_INFOS.append(info)
    return info.context


def placed(info: strawberry.Info[str, None]) -> str:
    return f"{info.context} {info.path.as_list()} {info.field_name}"


@strawberry.type
class Thing:
    told: str = strawberry.field(resolver=told)
    placed: str = strawberry.field(resolver=placed)


@strawberry.type
class Query:
    @strawberry.field
    def things(self) -> list[Thing]:
        return [Thing(), Thing()]


core = strawberry.Schema(Query)._schema


def data(text: str, context: str) -> object:
    plan = compile_plan(core, parse(text))
    assert isinstance(plan, Plan)
    result = plan.execute(None, context)
    return result.data  # type: ignore[union-attr]


def test_resolvers_of_the_context_share_an_info_in_one_execution() -> None:
    SHARED_INFOS.clear()
    assert data("{ things { told } }", "one") == {"things": [{"told": "one"}, {"told": "one"}]}
    assert data("{ things { told } }", "two") == {"things": [{"told": "two"}, {"told": "two"}]}
    assert len({id(each) for each in SHARED_INFOS}) == 2


def test_other_resolvers_get_an_info_of_their_own_place() -> None:
    assert data("{ things { at: placed } }", "c") == {
        "things": [
            {"at": "c ['things', 0, 'at'] placed"},
            {"at": "c ['things', 1, 'at'] placed"},
        ]
    }


def test_an_execution_leaves_nothing_to_the_collector() -> None:
    SHARED_INFOS.clear()
    gc.disable()
    try:
        assert data("{ things { told } }", "here") == {"things": [{"told": "here"}] * 2}
        shared = weakref.ref(SHARED_INFOS.pop())
        SHARED_INFOS.clear()
        assert shared() is None
    finally:
        gc.enable()
