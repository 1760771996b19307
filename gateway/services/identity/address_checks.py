"""Checking a postal address that a person typed, before anything is done with it."""

from collections.abc import Iterator
from dataclasses import replace

from gateway.engine.complaints import Complaints, Path
from gateway.engine.places import PostalAddress
from gateway.engine.problems import ErrorCode, UserError
from gateway.engine.secrets_in_text import looks_like_card_number
from gateway.engine.sufficiency import LONGEST_PART, Assessment, Finding, Level, assess
from gateway.engine.sufficiency import name_findings as findings_on_name
from gateway.services.identity.texts import kept_text
from gateway.services.outcomes import Outcome
from gateway.services.ports.countries import Countries
from gateway.services.ports.phones import Phones

MOST_TYPED_LINES = 10


def checked(
    address: PostalAddress,
    path: Path,
    *,
    confirmed: bool,
    countries: Countries,
    phones: Phones,
) -> Outcome[PostalAddress]:
    """``address`` cleaned, or everything for which it is refused, below ``path``.

    ``confirmed``: its sender means it in spite of warnings.
    """
    complaints = Complaints()
    _refuse_secrets(address, path, complaints)
    phone = _phone(address, path, complaints, phones)
    if complaints.found:
        return Outcome(user_errors=tuple(complaints.found))
    assessment = assess(address, countries.rules(address.country))
    errors = tuple(refusals(assessment, path, confirmed=confirmed))
    if errors:
        return Outcome(user_errors=errors)
    return Outcome(replace(assessment.address, phone=phone))


def refusals(assessment: Assessment, path: Path, *, confirmed: bool) -> Iterator[UserError]:
    """Why the address of ``assessment`` is refused; its warnings only where not confirmed."""
    for finding in (*findings_on_name(assessment.address), *assessment.findings):
        if finding.level is Level.ERROR or not confirmed:
            field = (*path, finding.field.value)
            confirm = (
                "" if finding.level is Level.ERROR else " Confirm the warnings if it is right."
            )
            yield UserError(ErrorCode.ADDRESS_INSUFFICIENT, field, f"{words(finding)}{confirm}")


def words(finding: Finding) -> str:
    """What ``finding`` says, with what may be meant."""
    meant = ", ".join(finding.suggestions)
    return f"{finding.message} Perhaps: {meant}." if meant else finding.message


def _refuse_secrets(address: PostalAddress, path: Path, complaints: Complaints) -> None:
    """Refuse texts that are too long, or that look like a card number."""
    if len(address.lines) > MOST_TYPED_LINES:
        complaints.add((*path, "lines"), f"At most {MOST_TYPED_LINES} lines are read.")
        return
    for name, text in _texts(address):
        kept_text(text, (*path, *name), complaints, longest=LONGEST_PART)
    if not complaints.found and looks_like_card_number(" ".join(address.lines)):
        complaints.add((*path, "lines"), "This looks like a card number. It was not kept.")


def _texts(address: PostalAddress) -> Iterator[tuple[Path, str]]:
    yield ("name",), address.name
    yield ("region",), address.region or ""
    yield ("city",), address.city or ""
    yield ("postalCode",), address.postal_code or ""
    yield from ((("lines", str(at)), line) for at, line in enumerate(address.lines))


def _phone(
    address: PostalAddress, path: Path, complaints: Complaints, phones: Phones
) -> str | None:
    if address.phone is None or not address.phone.strip():
        return None
    phone = phones.e164(address.phone, address.country)
    if phone is None:
        complaints.add((*path, "phone"), "This is not a telephone number.")
    return phone
