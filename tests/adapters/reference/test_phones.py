"""Telephone numbers in one spelling."""

import pytest

from gateway.adapters.reference.phones import PhoneNumberPlans


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("+1 (650) 253-0000", "GB", "+16502530000"),
        ("650-253-0000", "us", "+16502530000"),
        (
            "\uff10\uff12\uff10 \uff17\uff19\uff14\uff16 \uff10\uff10\uff11\uff18",
            "GB",
            "+442079460018",
        ),
        ("020 7946 0018", "ZZ", None),
        ("12", "GB", None),
        ("call me", "GB", None),
        ("", "GB", None),
        ("+442079460018" + " " * 40, "GB", None),
    ],
)
def test_a_number_is_read_as_dialled_from_its_country(
    text: str, country: str, number: str | None
) -> None:
    assert PhoneNumberPlans().to_e164(text, country) == number


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+4930", "DE"),
        ("5550100", "US"),
        ("555-0100", "US"),
        ("7946 0018", "GB"),
        ("+1 650 253", "US"),
        ("+1 123 456 7890", "US"),
        ("911", "US"),
        ("+49 30 12", "DE"),
        ("+39 02", "IT"),
        ("+61 8", "AU"),
    ],
)
def test_what_can_be_dialled_only_near_by_is_no_number_to_write_to(text: str, country: str) -> None:
    # R42
    assert PhoneNumberPlans().to_e164(text, country) is None
