"""Rules of countries for tests of addresses and areas."""

from gateway.engine.addresses.country_rules import AddressPart, AddressRules, Region

_PARTS = (AddressPart.CITY, AddressPart.REGION, AddressPart.POSTAL_CODE)
_LABELS = (
    (AddressPart.CITY, "City"),
    (AddressPart.REGION, "Province"),
    (AddressPart.POSTAL_CODE, "Postcode"),
)


def _country(code: str, name: str, **more: object) -> AddressRules:
    fields: dict[str, object] = {"required": frozenset(_PARTS)} | more
    return AddressRules(code, name, part_order=_PARTS, labels=_LABELS, **fields)  # type: ignore[arg-type]


def _subdivisions(**parents: str | None) -> tuple[Region, ...]:
    """Subdivisions whose names begin as their codes, and what they are parts of."""
    return tuple(
        Region(
            f"{code}land",
            f"{code}land",
            frozenset({code.lower(), f"{code.lower()}land"}),
            iso_code=code,
            parent=parent,
        )
        for code, parent in parents.items()
    )


CANADA = _country(
    "CA",
    "Canada",
    regions=(
        Region("ON", "Ontario", frozenset({"on", "ontario"}), "[KLMNP]"),
        Region("QC", "Quebec", frozenset({"qc", "quebec"}), "[GHJ]"),
        Region("NU", "Nunavut", frozenset({"nu", "nunavut"}), None, iso_code="NT"),
    ),
    postal_pattern=r"[ABCEGHJKLMNPRSTVXY]\d[A-Z] ?\d[A-Z]\d",
    postal_example="K1A 0B1",
    postal_examples=("K1A 0B1",),
    subdivisions=_subdivisions(ON=None, QC=None, NT=None, PRA=None, MID=None),
)
SPAIN = _country(
    "ES",
    "Spain",
    required=frozenset({AddressPart.CITY}),
    territories=(Region("CN", "Canary Islands", frozenset({"canaryislands"}), "35|38"),),
    postal_pattern=r"\d{5}",
    postal_example="28039",
    postal_examples=("28039",),
)
SWITZERLAND = _country(
    "CH", "Switzerland", postal_pattern=r"\d{4}", subdivisions=_subdivisions(BE=None, ZH=None)
)
BRITAIN = _country(
    "GB",
    "United Kingdom",
    required=frozenset({AddressPart.POSTAL_CODE}),
    territories=(Region("Ulster", "Ulster", frozenset({"ulster", "nir"}), "BT", iso_code="NIR"),),
    subdivisions=_subdivisions(ENG=None, KEN="ENG", LND="ENG", SCT=None, NIR=None, ABC="NIR"),
)
AMERICA = _country(
    "US",
    "United States",
    regions=(Region("CA", "California", frozenset({"ca", "california"}), "9[0-6]"),),
    postal_pattern=r"(\d{5})(?:[ \-](\d{4}))?",
    postal_example="95014",
    postal_examples=("95014", "22162-1010"),
)
COUNTRIES = {rules.country: rules for rules in (CANADA, SPAIN, SWITZERLAND, BRITAIN, AMERICA)}
