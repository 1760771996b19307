"""Values are frozen dataclasses in all but how they are made."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from gateway.engine.values import value_object


@value_object
class Place:
    row: int
    seat: int
    balcony: bool = False


def test_they_take_and_name_what_a_dataclass_does() -> None:
    assert Place(1, seat=2) == Place(row=1, seat=2, balcony=False)
    assert [each.name for each in fields(Place)] == ["row", "seat", "balcony"]
    assert repr(Place(1, 2, balcony=True)) == "Place(row=1, seat=2, balcony=True)"


def test_equal_ones_are_one_key() -> None:
    assert {Place(1, 2): "taken"}[Place(1, 2)] == "taken"
    assert Place(1, 2) != Place(2, 1)


def test_nothing_can_be_set_or_added() -> None:
    place = Place(1, 2)
    with pytest.raises(FrozenInstanceError):
        place.seat = 3  # type: ignore[misc]
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        place.colour = "red"  # type: ignore[attr-defined]
    assert replace(place, seat=3) == Place(1, 3)


@pytest.mark.parametrize(("given", "named"), [((1,), {}), ((1, 2, True, 4), {}), ((1,), {"at": 2})])
def test_what_is_missing_or_too_much_is_refused(
    given: tuple[int, ...], named: dict[str, int]
) -> None:
    with pytest.raises(TypeError):
        Place(*given, **named)  # type: ignore[arg-type]


def test_a_class_made_anywhere_is_a_value() -> None:
    @value_object
    class Ticket:
        number: int
        owner: str = "nobody"

    assert Ticket(1) == Ticket(number=1, owner="nobody")
    assert (Ticket(1, "Ada").number, Ticket(1, "Ada").owner) == (1, "Ada")
    assert [(each.name, each.default) for each in fields(Ticket)][1:] == [("owner", "nobody")]
    assert Ticket.__init__.__annotations__ == {"number": int, "owner": str, "return": None}
    assert Ticket.__init__.__qualname__ == f"{Ticket.__qualname__}.__init__"
    assert repr(Ticket(7)).endswith("Ticket(number=7, owner='nobody')")
    with pytest.raises(FrozenInstanceError):
        Ticket(1).number = 2  # type: ignore[misc]
    with pytest.raises(TypeError, match="number"):
        Ticket()  # type: ignore[call-arg]
    assert not hasattr(Ticket(1), "__dict__")
