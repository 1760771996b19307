"""Resolvers that answer at once or later."""

from inspect import isawaitable
from typing import Any


async def final_answer(answer: object) -> Any:  # noqa: ANN401 - whatever the resolver answers
    """What a resolver answers in the end."""
    return await answer if isawaitable(answer) else answer
