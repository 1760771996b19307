"""What keeps a command from beginning is one line and exit code 2, never a traceback."""

import asyncio
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from tests.conftest import POSTGRES_URL
from tests.running import START_TIMEOUT_SECONDS, free_port, gateway_command, process_environment

Run: TypeAlias = Callable[..., Result]

CSV = "Handle,Title,Variant SKU,Variant Price\nmug,Mug,MUG,12.50\n"
PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
SECRET = "s" * 32
DATABASE_COMMANDS = [
    ["serve"],
    ["work"],
    ["migrate"],
    ["seed"],
    ["rotate-keys"],
    ["check"],
    ["token", "--purchaser", "ada@example.com"],
    ["key", "add", "shop", "--role", "staff", "--purchaser", "ada@example.com"],
    ["key", "list"],
    ["key", "revoke", "shop"],
    ["import-products", "FILE"],
    ["import-directory", "FILE"],
    ["import-collections", "COLLECTIONS"],
    ["rules-import", "RULES"],
    ["bounces", "BOX"],
    ["orders", "export", "FILE"],
    ["provider-events", "retry"],
]
FILE_COMMANDS = [
    *("import-products", "import-directory", "import-collections", "rules-import", "tax-lint"),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with files of the test's own, and no settings but the test's."""
    import os

    for name in os.environ:
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GATEWAY_PORT", "0")
    names = {"FILE": "file.csv", "RULES": "rules.yaml", "COLLECTIONS": "collections.yaml"}
    files = {placeholder: tmp_path / name for placeholder, name in names.items()}
    files["FILE"].write_text(CSV)
    files["RULES"].write_text("tax: {default: {rules: [{areas: [GB], percent: 20}]}}")
    files["COLLECTIONS"].write_text("collections: [{handle: kitchen, title: Kitchen}]")
    box = tmp_path / "box"
    (box / "new").mkdir(parents=True)
    places = {**files, "BOX": box}

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, [str(places.get(word, word)) for word in arguments])

    return run_command


def error_line(result: Result) -> str:
    """The one line that the command said; it took no form of a fault."""
    assert result.exit_code == 2, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


# -- the data folder


@pytest.mark.parametrize("command", DATABASE_COMMANDS, ids=" ".join)
def test_a_data_folder_that_is_a_file(run: Run, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "data").write_text("a file")
    assert error_line(run(*command)) == (
        f"GATEWAY_DATA_DIR: {tmp_path}/data: is a file, not a folder"
    )


def test_a_data_folder_below_a_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file")
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data" / "below"))
    assert error_line(run("serve")) == f"GATEWAY_DATA_DIR: {tmp_path}/data/below: Not a directory"


def test_a_data_folder_on_a_file_system_that_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATA_DIR", "/proc")
    assert error_line(run("serve")) in {
        "GATEWAY_DATA_DIR: /proc: cannot be written by this user",
        "GATEWAY_DATA_DIR: /proc/gateway.db: No such file or directory",
    }


def test_a_database_file_that_is_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "gateway.db").write_bytes(PICTURE * 100)
    assert error_line(run("serve")) == (
        f"GATEWAY_DATA_DIR: {tmp_path}/data/gateway.db: file is not a database"
    )


def test_a_database_that_is_a_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data" / "gateway.db").mkdir(parents=True)
    assert error_line(run("serve")) == (
        f"GATEWAY_DATA_DIR: {tmp_path}/data/gateway.db: unable to open database file"
    )


def test_a_data_folder_that_is_a_file_for_several_processes(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    settings = process_environment(tmp_path, GATEWAY_PORT=str(free_port()))
    with gateway_command("serve", "--processes", "2", settings=settings) as process:
        assert process.wait(START_TIMEOUT_SECONDS) == 2
    line = f"GATEWAY_DATA_DIR: {tmp_path}/data: is a file, not a folder\n"
    assert (tmp_path / "log").read_text() == line


# -- the database


@pytest.mark.parametrize("command", DATABASE_COMMANDS, ids=" ".join)
def test_a_database_that_is_away(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://ada:secret@127.0.0.1:1/shop")
    assert error_line(run(*command)) == "GATEWAY_DATABASE_URL: 127.0.0.1:1/shop: Connection refused"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ada:secret@127.0.0.1/shop",
        "postgresql://ada:secret@127.0.0.1:port/shop",
        "postgresql://ada:secret@127.0.0.1",
        "sqlite://",
        "secret",
    ],
)
def test_a_url_that_names_no_database(run: Run, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", url)
    assert error_line(run("serve")) == (
        "GATEWAY_DATABASE_URL: must be sqlite:///FILE or postgresql://USER@HOST/NAME"
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://u:secret@host.invalid/shop", r"host\.invalid:5432/shop: .+"),
        ("postgresql://u:secret@127.0.0.1:99999/shop", r"127\.0\.0\.1:99999/shop: .+"),
        ("postgresql://u:secret@127.0.0.1/s?sslmode=odd", r"127\.0\.0\.1:5432/s: .*sslmode.*"),
        ("sqlite:////nowhere/at/all/x.db", "/nowhere/at/all/x.db: No such file or directory"),
    ],
)
def test_a_database_that_cannot_be_reached(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", url)
    line = error_line(run("serve"))
    assert re.fullmatch(f"GATEWAY_DATABASE_URL: {reason}", line)
    assert "secret" not in line


def execute_on_server(*commands: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(POSTGRES_URL)
        for command in commands:
            await connection.execute(command)
        await connection.close()

    asyncio.run(execute())


@pytest.fixture
def strangers_url(scratch_url: str) -> Iterator[str]:
    """A role that may connect to a database, and may change nothing in it."""
    assert scratch_url, "a server is there"
    name = f"stranger_{secrets.token_hex(4)}"
    execute_on_server(f"CREATE ROLE {name} LOGIN", f"CREATE DATABASE {name}")
    at = POSTGRES_URL.rpartition("@")[2].partition("/")[0]
    yield f"postgresql://{name}@{at}/{name}"
    execute_on_server(f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


def test_a_postgres_database_that_is_not_there(
    run: Run, strangers_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = strangers_url.rpartition("/")[0] + "/absent"
    monkeypatch.setenv("GATEWAY_DATABASE_URL", url)
    at = url.rpartition("@")[2]
    assert error_line(run("serve")) == (
        f'GATEWAY_DATABASE_URL: {at}: database "absent" does not exist'
    )


def test_a_role_that_may_not_make_tables(
    run: Run, strangers_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", strangers_url)
    for command in ("migrate", "serve"):
        assert "permission denied for schema public" in error_line(run(command))


def test_a_database_that_is_newer_than_the_program(run: Run, tmp_path: Path) -> None:
    assert run("migrate").exit_code == 0
    with sqlite3.connect(tmp_path / "data" / "gateway.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for command in ("serve", "migrate", "seed"):
        line = error_line(run(command))
        assert re.fullmatch(
            r"the database is newer \(9999\) than this version of the gateway \([0-9]{4}\): "
            "run the newer version",
            line,
        )


# -- the secret


# R140
def test_another_secret_than_the_datas(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_KEY", SECRET)
    assert run("seed").exit_code == 0
    monkeypatch.setenv("GATEWAY_SECRET_KEY", "t" * 32)
    for command in (["serve"], ["work"], ["token", "--purchaser", "ada@example.com"]):
        assert error_line(run(*command)) == (
            "GATEWAY_SECRET_KEY: is another secret than the one this database's data is sealed "
            "under; a secret that was replaced stands in GATEWAY_EARLIER_SECRET_KEYS"
        )
    monkeypatch.setenv("GATEWAY_EARLIER_SECRET_KEYS", SECRET)
    assert run("token", "--purchaser", "ada@example.com").exit_code == 0


def test_a_data_folder_whose_secret_is_gone(run: Run, tmp_path: Path) -> None:
    assert run("seed").exit_code == 0
    file = tmp_path / "data" / "secret_key"
    secret = file.read_text()
    file.unlink()
    assert error_line(run("serve")) == (
        "GATEWAY_SECRET_KEY: must be set: this database holds data sealed under a secret, and "
        f"{file} is not there"
    )
    assert not file.exists()
    file.write_text(secret)
    assert run("seed").exit_code == 0


def test_a_database_from_before_its_secret_was_tried(run: Run, tmp_path: Path) -> None:
    """Whoever has data sealed under a key of an older version is protected likewise."""
    assert run("seed").exit_code == 0
    with sqlite3.connect(tmp_path / "data" / "gateway.db") as database:
        database.execute("DELETE FROM data_keys WHERE subject = 'gateway'")
    database.close()
    (tmp_path / "data" / "secret_key").write_text("t" * 43)
    assert "holds another secret" in error_line(run("work"))


@pytest.mark.parametrize("kept", [b"", b"short", PICTURE])
def test_a_secret_file_that_holds_none(run: Run, tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_bytes(kept)
    assert error_line(run("serve")).startswith(f"GATEWAY_DATA_DIR: {tmp_path}/data/secret_key")


def test_a_source_of_addresses_that_is_not_there(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:  # R107
    """The HTTP directory is one only where its address is set."""
    assert run("seed").exit_code == 0
    monkeypatch.setenv("GATEWAY_GIFT_SOURCES", "directory, whois, http_directory")
    assert error_line(run("token", "--purchaser", "ada@example.com")) == (
        "GATEWAY_GIFT_SOURCES: no source is called whois, http_directory; there are "
        "saved_addresses, earlier_gifts, earlier_givers, directory"
    )


# -- files


@pytest.mark.parametrize("command", FILE_COMMANDS)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (PICTURE, "is no text: byte 8 is zero"),
        ("Größe".encode("latin-1"), "is no UTF-8 text: save it as UTF-8 first"),
        ("Handle".encode("utf-16-le"), "is no text: byte 1 is zero"),
        (CSV.encode() + b"\xc3", "is no UTF-8 text: save it as UTF-8 first"),
    ],
)
def test_a_file_that_is_no_text(
    run: Run, tmp_path: Path, command: str, content: bytes, reason: str
) -> None:
    file = tmp_path / "odd"
    file.write_bytes(content)
    takes_encodings = command == "import-products" and "UTF-8" in reason
    hint = ", or name its encoding: --encoding windows-1252" if takes_encodings else ""
    assert error_line(run(command, str(file))) == f"{file}: {reason}{hint}"


@pytest.mark.parametrize("command", [*FILE_COMMANDS, "bounces"])
def test_a_file_that_is_not_there(run: Run, tmp_path: Path, command: str) -> None:
    file = tmp_path / "absent"
    assert error_line(run(command, str(file))) == f"{file}: No such file or directory"


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_folder_in_place_of_a_file(run: Run, tmp_path: Path, command: str) -> None:
    assert error_line(run(command, str(tmp_path))) == f"{tmp_path}: Is a directory"
