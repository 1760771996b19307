"""Short texts that people type to be kept: cleaned, and refused where they must not be kept."""

from gateway.engine.cleaning import one_line
from gateway.engine.complaints import Complaints, Path
from gateway.engine.secrets_in_text import looks_like_card_number

LONGEST_LABEL = 60
LONGEST_TYPED = 500
"""Longer texts are not even looked at."""


def kept_text(text: str, path: Path, complaints: Complaints, *, longest: int) -> str:
    """``text`` on one line; refused where it is too long or holds a card number."""
    if len(text) > LONGEST_TYPED or len(cleaned := one_line(text)) > longest:
        complaints.add(path, f"At most {longest} characters are kept.")
        return ""
    if looks_like_card_number(text):
        complaints.add(path, "This looks like a card number. It was not kept.")
        return ""
    return cleaned


def kept_label(text: str, path: Path, complaints: Complaints) -> str:
    """``text`` as a label, which must not be empty."""
    before = len(complaints.found)
    label = kept_text(text, path, complaints, longest=LONGEST_LABEL)
    if not label and len(complaints.found) == before:
        complaints.add(path, "A label is needed.")
    return label


def label_key(label: str) -> str:
    """What two spellings of one label have in common: ``Straße`` is not ``Strasse``."""
    return one_line(label).lower()
