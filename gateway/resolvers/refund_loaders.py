"""Batching of what the fields of many orders ask for about their money and returns."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from gateway.resolvers.loaders import Loader
from gateway.services.ports.database import Database, ReadSession

ReadValue = TypeVar("ReadValue")

ReadBatch: TypeAlias = Callable[[Sequence[str], ReadSession], Awaitable[Mapping[str, ReadValue]]]
"""Reads the values of many ids at once; those without one are left out."""


class BatchLoader(Loader[str, ReadValue]):
    """What ``read`` finds by id, ``missing`` where it finds nothing; nothing is remembered."""

    cache = False

    def __init__(self, database: Database, read: ReadBatch[ReadValue], missing: ReadValue) -> None:
        super().__init__()
        self._database, self._read, self._missing = database, read, missing

    async def batch_load_fn(self, keys: Sequence[str]) -> list[ReadValue]:
        """The values of ``keys``, in their order."""
        async with self._database.read() as reading:
            values = await self._read(list(dict.fromkeys(keys)), reading)
        return [values.get(key, self._missing) for key in keys]
