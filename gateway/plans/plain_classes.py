"""Classes whose values generated code may take as they are, remembered as they are met."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

# Written in C with a way to attributes of their own, which is the usual one.
BUILT_IN = frozenset({Decimal, date, datetime, time, timedelta})
# For one position: more than any schema has, fewer than would matter.
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
    """Add ``class_`` to those ``classes`` at a position, if it is plain and there is room."""
    if len(classes) < MAX_CLASSES and is_plain(class_):
        classes.add(class_)
