"""Where something goes: the area a purchase is taxed and shipped for, and a full postal address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """An area: enough for tax and shipping, too little to deliver.

    ``country`` is ISO 3166-1 alpha-2; ``region`` the country's own code (``CALIFORNIA``, ``ON``).
    ``doubtful`` where its parts contradict one another: what is found for it is an estimate.
    """

    country: str
    region: str | None = None
    postal_code: str | None = None
    city: str | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A full postal address with the name of who receives; ``phone`` in E.164 where given."""

    name: str
    country: str
    region: str | None
    city: str | None
    postal_code: str | None
    lines: tuple[str, ...]
    phone: str | None = None

    @property
    def destination(self) -> Destination:
        """The area of this address."""
        return Destination(self.country, self.region, self.postal_code, self.city)
