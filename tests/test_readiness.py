"""Whether a process may get traffic, by the database that it finds."""

import sqlite3
from pathlib import Path

import httpx
import pytest

from gateway.app import application
from gateway.bootstrap import bootstrap
from gateway.settings import Settings


@pytest.mark.parametrize(
    ("revision", "status", "told"),
    [
        ("0001", 503, "migrations are missing"),
        (None, 503, "migrations are missing"),
        # Migrated by the version that is about to replace this one: an upgrade has no gap.
        ("9999", 200, "ready"),
    ],
)
async def test_a_database_of_another_version(
    database_file: Path, revision: str | None, status: int, told: str
) -> None:
    settings = Settings(data_dir=database_file.parent)
    async with bootstrap(settings) as gateway, application(gateway) as app:
        set_revision(database_file, revision)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (status, {"status": told})


def set_revision(file: Path, revision: str | None) -> None:
    with sqlite3.connect(file) as connection:
        if revision is None:
            connection.execute("DELETE FROM alembic_version")
        else:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
