"""Tables of states and events as docs/payments.md shows them."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "payments.md"


def documented_transitions(heading: str) -> dict[tuple[str, str], str]:
    """The table under ``heading``: a row a state, a column an event; a dash is a refusal."""
    text = DOCUMENT.read_text().partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| *`", line)
    ]
    [_, *events], *states = rows
    return {
        (state, event): outcome
        for state, *outcomes in states
        for event, outcome in zip(events, outcomes, strict=True)
    }
