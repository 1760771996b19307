"""Collecting everything that is wrong with an input, not only the first thing."""

from gateway.engine.problems import ErrorCode, UserError

Path = tuple[str, ...]


class Complaints:
    """The refusals found while an input is read."""

    def __init__(self) -> None:
        self.found: list[UserError] = []

    def add(self, path: Path, message: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> None:
        """Refuse what stands at ``path``."""
        self.found.append(UserError(code, path, message))
