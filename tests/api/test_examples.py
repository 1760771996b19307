"""GraphiQL's example tabs say what the gateway understands."""

import json
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from gateway.cli.schema import sdl
from tests.api.conftest import Ask

EXAMPLES = Path(__file__).parents[2] / "web" / "examples"
FLOWS = ("quote", "cart", "one-click", "gift")


def document(flow: str) -> str:
    return (EXAMPLES / f"{flow}.graphql").read_text()


def variables(flow: str) -> dict[str, object]:
    read: dict[str, object] = json.loads((EXAMPLES / f"{flow}.json").read_text())
    return read


@pytest.mark.parametrize("flow", FLOWS)
def test_every_variable_is_offered_and_used(flow: str) -> None:
    declared = {
        variable.variable.name.value
        for operation in parse(document(flow)).definitions
        if isinstance(operation, OperationDefinitionNode)
        for variable in operation.variable_definitions or ()
    }
    assert declared == set(variables(flow))


@pytest.mark.parametrize("flow", FLOWS)
def test_every_operation_is_understood(flow: str) -> None:
    assert validate(build_schema(sdl()), parse(document(flow))) == []


async def test_quote_example_prices_to_the_cent(ask: Ask) -> None:
    # Mugs 25.00 and tea 8.00, less 10 %, at 9.25 % and 1 %; the parcel's 5.00 is not taxed:
    # 22.50 + 2.08 + 7.20 + 0.07 + 5.00.
    answer = await ask(document("quote"), **variables("quote"))
    assert answer["quote"]["userErrors"] == []
    quote = answer["quote"]["quote"]
    assert quote["total"] == {"gross": {"formatted": "$36.85"}}
    assert quote["discountTotal"] == {"formatted": "-$3.30"}
    assert [(line["name"], line["tax"]["amount"]) for line in quote["taxSummary"]] == [
        ("City", "2.08"),
        ("Food", "0.07"),
    ]
