"""Name verdicts with the real nicknames and scores."""

import pytest

from gateway.adapters.reference.nicknames import load_name_equivalences
from gateway.engine.text.name_matching import compare_names


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("Bob Smith", "Robert Smith", "MATCH"),
        ("Kate Brown", "Katherine Brown", "MATCH"),
        ("Jon Smith", "John Smith", "MATCH"),
        ("John Smith", "Jane Smith", "MISMATCH"),
        ("John Smith Sr", "John Smith Jr", "MISMATCH"),
        ("Wang Xiaoming", "Wang Daming", "MISMATCH"),
        ("Smith, John", "John Smith", "MATCH"),
    ],
)
def test_verdicts(left: str, right: str, verdict: str) -> None:
    assert compare_names(left, right, load_name_equivalences()) == verdict
