"""Scalars: what each accepts, refuses and prints."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import strawberry
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from gateway.engine.money import Currency
from gateway.resolvers.scalars import (
    MAX_DECIMAL_DIGITS,
    SCALARS,
    CountryCode,
    CurrencyCode,
    Long,
    parse_country_code,
    parse_currency_code,
    parse_date,
    parse_date_time,
    parse_decimal,
    parse_long,
    print_country_code,
    print_currency_code,
    print_date,
    print_date_time,
    print_decimal,
    print_long,
)
from tests.api.conftest import AskRaw


@strawberry.type
class Query:
    @strawberry.field
    def decimal(self, value: Decimal) -> Decimal:
        return value

    @strawberry.field
    def long(self, value: Long) -> Long:
        return value

    @strawberry.field
    def instant(self, value: datetime) -> datetime:
        return value

    @strawberry.field
    def day(self, value: date) -> date:
        return value

    @strawberry.field
    def codes(self, currency: CurrencyCode, country: CountryCode) -> str:
        return f"{currency} {country}"


schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


@pytest.mark.parametrize(
    "text", ["0", "19.99", "-3", "007.50", "0." + "1" * 27, "9" * 28, "+1", ".5", "5.", "-.25"]
)
def test_decimal_reads_plain_text_exactly(text: str) -> None:
    assert str(parse_decimal(text)) == str(Decimal(text))


@pytest.mark.parametrize(
    "value",
    ["NaN", "sNaN", "Infinity", "1E+400", "1e3", "1_000", "١٢", " 1", "1 ", "1\n", ".", "+", "+-1",
     "1.2.3",      "", "-", "1,5", "9" * 29, "0." + "1" * 28, 1, 1.5, True, None, [], {}],
)  # fmt: skip
def test_decimal_refuses_everything_else(value: object) -> None:
    with pytest.raises(GraphQLError, match=f'"19.99", of at most {MAX_DECIMAL_DIGITS} digits'):
        parse_decimal(value)


def test_decimal_prints_without_exponent() -> None:
    assert print_decimal(Decimal("1E+3")) == "1000"
    assert print_decimal(Decimal("1.50")) == "1.50"
    for wrong in (Decimal("NaN"), 1.5, "1"):
        with pytest.raises(TypeError):
            print_decimal(wrong)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20))  # fmt: skip  # noqa: E501
def test_decimals_come_back_as_they_went(amount: Decimal) -> None:
    assert parse_decimal(print_decimal(amount)) == amount


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1.0, True, "1", None, 10**40])
def test_long_refuses_what_is_no_64_bit_integer(value: object) -> None:
    with pytest.raises(GraphQLError, match="64-bit integer"):
        parse_long(value)


def test_long_reads_its_whole_range() -> None:
    assert parse_long(2**63 - 1) == 2**63 - 1
    assert parse_long(-(2**63)) == -(2**63)


@pytest.mark.parametrize(
    "value",
    ["20261122", "2026-W05", "2026-W05-1", "2026-02-30", "2026-1-2", "2026-11-22T00:00:00Z", "",
     "٢٠٢٦-11-22", 20261122, None],
)  # fmt: skip
def test_date_refuses_other_forms(value: object) -> None:
    with pytest.raises(GraphQLError, match="2026-11-22"):
        parse_date(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T09:30:00Z", datetime(2026, 11, 22, 9, 30, tzinfo=UTC)),
        ("2026-11-22T09:30:00.5+02:00", datetime(2026, 11, 22, 7, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-11-22T09:30:00.123456789Z", datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)),
        # Small letters, unknown offset and leap seconds are RFC 3339's too.
        ("2026-12-01t23:44:14Z", datetime(2026, 12, 1, 23, 44, 14, tzinfo=UTC)),
        ("2026-12-01T23:44:14z", datetime(2026, 12, 1, 23, 44, 14, tzinfo=UTC)),
        ("2026-12-01t23:44:14.25-00:00", datetime(2026, 12, 1, 23, 44, 14, 250_000, tzinfo=UTC)),
        ("2026-12-01T23:44:14+23:59", datetime(2026, 11, 30, 23, 45, 14, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("1990-12-31T15:59:60.9-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
    ],
)
def test_date_time_reads_rfc_3339(text: str, expected: datetime) -> None:
    assert parse_date_time(text) == expected


@pytest.mark.parametrize(
    "value",
    ["2026-11-22T09:30:00", "2026-11-22", "2026-W05", "2026-11-22 09:30:00Z", "2026-11-22T09:30Z",
     "2026-11-22T25:00:00Z", "2026-11-22T09:30:60Z", "2026-11-22T09:30:61Z",
     "2026-11-22T09:30:00+24:00", "2026-11-22T09:30:00+01:60", "2026-11-22T09:30:00.Z",
     "9999-12-31T23:59:60Z", "0001-01-01T00:00:00+01:00",
     "9999-12-31T23:59:59-01:00", 1763803800, None],
)  # fmt: skip
def test_date_time_refuses_other_forms(value: object) -> None:
    with pytest.raises(GraphQLError, match="2026-11-22T09:30:00Z"):
        parse_date_time(value)


def test_dates_and_times_print_in_one_form() -> None:
    east = timezone(timedelta(hours=2))
    assert print_date_time(datetime(2026, 11, 22, 9, 30, tzinfo=east)) == "2026-11-22T07:30:00Z"
    assert print_date(date(2026, 11, 22)) == "2026-11-22"
    for printer, wrong in (
        (print_date_time, datetime(2026, 11, 22, 9, 30)),  # noqa: DTZ001
        (print_date, datetime(2026, 11, 22, 9, 30, tzinfo=UTC)),
    ):
        with pytest.raises(TypeError):
            printer(wrong)


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_come_back_as_they_went(instant: datetime) -> None:
    assert parse_date_time(print_date_time(instant)) == instant


def test_codes_are_capital_letters_even_where_unknown() -> None:
    assert parse_currency_code("ZZZ") == "ZZZ"
    assert parse_country_code("QQ") == "QQ"
    assert print_currency_code(Currency("USD", 2)) == "USD"
    for parse in (parse_currency_code, parse_country_code):
        for wrong in ("usd", "us", "USDX", "U", "", "Ü1", "US\n", 840, None):
            with pytest.raises(GraphQLError, match="capital letters"):
                parse(wrong)


def test_what_we_print_wrongly_is_a_fault_of_ours() -> None:
    assert (print_long(2**63 - 1), print_country_code("DE")) == (2**63 - 1, "DE")
    for printer, wrong in (
        (print_long, 2**63),
        (print_long, True),
        (print_country_code, "de"),
        (print_currency_code, "usd"),
    ):
        with pytest.raises(TypeError):
            printer(wrong)


def test_each_scalar_says_what_it_is_and_where_it_is_specified() -> None:
    printed = schema.as_str()
    for name in ("Decimal", "Long", "DateTime", "Date", "CurrencyCode", "CountryCode"):
        assert f"scalar {name} @specifiedBy(url: " in printed
    assert all(scalar.description for scalar in SCALARS.values())


def test_literals_follow_the_same_rules() -> None:
    answer = schema.execute_sync(
        '{ decimal(value: "1.50") long(value: 9223372036854775807) day(value: "2026-11-22")'
        ' instant(value: "2026-11-22T09:30:00Z") codes(currency: "ZZZ", country: "QQ") }'
    )
    assert answer.errors is None
    assert answer.data == {
        "decimal": "1.50",
        "long": 9223372036854775807,
        "day": "2026-11-22",
        "instant": "2026-11-22T09:30:00Z",
        "codes": "ZZZ QQ",
    }


@pytest.mark.parametrize(
    "field",
    ["decimal(value: 1.5)", "decimal(value: 1)", "long(value: 9223372036854775808)",
     'long(value: "1")', f"long(value: {'9' * 5000})", "day(value: 20261122)",
     "codes(currency: USD, country: DE)"],
)  # fmt: skip
def test_wrong_literals_are_validation_errors(field: str) -> None:
    answer = schema.execute_sync(f"{{ {field} }}")
    assert answer.data is None
    assert answer.errors is not None
    assert "sys.set_int" not in answer.errors[0].message
    # As an enum's: where the value stands, and no code of a field's own.
    assert answer.errors[0].locations is not None
    assert answer.errors[0].locations[0].column > 3
    assert not answer.errors[0].extensions


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"items": [{"unitPrice": "x"}]}, ".items[0].unitPrice"),
        ({"items": [], "discounts": [{"amount": "1", "percent": "2"}]}, ".discounts[0]"),
        ({"items": [], "discounts": [{"amount": None}]}, ".discounts[0].amount"),
        ({"items": [], "customer": "NOBODY"}, ".customer"),
        ({"items": [], "date": "2026-02-30"}, ".date"),
        ({"items": [], "shipTo": {"country": "us"}}, ".shipTo.country"),
    ],
)
async def test_what_a_variable_gets_wrong_is_told_by_name_and_path(
    ask_raw: AskRaw, given: dict[str, object], place: str
) -> None:
    """Specification §7.1.2: scalars, enums and inputs of one form alike."""
    query = "query ($i: QuoteInput!) { quote(input: $i) { userErrors { code } } }"
    answer = await ask_raw(query, i={"currency": "USD"} | given)
    assert answer.errors is not None
    assert f"Variable '$i' has invalid value at {place}: " in answer.errors[0].message
    assert answer.errors[0].locations is not None
    assert answer.errors[0].locations[0].column == 8
