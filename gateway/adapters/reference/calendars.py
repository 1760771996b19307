"""The present day in a country, by the table of the time zone database."""

from datetime import date, datetime
from functools import cached_property
from importlib.resources import files
from zoneinfo import ZoneInfo

from gateway.engine.addresses.address import Destination


class ZoneCalendars:
    """The day in a country's first time zone in ``zone.tab``, which is its most populous one.

    In a country with several zones the day can differ elsewhere for a few hours.
    """

    def day(self, at: datetime, place: Destination | None) -> date:
        """The day at ``place`` at the instant ``at``; the day in UTC if it has no known zone."""
        zone_name = self._first_zones.get(place.country) if place else None
        return (at if zone_name is None else at.astimezone(ZoneInfo(zone_name))).date()

    @cached_property
    def _first_zones(self) -> dict[str, str]:
        zones: dict[str, str] = {}
        text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
        for line in text.splitlines():
            if not line.startswith("#"):
                country, _, zone, *_ = line.split("\t")
                zones.setdefault(country, zone)
        return zones
