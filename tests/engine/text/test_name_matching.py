"""Names: no single score decides."""

import pytest

from gateway.engine.text.name_matching import NameEquivalences, compare_names

SHORT = {frozenset({"bob", "robert"}), frozenset({"bill", "william"})}
SCORES = {
    frozenset({"jon", "john"}): 95.0,
    frozenset({"smith", "smyth"}): 89.0,
    frozenset({"john", "jane"}): 60.0,
}
SIGNS = NameEquivalences(
    same_person=lambda left, right: frozenset({left, right}) in SHORT,
    similarity=lambda left, right: SCORES.get(frozenset({left, right}), 0.0),
)


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("John Smith", "john  SMITH", "MATCH"),
        ("John Smith", "Smith, John", "MATCH"),
        ("John Smith", "Mr. John Smith", "MATCH"),
        ("John Smith", "John Q. Smith", "MATCH"),
        ("John Quincy Smith", "John Q Smith", "MATCH"),
        ("John Q Smith", "John X Smith", "UNCERTAIN"),
        ("Bob Smith", "Robert Smith", "MATCH"),
        ("Jon Smith", "John Smith", "UNCERTAIN"),
        ("J Smith", "John Smith", "UNCERTAIN"),
        ("John Smyth", "John Smith", "UNCERTAIN"),
        ("Jane Smith", "John Smith", "MISMATCH"),
        ("John Smith", "John Brown", "MISMATCH"),
        ("John Smith Sr", "John Smith Jr.", "MISMATCH"),
        ("John Smith", "John Smith, Jr", "UNCERTAIN"),
        ("John Smith II", "John Smith junior", "MATCH"),
        ("Mary Jones", "Mary Jones-Williams", "UNCERTAIN"),
        ("Jürgen Müller", "Juergen Mueller", "MATCH"),
        ("Jürgen Müller", "Jurgen Muller", "MATCH"),
        ("Søren Ærø", "Soren Aero", "MATCH"),
        ("José García", "Jose Garcia", "MATCH"),
        ("Ada", "Ada Lovelace", "UNCERTAIN"),
        ("Ada", "John Smith", "MISMATCH"),
        ("", "John Smith", "UNCERTAIN"),
        ("Dr.", "John Smith", "UNCERTAIN"),
        ("王小明", "王小明", "MATCH"),
        ("王小明", "王大明", "MISMATCH"),
        ("たなか", "タナカ", "MISMATCH"),
    ],
)
def test_verdicts(left: str, right: str, verdict: str) -> None:
    assert compare_names(left, right, SIGNS) == verdict
    assert compare_names(right, left, SIGNS) == verdict
