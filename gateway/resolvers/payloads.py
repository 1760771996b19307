"""Answers of use cases: the thing that was asked for."""

from typing import TypeVar

import strawberry

from gateway.services.outcomes import Outcome

T = TypeVar("T")


def outcome_value(root: strawberry.Parent[Outcome[T]]) -> T | None:
    """What the use case answered; None where it refused."""
    return root.value
