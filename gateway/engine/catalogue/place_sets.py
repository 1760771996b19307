"""Sets of products by their places: bits where there are many, else a list.

Both take at most four bytes a product, and are never changed: an update makes new ones.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import chain, compress
from typing import TypeAlias

PlaceSet: TypeAlias = "int | array[int]"
"""A bit for each place, the lowest for place 0; or the places themselves."""

MAX_PLACE = 2**22
"""The highest place that sets are made of: half a megabyte of bits."""
BITS_PER_LISTED_PLACE = 32
"""What a place takes in a list; in bits, each place up to the last takes one."""

_NUMBERS = bytes.maketrans(b"01", b"\0\1")


def to_bits(places: Iterable[int]) -> int:
    """A bit for each of ``places``."""
    sequence = places if isinstance(places, Sequence) else list(places)
    if not sequence:
        return 0
    last = max(sequence)
    digits, set_digit = bytearray(b"0") * (last + 1), ord("1")
    for place in sequence:
        digits[last - place] = set_digit
    return int(digits, 2)


def to_flags(bits: int) -> bytes:
    """For each place up to the last a byte, which is 1 or 0."""
    return format(bits, "b").encode()[::-1].translate(_NUMBERS)


def to_places(bits: int) -> list[int]:
    """The places whose bits are set, in order."""
    flags = to_flags(bits)
    return list(compress(range(len(flags)), flags))


def pack_places(places: Sequence[int]) -> PlaceSet:
    """The smaller form of a set of places, each of which comes once."""
    if places and len(places) * BITS_PER_LISTED_PLACE >= max(places):
        return to_bits(places)
    return array("I", places)


def pack_bits(bits: int) -> PlaceSet:
    """The smaller form of a set of places that is there as bits."""
    if bits.bit_count() * BITS_PER_LISTED_PLACE >= bits.bit_length():
        return bits
    return array("I", to_places(bits))


def unite(sets: Collection[PlaceSet]) -> int:
    """The bits of all places that are in one of ``sets``."""
    bits = 0
    lists = []
    for places in sets:
        if isinstance(places, int):
            bits |= places
        else:
            lists.append(places)
    return bits | to_bits(list(chain.from_iterable(lists))) if lists else bits


def count_union(sets: Sequence[PlaceSet]) -> int:
    """How many places are in one of ``sets``."""
    if any(isinstance(places, int) for places in sets):
        return unite(sets).bit_count()
    lists = [places for places in sets if not isinstance(places, int)]
    return len(lists[0]) if len(lists) == 1 else len(set(chain.from_iterable(lists)))


class ChangedPlaces:
    """Places whose products are replaced in many sets."""

    def __init__(self, places: Collection[int]) -> None:
        self.places = frozenset(places)
        self._bits = to_bits(list(self.places))

    def replace_in(self, places: PlaceSet, new_places: Collection[int]) -> PlaceSet:
        """``places`` without those that changed, but with the new ones; empty if none are left."""
        if isinstance(places, int):
            removed = places & self._bits
            if not removed and not new_places:
                return places
            return pack_bits((places ^ removed) | to_bits(new_places))
        if not new_places and self.places.isdisjoint(places):
            return places
        unchanged = [place for place in places if place not in self.places]
        return pack_places([*unchanged, *new_places])


class ChosenPlaces:
    """The places that conditions leave, of which many sets are counted."""

    def __init__(self, bits: int, width: int) -> None:
        """``width`` is above all places that are counted."""
        self.bits = bits
        self._width = width

    @cached_property
    def _flags(self) -> bytes:
        return to_flags(self.bits).ljust(self._width, b"\0")

    def count(self, places: PlaceSet) -> int:
        """How many of ``places`` are left."""
        if isinstance(places, int):
            return (self.bits & places).bit_count()
        return sum(map(self._flags.__getitem__, places)) if self.bits else 0

    def narrow(self, places: PlaceSet) -> PlaceSet:
        """Those of ``places`` that are left."""
        if isinstance(places, int):
            return self.bits & places
        return array("I", compress(places, map(self._flags.__getitem__, places)))
