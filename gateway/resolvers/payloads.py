"""The resolver of the value in a payload."""

from typing import TypeVar

import strawberry

from gateway.services.outcomes import Outcome

T = TypeVar("T")


def outcome_value(root: strawberry.Parent[Outcome[T]]) -> T | None:
    """The value of the outcome; None if there are errors."""
    return root.value
