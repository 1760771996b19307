"""Header fields looked up many times a request, without a search through all of them each time."""

from starlette.types import Scope


class HeaderFields:
    """The header fields of one request; of a repeated one the last."""

    __slots__ = ("_raw",)

    def __init__(self, scope: Scope) -> None:
        self._raw: dict[bytes, bytes] = dict(scope["headers"])

    def get(self, name: bytes) -> str | None:
        """The value of the field with the lower-case ``name``."""
        value = self._raw.get(name)
        return None if value is None else value.decode("latin-1")

    def __contains__(self, name: bytes) -> bool:
        return name in self._raw
