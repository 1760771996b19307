"""Fast lookup of header fields, which are read many times in a request."""

from starlette.types import Scope


class HeaderFields:
    """The header fields of one request; of a repeated field the last value counts."""

    __slots__ = ("_raw",)

    def __init__(self, scope: Scope) -> None:
        self._raw: dict[bytes, bytes] = dict(scope["headers"])

    def get(self, name: bytes) -> str | None:
        """The value of the field; ``name`` is in lower case. None without such a field."""
        value = self._raw.get(name)
        return None if value is None else value.decode("latin-1")

    def __contains__(self, name: bytes) -> bool:
        return name in self._raw
