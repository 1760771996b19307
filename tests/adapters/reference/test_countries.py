"""The rules of real countries, with the data set's faults repaired."""

import pytest

from gateway.adapters.reference.countries import CountryDataSet
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.addresses.country_rules import AddressPart, AddressRules, FormOption
from gateway.engine.addresses.validation import AddressAssessment, AddressVerdict, assess_address

COUNTRIES = CountryDataSet()


def rules_of(country: str) -> AddressRules:
    rules = COUNTRIES.rules_for(country)
    assert rules is not None
    return rules


def assess_in_country(
    country: str, region: str | None, postal_code: str | None, city: str = "Town"
) -> AddressAssessment:
    address = PostalAddress("Ada", country, region, city, postal_code, ("1 Street",))
    return assess_address(address, COUNTRIES.rules_for(country))


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("US", " 94043-1234", "94043-1234"),
        ("US", "\u0669\u0664\u0660\u0664\u0663", "94043"),
        ("GB", "sw1a 2aa", "SW1A 2AA"),
        ("GB", "SW1A2AA\n", "SW1A 2AA"),
        ("NL", "1012 ab", "1012 AB"),
        ("CH", "CH-3003", "3003"),
        ("SE", "SE-111 30", "111 30"),
        ("LU", "L-1118", "1118"),
        ("DE", "D-10117", "10117"),
        ("DE", "\uff11\uff10\uff11\uff11\uff17", "10117"),
        ("LV", "LV-1010", "LV-1010"),
        ("LV", "1010", "LV-1010"),
        ("AD", "500", "AD500"),
        ("LI", "FL-9485", "9485"),
        ("JP", "\uff11\uff10\uff10\u2212\uff10\uff10\uff10\uff11", "100-0001"),
        ("HK", "999077", "999077"),
    ],
)
def test_postal_codes_people_type_are_taken(country: str, typed: str, kept: str) -> None:
    assessment = assess_in_country(country, None, typed)
    assert assessment.address.postal_code == kept
    assert AddressPart.POSTAL_CODE not in [each.field for each in assessment.findings]


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("GB", "SW1A 2AA HELLO"),
        ("GB", "GIR 0AAXXXX"),
        ("GB", "E10"),
        ("CR", "123456789"),
        ("LI", "9485999"),
        ("US", "9404"),
        ("DE", "1234"),
    ],
)
def test_postal_codes_are_matched_whole(country: str, typed: str) -> None:
    assessment = assess_in_country(country, None, typed)
    assert AddressPart.POSTAL_CODE in [each.field for each in assessment.findings]
    assert assessment.level is AddressVerdict.ERROR


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("US", "california", "CA"),
        ("US", "Washington, D.C.", "DC"),
        ("CA", "Qu\u00e9bec", "QC"),
        ("VN", "Hanoi", "Hanoi City"),
        ("RU", "Moscow", "Moskva"),
        ("TR", "Istanbul", "\u0130stanbul"),
        ("CO", "Bogota D.C.", "Bogot\u00e1"),
        ("JP", "Tokyo", "Tokyo"),
        ("JP", "\u6771\u4eac\u90fd", "Tokyo"),
        ("IE", "County Dublin", "Co. Dublin"),
        ("AE", "Dubai", "Dubai"),
    ],
)
def test_regions_are_known_by_their_usual_names(country: str, typed: str, kept: str) -> None:
    assert assess_in_country(country, typed, None).address.region == kept
    assert AddressPart.REGION not in [
        each.field for each in assess_in_country(country, typed, None).findings
    ]


def test_a_name_two_regions_share_is_neither() -> None:
    assert rules_of("TW").find_region("Hsinchu") is None


@pytest.mark.parametrize(("country", "region"), [("CA", "ON"), ("CA", "QC")])
def test_a_code_may_belong_to_two_regions(country: str, region: str) -> None:
    assert assess_in_country(country, region, "K1A 0B1").level is AddressVerdict.OK


def test_every_country_of_iso_3166_has_rules() -> None:
    choices = COUNTRIES.country_options()
    assert len(choices) == 249
    assert choices[0] == FormOption("AF", "Afghanistan")
    for choice in choices:
        rules = rules_of(choice.code)
        assert rules.name == choice.name
        assert rules.required <= set(rules.part_order)


@pytest.mark.parametrize("country", ["ZZ", "XK", "AC", "USA", "", "..", "all", "../us"])
def test_other_codes_are_no_countries(country: str) -> None:
    assert COUNTRIES.rules_for(country) is None


def test_labels_follow_the_country() -> None:
    assert rules_of("US").label(AddressPart.POSTAL_CODE) == "ZIP code"
    assert rules_of("JP").label(AddressPart.REGION) == "Prefecture"
    assert rules_of("GB").label(AddressPart.CITY) == "Post town"
    assert rules_of("DE").label(AddressPart.POSTAL_CODE) == "Postal code"
