"""Errors of documents in words, with the paths of their entries."""

from pydantic import ValidationError


def describe_errors(error: ValidationError) -> tuple[str, ...]:
    """Each error with the path of its entry, such as ``tax.default.rules[3].percent``."""
    error_details = error.errors(include_url=False, include_context=False)
    return tuple(
        f"{_format_path(detail['loc'])}: {_strip_prefix(detail['msg'])}" for detail in error_details
    )


def _format_path(location: tuple[int | str, ...]) -> str:
    """A path such as ``tax.default.rules[3].percent``, counted from 1."""
    path = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.removeprefix(".") or "the file"


def _strip_prefix(message: str) -> str:
    return message.removeprefix("Value error, ")
