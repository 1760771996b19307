"""What a merchant's calculator is asked, to the letter, and which answers are valid (R84, R85)."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.calculation_messages import (
    MAX_SHIPPING_METHODS,
    MAX_TAXES,
    InvalidCalculation,
    build_question,
    parse_answer,
)
from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.pricing.calculations import (
    ALL_PARTS,
    CalculatedCode,
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.tax.stated_taxes import StatedTax
from gateway.engine.tax.tax_tables import CustomerKind

USD, JPY, KWD = Currency("USD", 2), Currency("JPY", 0), Currency("KWD", 3)
LINES = (CalculationLine("lin_a", "MUG", 2, 24_00), CalculationLine("lin_b", "", 1, 5))
REQUEST = CalculationRequest(
    currency=USD,
    parts=ALL_PARTS,
    lines=LINES,
    destination=Destination("US", "CA", "94043"),
    codes=("WELCOME10", " gone "),
)
ANSWER: Mapping[str, Any] = {
    "shipping": [
        {"id": "slow", "name": "Slow", "net": "5.00"},
        {"id": "fast", "name": "Fast", "net": "19.9"},
    ],
    "tax": [
        {"lineId": "lin_a", "name": "State", "ratePercent": "6", "tax": "1.44"},
        {"lineId": "lin_b", "name": "State", "ratePercent": "0", "tax": "0.00"},
        {"lineId": "lin_a", "name": "County", "ratePercent": "2.875", "tax": "0.69"},
        {"shippingId": "slow", "name": "State", "ratePercent": "6", "tax": "0.30"},
    ],
    "codes": [
        {"code": "welcome10", "applied": True, "reason": None, "amount": "2.40"},
        {"code": "GONE", "applied": False, "reason": "Too late.", "amount": None},
    ],
}


def parse(answer: object, request: CalculationRequest = REQUEST) -> Calculation:
    return parse_answer(json.dumps(answer).encode(), request)


def refusal(content: bytes, request: CalculationRequest = REQUEST) -> str:
    with pytest.raises(InvalidCalculation) as refused:
        parse_answer(content, request)
    return str(refused.value)


def with_entry(part: str, index: int, **values: object) -> dict[str, Any]:
    """``ANSWER`` with ``values`` in an entry; those of None are left out."""
    answer = json.loads(json.dumps(ANSWER))
    entry = answer[part][index] | values
    answer[part][index] = {name: value for name, value in entry.items() if value is not None}
    return dict(answer)


def with_tax(minor_text: str, currency: Currency) -> tuple[bytes, CalculationRequest]:
    """An answer whose only line has this tax, and its question."""
    request = CalculationRequest(
        currency=currency,
        parts=frozenset({CalculationPart.TAX}),
        lines=(CalculationLine("lin_a", "MUG", 1, 100),),
        destination=Destination("KW"),
    )
    tax = {"lineId": "lin_a", "name": "VAT", "ratePercent": "5", "tax": minor_text}
    return json.dumps({"tax": [tax]}).encode(), request


# -- The question


def test_the_whole_question() -> None:  # R85
    """Nothing else is in it: no name, street, city, contact, id of a buyer or of a cart."""
    request = CalculationRequest(
        currency=USD,
        parts=ALL_PARTS,
        lines=LINES,
        destination=Destination("DE", None, "10115", city="Berlin"),
        customer=CustomerKind.BUSINESS,
        tax_id="DE136695976",
        codes=("WELCOME10", " gone ", "welcome10"),
        order_number="ABCDEFGHIJ",
    )
    assert build_question(request) == {
        "currency": "USD",
        "wants": ["shipping", "tax", "codes"],
        "destination": {"country": "DE", "region": None, "postalCode": "10115"},
        "customer": {"kind": "BUSINESS", "taxId": "DE136695976"},
        "lines": [
            {"id": "lin_a", "sku": "MUG", "quantity": 2, "net": "24.00"},
            {"id": "lin_b", "sku": "", "quantity": 1, "net": "0.05"},
        ],
        "codes": ["WELCOME10", "gone"],
        "orderNumber": "ABCDEFGHIJ",
    }


def test_a_question_without_a_place_and_for_taxes_of_what_the_tables_ship() -> None:  # R85
    request = CalculationRequest(
        currency=KWD,
        parts=frozenset({CalculationPart.TAX}),
        lines=(CalculationLine("1", "MUG", 1, 1234),),
        shipping=(CalculatedShipping("post", "Post", 750),),
    )
    assert build_question(request) == {
        "currency": "KWD",
        "wants": ["tax"],
        "destination": None,
        "customer": {"kind": "CONSUMER", "taxId": None},
        "lines": [{"id": "1", "sku": "MUG", "quantity": 1, "net": "1.234"}],
        "codes": [],
        "orderNumber": None,
        "shipping": [{"id": "post", "name": "Post", "net": "0.750"}],
    }


def test_the_question_does_not_show_the_tax_id_in_logs() -> None:  # R85
    request = CalculationRequest(USD, ALL_PARTS, LINES, tax_id="DE136695976")
    assert "DE136695976" not in repr(request)


# -- Valid answers


def test_a_whole_answer() -> None:  # R84
    assert parse({**ANSWER, "reference": "taxcalc_1", "currency": "USD"}) == Calculation(
        shipping=(
            CalculatedShipping("slow", "Slow", 5_00),
            CalculatedShipping("fast", "Fast", 19_90),
        ),
        line_taxes=(
            CalculatedTaxes(
                "lin_a",
                (
                    StatedTax("State", Decimal(6), 1_44),
                    StatedTax("County", Decimal("2.875"), 69),
                ),
            ),
            CalculatedTaxes("lin_b", (StatedTax("State", Decimal(0), 0),)),
        ),
        shipping_taxes=(CalculatedTaxes("slow", (StatedTax("State", Decimal(6), 30),)),),
        codes=(
            CalculatedCode("WELCOME10", applied=True, minor=2_40),
            CalculatedCode("gone", applied=False, reason="Too late."),
        ),
        reference="taxcalc_1",
    )


def test_what_was_not_asked_for_is_left_out() -> None:  # R84
    request = CalculationRequest(
        USD, frozenset({CalculationPart.CODES}), LINES, codes=("WELCOME10",)
    )
    code = CalculatedCode("WELCOME10", applied=True, minor=2_40)
    assert parse(ANSWER, request) == Calculation(codes=(code,))


def test_a_code_that_the_answer_does_not_name_does_not_exist() -> None:  # R84
    answer = {**ANSWER, "codes": [{"code": "GIFT", "applied": True, "amount": "1.00"}]}
    assert parse(answer).codes == ()


def test_a_code_counts_as_it_is_named_first() -> None:  # R84
    """Also where two that were typed are one to the calculator: that makes nothing invalid."""
    twice = [
        {"code": "WELCOME10", "applied": False, "reason": "No."},
        {"code": "Welcome10 ", "applied": True, "amount": "9.00"},
    ]
    assert parse({**ANSWER, "codes": twice}).codes == (
        CalculatedCode("WELCOME10", applied=False, reason="No."),
    )


def test_an_empty_reason_is_none() -> None:  # R84
    codes = [{"code": "WELCOME10", "applied": True, "reason": "", "amount": "2.40"}]
    assert parse({**ANSWER, "codes": codes}).codes == (
        CalculatedCode("WELCOME10", applied=True, minor=240),
    )


def test_nothing_is_shipped_there() -> None:  # R84
    answer = {**ANSWER, "shipping": [], "tax": ANSWER["tax"][:3]}
    assert parse(answer).shipping == ()


def test_taxes_of_what_the_tables_ship() -> None:  # R84
    request = CalculationRequest(
        USD,
        frozenset({CalculationPart.TAX}),
        LINES,
        shipping=(CalculatedShipping("slow", "Slow", 5_00),),
    )
    taxes = CalculatedTaxes("slow", (StatedTax("State", Decimal(6), 30),))
    assert parse({"tax": ANSWER["tax"]}, request).shipping_taxes == (taxes,)
    entry = {"shippingId": "fast", "name": "State", "ratePercent": "6", "tax": "0.30"}
    unknown = json.dumps({"tax": [*ANSWER["tax"], entry]}).encode()
    assert refusal(unknown, request) == "tax.shippingId: unknown"


@pytest.mark.parametrize("rate", [7, 7.25, "7.25", "0.00000001", "1000"])
def test_a_rate_is_a_string_or_a_number(rate: float | str) -> None:  # R84
    [taxes, _] = parse(with_entry("tax", 0, ratePercent=rate)).line_taxes or ()
    assert taxes.taxes[0].rate_percent == Decimal(str(rate))


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0.07", USD, 7),
        ("1.5", USD, 1_50),
        ("007", USD, 7_00),
        ("1000", JPY, 1000),
        ("1.005", KWD, 1005),
        ("9999999999998.99", USD, 10**15 - 101),
    ],
)
def test_amounts_have_at_most_the_currencys_decimals(
    text: str, currency: Currency, minor: int
) -> None:  # R84
    [taxes] = parse_answer(*with_tax(text, currency)).line_taxes or ()
    assert taxes.taxes[0].minor == minor


# -- Answers that are not valid


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("1.005", USD, "no amount of the currency"),
        ("1.0", JPY, "no amount of the currency"),
        ("-0.01", USD, "no amount of the currency"),
        ("+1.00", USD, "no amount of the currency"),
        ("1e2", USD, "no amount of the currency"),
        ("NaN", USD, "no amount of the currency"),
        ("Infinity", USD, "no amount of the currency"),
        ("", USD, "no amount of the currency"),
        (" 1.00", USD, "no amount of the currency"),
        ("1,00", USD, "no amount of the currency"),
        ("1.", USD, "no amount of the currency"),
        (".5", USD, "no amount of the currency"),
        ("1_000", USD, "no amount of the currency"),
        ("\u0661", USD, "no amount of the currency"),
        ("1.00\n", USD, "no amount of the currency"),
        ("9" * 16, USD, "no amount of the currency"),
        ("9" * 15, USD, "too large"),
        ("10000000000000.00", USD, "too large"),
    ],
)
def test_what_is_no_amount(text: str, currency: Currency, reason: str) -> None:  # R84
    assert refusal(*with_tax(text, currency)) == f"tax.tax: {reason}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "body: json_invalid"),
        (b"<html>", "body: json_invalid"),
        (b"[]", "body: model_type"),
        (b"null", "body: model_type"),
        (b'{"tax": NaN}', "tax: list_type"),
        (b'{"tax": [{"lineId": "\\ud800"}]}', "body: json_invalid"),
        (b'{"shipping": "\xff"}', "body: json_invalid"),
        (b"[" * 100_000, "body: json_invalid"),
        (b'{"codes": [], "shipping": []}', "tax: asked for and missing"),
        (b'{"codes": [], "tax": []}', "shipping: asked for and missing"),
        (b'{"codes": null, "tax": [], "shipping": []}', "tax: a line is missing"),
        (b'{"currency": "EUR"}', "currency: not the one asked for"),
        (b'{"currency": "usd"}', "currency: not the one asked for"),
    ],
)
def test_what_is_no_answer(content: bytes, reason: str) -> None:  # R84
    assert refusal(content) == reason


def test_codes_that_were_asked_for_and_are_missing() -> None:  # R84
    answer = {name: part for name, part in ANSWER.items() if name != "codes"}
    assert refusal(json.dumps(answer).encode()) == "codes: asked for and missing"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (with_entry("tax", 0, lineId="lin_c"), "tax.lineId: unknown"),
        (with_entry("tax", 0, lineId="LIN_A"), "tax.lineId: unknown"),
        (with_entry("tax", 3, shippingId="drone"), "tax.shippingId: unknown"),
        (with_entry("tax", 1, lineId="lin_a"), "tax: a line is missing"),
        (with_entry("tax", 0, lineId=None), "tax: neither or both of lineId and shippingId"),
        (with_entry("tax", 0, shippingId="slow"), "tax: neither or both of lineId and shippingId"),
        (with_entry("tax", 0, tax=1.44), "tax.tax: string_type"),
        (with_entry("tax", 0, tax=None), "tax.tax: missing"),
        (with_entry("tax", 0, name=None), "tax.name: missing"),
        (with_entry("tax", 0, name=" "), "tax.name: value_error"),
        (with_entry("tax", 0, name="a\x00b"), "tax.name: value_error"),
        (with_entry("tax", 0, name="a\u202eb"), "tax.name: value_error"),
        (with_entry("tax", 0, name="a" * 201), "tax.name: string_too_long"),
        (with_entry("tax", 0, ratePercent="-6"), "tax.ratePercent: string_pattern_mismatch"),
        (with_entry("tax", 0, ratePercent="6 %"), "tax.ratePercent: string_pattern_mismatch"),
        (with_entry("tax", 0, ratePercent="1e1"), "tax.ratePercent: string_pattern_mismatch"),
        (with_entry("tax", 0, ratePercent=True), "tax.ratePercent: string_type"),
        (with_entry("tax", 0, ratePercent="1000.01"), "tax.ratePercent: more than 1000"),
        (with_entry("shipping", 1, id="slow"), "shipping.id: there twice"),
        (with_entry("shipping", 1, id=7), "shipping.id: string_type"),
        (with_entry("shipping", 1, id="a" * 256), "shipping.id: string_too_long"),
        (with_entry("shipping", 1, net="-1.00"), "shipping.net: no amount of the currency"),
        (with_entry("codes", 0, amount=None), "codes.amount: missing of a code that applies"),
        (with_entry("codes", 0, amount="-2.40"), "codes.amount: no amount of the currency"),
        (with_entry("codes", 0, applied="yes"), "codes.applied: bool_type"),
        ({**ANSWER, "reference": "a" * 256}, "reference: string_too_long"),
        ({**ANSWER, "reference": 7}, "reference: string_type"),
        (with_entry("shipping", 0, net="9999999999999.00"), "the sum is too large"),
    ],
)
def test_what_breaks_a_rule(answer: dict[str, Any], reason: str) -> None:  # R84
    assert refusal(json.dumps(answer).encode()) == reason


def test_the_bounds_of_lists() -> None:  # R84
    methods = [
        {"id": str(index), "name": "Post", "net": "1.00"}
        for index in range(MAX_SHIPPING_METHODS + 1)
    ]
    taxes = [*ANSWER["tax"][:3]]
    most = {**ANSWER, "shipping": methods[:-1], "tax": taxes}
    assert len(parse(most).shipping or ()) == MAX_SHIPPING_METHODS
    too_many = json.dumps({**ANSWER, "shipping": methods, "tax": taxes}).encode()
    assert refusal(too_many) == f"shipping: more than {MAX_SHIPPING_METHODS} ways"
    many_taxes = [taxes[0]] * MAX_TAXES + [taxes[1]]
    [first, _] = parse({**ANSWER, "tax": many_taxes}).line_taxes or ()
    assert len(first.taxes) == MAX_TAXES
    too_many = json.dumps({**ANSWER, "tax": [taxes[0], *many_taxes]}).encode()
    assert refusal(too_many) == f"tax: more than {MAX_TAXES} of one line"


# -- Whatever comes


TEXTS = st.sampled_from(
    ["lin_a", "lin_b", "slow", "WELCOME10", "State", "0.00", "1.5", "-1", "1e9", "NaN", "", "\x00"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=5)
FIELDS = st.sampled_from(
    (
        *("shipping", "tax", "codes", "currency", "reference", "id", "name", "net", "lineId"),
        *("shippingId", "ratePercent", "code", "applied", "reason", "amount"),
    )
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(FIELDS, values, max_size=6),
    max_leaves=12,
)


@st.composite
def altered_answers(draw: st.DrawFn) -> object:
    """The valid answer with one to three of its values replaced by whatever."""
    answer: Any = json.loads(json.dumps(ANSWER))
    for _ in range(draw(st.integers(1, 3))):
        part = draw(st.sampled_from([*ANSWER, "currency", "reference"]))
        entries = answer.get(part)
        if isinstance(entries, list) and entries and isinstance(entries[0], dict):
            entry = draw(st.sampled_from(entries))
            if isinstance(entry, dict):
                entry[draw(FIELDS)] = draw(SCALARS)
        else:
            answer[part] = draw(DOCUMENTS)
    return answer


@given(DOCUMENTS | altered_answers())
def test_whatever_comes_is_valid_or_refused(answer: object) -> None:  # R84
    """What is accepted holds to the rules; nothing else than a refusal is raised."""
    try:
        calculation = parse(answer)
    except InvalidCalculation:
        return
    line_taxes, shipping = calculation.line_taxes or (), calculation.shipping or ()
    assert sorted(taxes.id for taxes in line_taxes) == ["lin_a", "lin_b"]
    assert {taxes.id for taxes in calculation.shipping_taxes} <= {way.id for way in shipping}
    assert len({way.id for way in shipping}) == len(shipping)
    minors = [
        *(tax.minor for taxes in (*line_taxes, *calculation.shipping_taxes) for tax in taxes.taxes),
        *(way.minor for way in shipping),
    ]
    assert min(minors) >= 0
    assert sum(minors) < 10**15
    assert {code.code for code in calculation.codes or ()} <= {"WELCOME10", "gone"}
