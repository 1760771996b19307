"""Collecting everything that is wrong with an input, not only the first thing."""

from gateway.engine.problems import ErrorCode, UserError

InputPath = tuple[str, ...]


class ErrorCollector:
    """The refusals found while an input is read."""

    def __init__(self) -> None:
        self.errors: list[UserError] = []

    def add(self, path: InputPath, message: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> None:
        """Refuse what stands at ``path``."""
        self.errors.append(UserError(code, path, message))
