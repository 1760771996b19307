"""The port of countries and their address rules."""

from typing import Protocol

from gateway.engine.addresses.country_rules import AddressRules, FormOption


class Countries(Protocol):
    """The countries of ISO 3166-1 and their address rules."""

    def rules_for(self, country: str) -> AddressRules | None:
        """The address rules of ``country`` (alpha-2, any case); None if there is none."""

    def country_options(self) -> tuple[FormOption, ...]:
        """Every country by its alpha-2 code and English name, in the order of the names."""
