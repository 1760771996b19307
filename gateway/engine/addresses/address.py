"""Destinations (enough for tax and shipping) and full postal addresses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """The place for which a purchase is taxed and shipped; not enough to deliver.

    ``country`` is an ISO 3166-1 alpha-2 code. ``region`` is the country's own code (``CA``,
    ``ON``). ``doubtful``: the parts contradict one another, so its taxes are estimates.
    """

    country: str
    region: str | None = None
    postal_code: str | None = None
    city: str | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A full postal address with the name of the recipient. ``phone`` is in E.164 form."""

    name: str
    country: str
    region: str | None
    city: str | None
    postal_code: str | None
    lines: tuple[str, ...]
    phone: str | None = None

    @property
    def destination(self) -> Destination:
        """The destination of this address, for tax and shipping."""
        return Destination(self.country, self.region, self.postal_code, self.city)
