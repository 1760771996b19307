"""A recipient as typed, checked and put in order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gateway.engine.cleaning import folded, one_line
from gateway.engine.destinations import judged
from gateway.engine.gifts.candidates import address_key
from gateway.engine.gifts.values import (
    Candidate,
    Channel,
    ChannelKind,
    PartialAddress,
    Recipient,
    Speaker,
)
from gateway.engine.places import Destination, PostalAddress
from gateway.engine.problems import ErrorCode, UserError
from gateway.engine.secrets_in_text import looks_like_card_number
from gateway.engine.sufficiency import Level, assess
from gateway.services.gifts.contacts import contact_key, email_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.requests import RecipientDetails
from gateway.services.identity.address_checks import words

LONGEST_TEXT = 2_000
"""Characters that any one thing said of a recipient may have."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownRecipient:
    """A recipient in order: channels to reach them by, and an address if it is in order too."""

    recipient: Recipient
    channels: tuple[Channel, ...] = ()
    candidate: Candidate | None = None

    @property
    def usable(self) -> bool:
        """Whether there is a contact, an address, or a name with a place to look it up by."""
        postal = self.recipient.postal
        placed = postal is not None and (postal.city or postal.region or postal.postal_code)
        named = folded(self.recipient.name or "") and placed
        return bool(self.channels or self.candidate or named)

    @property
    def marks(self) -> frozenset[str]:
        """What makes two recipients the same."""
        marks = {contact_key(each.contact) for each in self.channels}
        postal = self.recipient.postal
        if not marks and postal is not None:
            name = folded(self.recipient.name or "")
            marks = {f"{name} at {_place_key(postal)}"}
        return frozenset(marks)


def _place_key(postal: PartialAddress) -> str:
    parts = (postal.country, postal.region, postal.city, postal.postal_code, *postal.lines)
    return "|".join(folded(part or "") for part in parts)


def known_recipient(
    details: RecipientDetails, path: Path, parts: GiftParts
) -> KnownRecipient | tuple[UserError, ...]:
    """``details`` in order, or everything that is wrong with them."""
    errors = tuple(_text_errors(details, path))
    email = email_of(details.email or "")
    phone = _phone(details, parts)
    errors += tuple(_contact_errors(details, email, phone, path))
    errors += tuple(_country_errors(details, path, parts))
    postal, wrong = _placed(_cleaned(details.postal), (*path, "postal"), parts)
    errors += wrong
    if errors:
        return errors
    return _in_order(details, email, phone, postal, parts)


def _country_errors(details: RecipientDetails, path: Path, parts: GiftParts) -> Iterator[UserError]:
    country = _text(details.postal.country) if details.postal else None
    if country is not None and parts.countries.rules(country) is None:
        message = f"There is no country {country}."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "postal", "country"), message)


def _placed(
    postal: PartialAddress | None, path: Path, parts: GiftParts
) -> tuple[PartialAddress | None, tuple[UserError, ...]]:
    """``postal`` as its country writes it, and what of it is not understood."""
    if postal is None or postal.country is None:
        return postal, ()
    rules = parts.countries.rules(postal.country)
    if rules is None:
        return postal, ()
    to = Destination(postal.country, postal.region, postal.postal_code, postal.city)
    clean, wrong = judged(to, rules)
    errors = (
        UserError(ErrorCode.INVALID_INPUT, (*path, each.field.value), words(each)) for each in wrong
    )
    return replace(postal, region=clean.region, postal_code=clean.postal_code), tuple(errors)


def _in_order(
    details: RecipientDetails,
    email: str | None,
    phone: str | None,
    postal: PartialAddress | None,
    parts: GiftParts,
) -> KnownRecipient:
    recipient = Recipient(
        name=_text(details.name),
        email=email,
        phone=phone,
        postal=postal,
        hints=_text(details.hints),
    )
    mail = (Channel(ChannelKind.EMAIL, email),) if email else ()
    sms = (Channel(ChannelKind.SMS, phone),) if phone else ()
    return KnownRecipient(recipient, (*mail, *sms), _candidate(recipient, parts))


def _candidate(recipient: Recipient, parts: GiftParts) -> Candidate | None:
    """The giver's address where it is in order; with a warning it counts as missing."""
    postal = recipient.postal
    if postal is None or not postal.country or not postal.lines:
        return None
    address = PostalAddress(
        name=recipient.name or "",
        country=postal.country,
        region=postal.region,
        city=postal.city,
        postal_code=postal.postal_code,
        lines=postal.lines,
        phone=recipient.phone,
    )
    judged = assess(address, parts.countries.rules(postal.country))
    if judged.level is not Level.OK:
        return None
    key = address_key(judged.address)
    return Candidate(key, judged.address, judged.level, said_by=Speaker.GIVER)


def _phone(details: RecipientDetails, parts: GiftParts) -> str | None:
    if not _filled(details.phone):
        return None
    country = (details.postal.country if details.postal else None) or "US"
    return parts.phones.e164(details.phone or "", country)


def _contact_errors(
    details: RecipientDetails, email: str | None, phone: str | None, path: Path
) -> Iterator[UserError]:
    if _filled(details.email) and email is None:
        message = "This is not an e-mail address."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "email"), message)
    if _filled(details.phone) and phone is None:
        message = "This is not a telephone number we can write to."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "phone"), message)


def _text_errors(details: RecipientDetails, path: Path) -> Iterator[UserError]:
    for place, text in _texts(details):
        yield from text_errors(text, (*path, *place), LONGEST_TEXT)
    lines = details.postal.lines if details.postal else ()
    if looks_like_card_number(" ".join(lines)):
        message = "This looks like a card number."
        yield UserError(ErrorCode.INVALID_INPUT, (*path, "postal", "lines"), message)


def text_errors(text: str, path: Path, longest: int) -> Iterator[UserError]:
    """What is wrong with a text somebody typed: too long, or a card number."""
    if len(text) > longest:
        message = f"At most {longest} characters."
        yield UserError(ErrorCode.INVALID_INPUT, path, message)
    if looks_like_card_number(text):
        yield UserError(ErrorCode.INVALID_INPUT, path, "This looks like a card number.")


def _texts(details: RecipientDetails) -> Iterator[tuple[Path, str]]:
    yield ("name",), details.name or ""
    yield ("hints",), details.hints or ""
    postal = details.postal or PartialAddress()
    yield ("postal", "region"), postal.region or ""
    yield ("postal", "city"), postal.city or ""
    yield ("postal", "postalCode"), postal.postal_code or ""
    for at, line in enumerate(postal.lines):
        yield ("postal", "lines", str(at)), line


def _cleaned(postal: PartialAddress | None) -> PartialAddress | None:
    if postal is None:
        return None
    clean = PartialAddress(
        country=_text(postal.country),
        region=_text(postal.region),
        city=_text(postal.city),
        postal_code=_text(postal.postal_code),
        lines=tuple(line for line in map(one_line, postal.lines) if line),
    )
    empty = replace(clean, country=None) == PartialAddress()
    return None if empty else clean


def _text(text: str | None) -> str | None:
    return one_line(text or "") or None


def _filled(text: str | None) -> bool:
    return bool(_text(text))


def same_twice(recipients: Iterable[KnownRecipient]) -> Iterator[int]:
    """The places of recipients who are somebody earlier in the list."""
    seen: set[str] = set()
    for at, each in enumerate(recipients):
        if each.marks & seen:
            yield at
        seen |= each.marks
