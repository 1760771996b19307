"""Where a purchase goes, understood as an address is (R104)."""

import pytest

from gateway.engine.addresses.address import Destination
from gateway.engine.addresses.country_rules import AddressPart, AddressRules
from gateway.engine.addresses.destinations import check_destination, normalize_destination
from gateway.engine.addresses.validation import AddressFinding, AddressFindingCode
from tests.engine.addresses.countries import AMERICA, CANADA, SPAIN

MALFORMED = AddressFinding(
    AddressFindingCode.MALFORMED,
    AddressPart.POSTAL_CODE,
    "This is not how a Postcode looks in Canada, for example K1A 0B1.",
)
UNKNOWN_PROVINCE = AddressFinding(
    AddressFindingCode.UNKNOWN_REGION,
    AddressPart.REGION,
    "Canada has no such province that we know.",
    ("ON",),
)


@pytest.mark.parametrize(
    ("rules", "typed", "understood", "errors"),
    [
        (
            CANADA,
            Destination(" ca ", " ontario ", " k1a0b1 ", "  Ottawa "),
            Destination("CA", "ON", "K1A 0B1", "Ottawa"),
            (),
        ),
        (CANADA, Destination("CA"), Destination("CA"), ()),
        (CANADA, Destination("CA", " ", "", ""), Destination("CA"), ()),
        (
            CANADA,
            Destination("CA", "ON", "9"),
            Destination("CA", "ON", "9", doubtful=True),
            (MALFORMED,),
        ),
        (
            CANADA,
            Destination("CA", "ON", "H2X 1Y4"),
            Destination("CA", "ON", "H2X 1Y4", doubtful=True),
            (),
        ),
        (
            CANADA,
            Destination("CA", "Ontaria"),
            Destination("CA", "Ontaria", doubtful=True),
            (UNKNOWN_PROVINCE,),
        ),
        # Where there are no regions, none is unknown.
        (SPAIN, Destination("ES", "M", "28001"), Destination("ES", "M", "28001"), ()),
        (SPAIN, Destination("ES", "Canary Islands"), Destination("ES", "CN"), ()),
    ],
)
def test_a_destination_is_cleaned_and_judged(
    rules: AddressRules,
    typed: Destination,
    understood: Destination,
    errors: tuple[AddressFinding, ...],
) -> None:
    assert check_destination(typed, rules) == (understood, errors)
    doubtful = Destination(
        understood.country,
        understood.region,
        understood.postal_code,
        understood.city,
        doubtful=understood.doubtful or bool(errors),
    )
    assert normalize_destination(typed, rules) == doubtful


def test_a_country_without_rules_is_doubtful() -> None:
    assert normalize_destination(Destination("zz"), None) == Destination("zz", doubtful=True)
    assert normalize_destination(Destination("US", "CA"), AMERICA) == Destination("US", "CA")
