"""R104: every entrance of a place cleans it alike, and none takes what is not understood."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.directories.files import read_directory
from gateway.adapters.reference.countries import CountryDataSet
from gateway.adapters.reference.phones import PhoneNumberPlans
from gateway.adapters.rules.files import from_yaml
from gateway.engine.addresses.address import Destination, PostalAddress
from gateway.engine.addresses.validation import assess_address
from gateway.engine.areas.area import AreaMatch, match_area
from gateway.engine.gifts.gift import PartialAddress
from gateway.engine.user_errors import ErrorCode, ErrorCollector
from gateway.resolvers.input_readers.quotes import read_destination
from gateway.resolvers.inputs.destinations import DestinationInput
from gateway.services.gifts.recipient_checks import CheckedRecipient, check_recipient
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.identity.address_checks import check_address
from tests.services.gifts.shop import GiftShop

COUNTRIES = CountryDataSet()
TypedPlace: TypeAlias = tuple[str, str | None, str | None]
"""Country, region, postal code."""
CleanedPlace: TypeAlias = tuple[str | None, str | None]

UNDERSTOOD_PLACES: list[tuple[TypedPlace, CleanedPlace]] = [
    (("US", "California", "94043"), ("CA", "94043")),
    (("US", "us-ca", "US-94043"), ("CA", "94043")),
    (("US", "CA", "\uff19\uff14\uff10\uff14\uff13"), ("CA", "94043")),
    (("CA", "Qu\u00e9bec", "h2x1y4"), ("QC", "H2X 1Y4")),
    (("CA", "Colombie-Britannique", "V8X-3X4"), ("BC", "V8X 3X4")),
    (("ES", "Las Palmas", "ES-35001"), ("GC", "35001")),
    (("DE", None, "D-78266"), (None, "78266")),
    (("LU", None, "L-1234"), (None, "1234")),
    (("GB", None, "SW1A-1AA"), (None, "SW1A 1AA")),
    (("GB", None, "W1A-0AX"), (None, "W1A 0AX")),
    (("GB", None, "kw163aa"), (None, "KW16 3AA")),
    (("JP", "\u6771\u4eac\u90fd", "\u3012100-0001"), ("Tokyo", "100-0001")),
    (("JP", "Tokyo", "\uff11\uff10\uff10\u30fc\uff10\uff10\uff10\uff11"), ("Tokyo", "100-0001")),
    (("TW", "\u81fa\u5317\u5e02", "106"), ("Taipei City", "106")),
    (("PL", None, "PL-00950"), (None, "00-950")),
    (("PT", "Madeira", "9000001"), ("Madeira", "9000-001")),
    (("NL", None, "NL-1012ab"), (None, "1012 AB")),
    (
        ("GR", "\u0386\u03b3\u03b9\u03bf \u038c\u03c1\u03bf\u03c2", "63086"),
        ("Mount Athos", "630 86"),
    ),
    (("FR", "La R\u00e9union", "F-97 400"), ("R\u00e9union", "97 400")),
    (("FI", "\u00c5land", "FI-22100"), ("\u00c5land", "22100")),
    (("GB", "Northern Ireland", "BT11AA"), ("Northern Ireland", "BT1 1AA")),
]
ISO_CODES = {
    "Tokyo": "13",
    "Taipei City": "TPE",
    "Madeira": "30",
    "Mount Athos": "69",
    "R\u00e9union": "974",
    "\u00c5land": "01",
    "Northern Ireland": "NIR",
}
NOT_UNDERSTOOD: list[tuple[TypedPlace, str]] = [
    (("ZZ", None, None), "country"),
    (("XK", None, None), "country"),
    (("US", "CA", "94043 HELLO"), "postalCode"),
    (("DE", None, "1" * 100), "postalCode"),
    (("GB", None, "E10"), "postalCode"),
    (("DE", None, "F-75001"), "postalCode"),
    (("US", "Kalifornistan", "94043"), "region"),
    (("CA", "Ohio", "K1A 0B1"), "region"),
    (("US", "CA", "4111 1111 1111 1111"), "postalCode"),
    (("US", "4111-1111-1111-1111", "94043"), "region"),
]


@pytest.fixture
def shop(database: SqliteDatabase, clock: ManualClock) -> GiftShop:
    return GiftShop(database, clock)


def read_typed_destination(place: TypedPlace) -> tuple[Destination, ErrorCollector]:
    complaints = ErrorCollector()
    country, region, code = place
    destination_input = DestinationInput(
        country=country,  # type: ignore[arg-type]
        region=region,
        postal_code=code,
        city=None,
    )
    return read_destination(destination_input, ("input",), COUNTRIES, complaints), complaints


def clean_for_cart_or_quote(place: TypedPlace) -> CleanedPlace:
    cleaned, complaints = read_typed_destination(place)
    assert complaints.errors == []
    assert not cleaned.doubtful
    return cleaned.region, cleaned.postal_code


def build_address(place: TypedPlace) -> PostalAddress:
    country, region, code = place
    return PostalAddress("Ada", country, region, "Town", code, ("1 Street",))


def clean_for_address_or_guest(place: TypedPlace) -> CleanedPlace:
    phones = PhoneNumberPlans()
    outcome = check_address(
        build_address(place), (), confirmed=False, countries=COUNTRIES, phones=phones
    )
    assert outcome.value is not None, outcome.user_errors
    return outcome.value.region, outcome.value.postal_code


def clean_for_accepted_gift(place: TypedPlace) -> CleanedPlace:
    assessment = assess_address(build_address(place), COUNTRIES.rules_for(place[0]))
    assert assessment.findings == ()
    return assessment.address.region, assessment.address.postal_code


def clean_for_directory(place: TypedPlace, folder: Path) -> CleanedPlace:
    country, region, code = place
    path = folder / "people.csv"
    row = f"Ada,ada@example.com,{country},{region or ''},Town,{code},1 Street"
    path.write_text(f"name,email,country,region,city,postal code,line 1\n{row}\n", "utf-8")
    (read,) = read_directory(path, COUNTRIES).records
    assert read.record.address is not None
    return read.record.address.region, read.record.address.postal_code


INPUT_PATHS: list[Callable[[TypedPlace], CleanedPlace]] = [
    clean_for_cart_or_quote,
    clean_for_address_or_guest,
    clean_for_accepted_gift,
]


@pytest.mark.parametrize("entrance", INPUT_PATHS)
@pytest.mark.parametrize(("place", "understood"), UNDERSTOOD_PLACES)
def test_every_entrance_understands_alike(
    entrance: Callable[[TypedPlace], CleanedPlace], place: TypedPlace, understood: CleanedPlace
) -> None:
    assert entrance(place) == understood


@pytest.mark.parametrize(("place", "understood"), UNDERSTOOD_PLACES)
def test_a_directory_understands_alike(
    place: TypedPlace, understood: CleanedPlace, tmp_path: Path
) -> None:
    assert clean_for_directory(place, tmp_path) == understood


@pytest.mark.parametrize(("place", "understood"), UNDERSTOOD_PLACES)
def test_a_recipient_is_understood_alike(
    place: TypedPlace, understood: CleanedPlace, shop: GiftShop
) -> None:
    """Also of an address that is given in part."""
    country, region, code = place
    for lines in ((), ("1 Street",)):
        postal = PartialAddress(country, region, "Town", code, lines)
        recipient = check_recipient(
            RecipientDetails(name="Ada", postal=postal), (), shop.dependencies
        )
        assert isinstance(recipient, CheckedRecipient)
        assert recipient.recipient.postal == replace(
            postal, region=understood[0], postal_code=understood[1]
        )


@pytest.mark.parametrize(("place", "understood"), UNDERSTOOD_PLACES)
def test_a_rule_file_names_the_same_places(place: TypedPlace, understood: CleanedPlace) -> None:
    """By the code as it is written there, and by the region where that has a code."""
    destination, _ = read_typed_destination(place)
    iso = ISO_CODES.get(understood[0] or "", understood[0])
    areas = [f"{place[0]} {understood[1]}", *([f"{place[0]}-{iso}"] if iso else [])]
    rules = f"tax: {{default: {{rules: [{{areas: {areas}, percent: 1}}]}}}}"
    (rule,) = from_yaml(rules).rulebook.tax_tables.default.rules
    assert [match_area(each, destination) for each in rule.areas] == [AreaMatch.YES] * len(areas)


@pytest.mark.parametrize(("place", "field"), NOT_UNDERSTOOD)
def test_a_destination_that_is_not_understood_is_refused(place: TypedPlace, field: str) -> None:
    _, complaints = read_typed_destination(place)
    assert [(each.code, each.field) for each in complaints.errors] == [
        (ErrorCode.INVALID_INPUT, ("input", field))
    ]


@pytest.mark.parametrize(("place", "field"), NOT_UNDERSTOOD)
def test_a_recipients_place_that_is_not_understood_is_refused(
    place: TypedPlace, field: str, shop: GiftShop
) -> None:
    country, region, code = place
    details = RecipientDetails(
        email="ada@example.com", postal=PartialAddress(country, region, None, code)
    )
    errors = check_recipient(details, ("input",), shop.dependencies)
    assert isinstance(errors, tuple)
    assert {(each.code, each.field) for each in errors} == {
        (ErrorCode.INVALID_INPUT, ("input", "postal", field))
    }


@pytest.mark.parametrize(("place", "field"), NOT_UNDERSTOOD)
def test_an_address_that_is_not_understood_is_refused(place: TypedPlace, field: str) -> None:
    phones = PhoneNumberPlans()
    outcome = check_address(
        build_address(place), (), confirmed=False, countries=COUNTRIES, phones=phones
    )
    assert {each.field for each in outcome.user_errors} == {(field,)}


@pytest.mark.parametrize(
    "place",
    [
        ("US", "CA", "99501"),
        ("US", "AK", "94043"),
        ("CA", "QC", "V8X 3X4"),
        ("ES", "GC", "28001"),
        ("PT", "Madeira", "1250-096"),
        ("GB", "Northern Ireland", "SW1A 1AA"),
        ("IE", "Nowhere", "D02 AF30"),
    ],
)
def test_what_contradicts_itself_is_doubtful(place: TypedPlace) -> None:
    """A cart and a quote estimate; an address is confirmed or refused."""
    cleaned, complaints = read_typed_destination(place)
    assert complaints.errors == []
    assert cleaned.doubtful
    phones = PhoneNumberPlans()
    typed = build_address(place)
    unconfirmed = check_address(typed, (), confirmed=False, countries=COUNTRIES, phones=phones)
    assert [(each.code, each.field) for each in unconfirmed.user_errors] == [
        (ErrorCode.ADDRESS_INSUFFICIENT, ("region",))
    ]
    confirmed = check_address(typed, (), confirmed=True, countries=COUNTRIES, phones=phones)
    assert confirmed.user_errors == ()


def test_a_card_number_over_two_lines_of_an_address() -> None:
    """R99: no field, and no two together, may hold one."""
    typed = replace(build_address(("US", "CA", "94043")), lines=("4111 1111", "1111 1111"))
    outcome = check_address(
        typed, (), confirmed=True, countries=COUNTRIES, phones=PhoneNumberPlans()
    )
    assert [(each.code, each.field) for each in outcome.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("lines",))
    ]
