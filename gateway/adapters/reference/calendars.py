"""Days by country, with the time zone database's own table of zones."""

from datetime import date, datetime
from functools import cached_property
from importlib.resources import files
from zoneinfo import ZoneInfo

from gateway.engine.addresses.address import Destination


class ZoneCalendars:
    """The day in a country's first zone of ``zone.tab``: its most populous, by that table's rule.

    Countries of many zones have two dates for a few hours; rules that hang on the day of one of
    them are as exact as the country's first zone.
    """

    def day(self, at: datetime, place: Destination | None) -> date:
        """The day it is at ``place`` at that instant; in UTC where the country has no zone."""
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
