"""Classes whose values generated code can use without further tests."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

# Written in C with their own __getattribute__, which works like the usual one.
BUILT_IN = frozenset({Decimal, date, datetime, time, timedelta})
# Further classes at one position are not remembered, so their values take the slower way.
MAX_CLASSES = 256


def is_plain(class_: type) -> bool:
    """Whether every value of ``class_`` is neither awaitable nor an exception."""
    return class_ in BUILT_IN or not (
        issubclass(class_, BaseException)
        or hasattr(class_, "__await__")
        or hasattr(class_, "__getattr__")
        or class_.__getattribute__ is not object.__getattribute__
    )


def remember(class_: type, classes: set[type]) -> None:
    """Add ``class_`` to the ``classes`` of a position, if it is plain and there is room."""
    if len(classes) < MAX_CLASSES and is_plain(class_):
        classes.add(class_)
