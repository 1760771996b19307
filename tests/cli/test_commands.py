"""The command line, command by command, with exit codes."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.cli import app

Run: TypeAlias = Callable[..., Result]
RULES_WITH_ERRORS = """
tax: {default: {rules: [{areas: [CA], percent: 5}, {areas: [CA L4L*], percent: 7}]}}
"""
RULES_WITH_WARNINGS = """
valid_from: 2026-01-01
tax: {default: {rules: [{areas: [US-CA], percent: 7.25}, {areas: [US 9404*], percent: 9.25}]}}
"""
CLEAN = "tax: {default: {rules: [{areas: [JP], percent: 10}]}}"
CSV = "Handle,Title,Variant SKU,Variant Price\nmug,Mug,MUG,12.50\ncup,Cup,CUP,free\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a data folder of the test's own."""
    import os

    for name in os.environ:
        if name.startswith("GATEWAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(data))

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return run_command


def write_file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


async def list_variants_with_prices(data: Path) -> list[tuple[str, int | None]]:
    database = await SqliteDatabase.open(data / "gateway.db")
    async with database.read() as reading:
        page = await reading.catalogue.list_products(100, None)
        variants = await reading.catalogue.list_listed_variants([each.product.id for each in page])
    await database.close()
    return sorted((each.sku, each.price("USD")) for those in variants.values() for each in those)


def join_words(output: str) -> str:
    return " ".join(output.split())


def test_every_command_explains_itself(run: Run) -> None:
    answer = run("--help")
    assert answer.exit_code == 0
    for command in (
        "serve",
        "work",
        "migrate",
        "seed",
        "import-products",
        "import-directory",
        "import-collections",
        "collections-schema",
        "clean-pictures",
        "rules-import",
        "rules-schema",
        "tax-lint",
        "print-schema",
        "token",
        "key",
        "orders",
    ):
        assert command in answer.output
        assert run(command, "--help").exit_code == 0


def test_migrating_twice(run: Run) -> None:
    first, second = run("migrate"), run("migrate")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("The database is at revision ")
    assert second.output == first.output


def test_seeding_once(run: Run, data: Path) -> None:
    assert run("seed").output == "The demonstration shop is open.\n"
    assert ("MUG-WHITE", 1400) in asyncio.run(list_variants_with_prices(data))
    again = run("seed")
    assert (again.exit_code, again.output) == (
        0,
        "There are products already: nothing was seeded.\n",
    )


def test_production_is_never_seeded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PRODUCTION": "on",
        "SECRET_KEY": "s" * 32,
        "PUBLIC_URL": "https://shop.example",
        "SMTP_URL": "smtp://mail.example",
        "PAYMENTS": "sim",
    }.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)
    refused = run("seed")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "GATEWAY_PRODUCTION is on: nothing is seeded\n",
    )
    token = run("token", "--purchaser", "ada@example.com")
    assert (token.exit_code, token.stderr) == (
        1,
        "GATEWAY_PRODUCTION is on: tokens come from signing in\n",
    )


def test_production_migrates_when_told_to(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    test_production_is_never_seeded(run, monkeypatch)
    file = write_file(tmp_path, "rules.yaml", CLEAN)
    refused = run("rules-import", file)
    assert refused.exit_code == 2
    assert "run `gateway migrate`" in refused.stderr
    assert run("migrate").exit_code == 0
    assert run("rules-import", file).exit_code == 0


def test_importing_products(run: Run, data: Path, tmp_path: Path) -> None:
    answer = run("import-products", write_file(tmp_path, "products.csv", CSV))
    assert answer.exit_code == 1
    assert "Variant Price 'free' is no amount such as 19.99" in answer.output
    assert join_words(answer.stdout).endswith(
        "Products imported: 1, with variants: 1. Products refused: 1."
    )
    assert asyncio.run(list_variants_with_prices(data)) == [("MUG", 1250)]
    mended = run("import-products", write_file(tmp_path, "p.csv", CSV.replace("free", "3")))
    assert mended.exit_code == 0
    assert asyncio.run(list_variants_with_prices(data)) == [("CUP", 300), ("MUG", 1250)]


STOCKED = """Handle;Title;Variant SKU;Variant Price;Variant Inventory Qty;Cost per item
mug;Mug;;12.50;{quantity};7
cup;Cup;;3;{quantity};2
"""


def test_stock_is_set_where_the_import_is_told_to(run: Run, tmp_path: Path) -> None:
    """R111: and what was changed and ignored is told with its lines."""
    answer = run("import-products", write_file(tmp_path, "a.csv", STOCKED.format(quantity=10)))
    assert (answer.exit_code, "a new product │ 2-3" in join_words(answer.stdout)) == (0, True)
    file = write_file(tmp_path, "b.csv", STOCKED.format(quantity=4))
    answer = run("import-products", file)
    assert answer.exit_code == 0
    said = join_words(answer.stdout)
    assert "Changed" not in said
    assert "Cost per item │ what goods cost the merchant is not kept │ 2" in said
    assert "Variant Inventory Qty │ stock is left alone (--set-stock sets it) │ 2-3" in said
    answer = run("import-products", file, "--set-stock")
    assert answer.exit_code == 0
    assert "Variant Inventory Qty │ 2-3" in join_words(answer.stdout)


def test_a_file_that_is_no_text(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes("Handle,Title\ncafe,Café\n".encode("cp1252"))
    refused = run("import-products", str(file))
    assert refused.exit_code == 2
    assert join_words(refused.stderr).endswith(
        "old.csv: is no UTF-8 text: save it as UTF-8 first, or name its encoding: --encoding "
        "windows-1252"
    )
    dry = run("import-products", str(file), "--encoding", "windows-1252", "--dry-run")
    assert (dry.exit_code, "Variant Price is missing" in join_words(dry.stdout)) == (1, True)
    unknown = run("import-products", str(file), "--encoding", "hex")
    assert (unknown.exit_code, unknown.stderr) == (2, "hex is no encoding of text\n")
    for encoding in ("utf-16", "utf-8-sig"):
        file.write_bytes("Handle\tTitle\tVariant Price\ncafe\tCafé\t2\n".encode(encoding))
        for options in ((), ("--encoding", "windows-1252")):
            assert run("import-products", str(file), *options).exit_code == 0


def test_importing_a_directory(run: Run, tmp_path: Path) -> None:
    rows = "Name,Email\nAda Lovelace,ada@example.com\n,\n"
    answer = run("import-directory", write_file(tmp_path, "people.csv", rows))
    assert answer.exit_code == 0
    assert "line 3: not taken: a record needs two of" in join_words(answer.stdout)
    assert "Records taken: 1 of 2." in join_words(answer.stdout)
    refused = run("import-directory", write_file(tmp_path, "x.csv", "a,b\n1,2\n"))
    assert refused.exit_code == 1
    assert "a column name, email or phone" in join_words(refused.stderr)


def test_importing_a_directory_says_what_it_ignored(run: Run, tmp_path: Path) -> None:
    """R104: with semicolons, a country by its own name, and one that nobody knows."""
    rows = (
        "Name;Email;Country;City;Postal code;Line 1;lines\n"
        "Ada;ada@example.com;Deutschland;Berlin;D-10115;1 Platz;\n"
        "Bob;bob@example.com;Nowhere;Town;1;1 Way;\n"
        ";eve@example.com;Nowhere;Town;1;1 Way;\n"
    )
    answer = run("import-directory", write_file(tmp_path, "people.csv", rows))
    assert answer.exit_code == 0
    output = join_words(answer.stdout)
    assert "the column 'lines' is not known: it was left out" in output
    assert "line 3: the address was left out. 'Nowhere' is no country" in output
    assert "line 4: not taken" in output
    assert "Records taken: 2 of 3." in output


@pytest.mark.parametrize("area", ["UK", "EL", "EU", "US-ZZ", "ZZ", "GB KW17-KW15", "DE 10"])
def test_rules_for_places_that_do_not_exist(run: Run, tmp_path: Path, area: str) -> None:
    """R136: refused by the linter and by the import, as other errors are."""
    rules = f"tax: {{default: {{rules: [{{areas: [{area}], percent: 20}}]}}}}"
    file = write_file(tmp_path, "r.yaml", rules)
    assert run("tax-lint", file).exit_code == 1
    assert run("rules-import", file).exit_code == 1


def test_importing_what_is_no_product_file(run: Run, tmp_path: Path) -> None:
    refused = run("import-products", write_file(tmp_path, "x.csv", "a,b\n1,2\n"))
    assert refused.exit_code == 1
    assert "it lacks the column Handle" in refused.stderr
    assert run("import-products", str(tmp_path / "none.csv")).exit_code == 2
    file = write_file(tmp_path, "products.csv", CSV)
    assert run("import-products", file, "--currency", "XXX").exit_code == 2


def test_importing_rules(run: Run, data: Path, tmp_path: Path) -> None:
    refused = run("rules-import", write_file(tmp_path, "a.yaml", RULES_WITH_ERRORS))
    assert refused.exit_code == 1
    assert "was not imported" in refused.stderr
    warned = run("rules-import", write_file(tmp_path, "b.yaml", RULES_WITH_WARNINGS))
    assert warned.exit_code == 0
    assert warned.output.endswith("Version 1, in force from 2026-01-01.\n")
    assert run("rules-import", write_file(tmp_path, "c.yaml", CLEAN)).exit_code == 0

    async def versions() -> list[int | None]:
        database = await SqliteDatabase.open(data / "gateway.db")
        async with database.read() as reading:
            days = (date(2025, 1, 1), date(2026, 1, 1), date(2200, 1, 1))
            rule_sets = [await reading.rule_sets.find_current(each) for each in days]
        await database.close()
        return [each.version if each else None for each in rule_sets]

    assert asyncio.run(versions()) == [None, 1, 2]


def test_a_rule_file_that_is_none(run: Run, tmp_path: Path) -> None:
    refused = run("rules-import", write_file(tmp_path, "a.yaml", "tax: {default: {rules: [{}]}}"))
    assert refused.exit_code == 1
    assert "tax.default.rules[1].areas: Field required" in refused.stderr
    assert run("tax-lint", write_file(tmp_path, "b.yaml", "a: [")).exit_code == 1


def test_printed_schemas(run: Run) -> None:
    rules = run("rules-schema")
    assert rules.exit_code == 0
    assert json.loads(rules.output)["title"] == "RuleDocument"
    sdl = run("print-schema")
    assert sdl.exit_code == 0
    assert "type Query" in sdl.output


def test_a_token_is_a_sign_in(run: Run) -> None:
    answer = run("token", "--purchaser", "ada@example.com")
    assert (answer.exit_code, answer.output[:3]) == (0, "gs_")
    assert run("token", "--purchaser", "ada").exit_code == 1


TAKEN = "there is a key called acme already: revoke it first, or take another name"


def test_a_key_is_printed_once(run: Run) -> None:
    asked = ("key", "add", "acme", "--role", "partner", "--purchaser", "ada@example.com")
    unknown = run(*asked)
    assert (unknown.exit_code, unknown.stderr) == (
        1,
        "no purchaser has the verified e-mail ada@example.com\n",
    )
    run("token", "--purchaser", "ada@example.com")
    made = run(*asked)
    assert (made.exit_code, made.output[:3]) == (0, "gw_")
    again = run(*asked)
    assert (again.exit_code, again.stderr) == (1, f"{TAKEN}\n")
    spelt = run(*asked[:2], "other", *asked[3:-1], " Ada@EXAMPLE.com")
    assert spelt.exit_code == 0


def test_keys_are_listed_and_revoked_and_never_shown_again(run: Run) -> None:
    # R103
    run("token", "--purchaser", "ada@example.com")
    partner = run("key", "add", "app", "--role", "partner", "--purchaser", "ada@example.com")
    staff = run("key", "add", "till", "--role", "staff", "--expires", "2031-02-03")
    gone = run("key", "add", "gone", "--role", "staff", "--expires", "2020-02-03T10:00:00+02:00")
    assert {partner.exit_code, staff.exit_code, gone.exit_code} == {0}
    assert (run("key", "revoke", "app").output, run("key", "revoke", "app").exit_code) == (
        "app is revoked.\n",
        0,
    )
    listed = run("key", "list")
    lines = [
        re.sub(r"20(?!31-|20-)\d\d-[^ ]*Z", "NOW", line) for line in listed.stdout.splitlines()
    ]
    assert [line.split() for line in lines] == [
        ["NAME", "ROLE", "PURCHASER", "CREATED", "EXPIRES", "STATE"],
        ["app", "partner", "ada@example.com", "NOW", "-", "revoked", "NOW"],
        ["gone", "staff", "-", "NOW", "2020-02-03T08:00:00Z", "expired"],
        ["till", "staff", "-", "NOW", "2031-02-03T00:00:00Z", "in", "force"],
    ]
    assert "gw_" not in listed.output


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (("revoke", "nobody"), 1, "there is no key called nobody\n"),
        (
            ("add", "app", "--role", "partner"),
            2,
            "a partner's key needs --purchaser: who pays for the gifts made with it\n",
        ),
        (
            ("add", "till", "--role", "staff", "--purchaser", "nobody@example.com"),
            1,
            "no purchaser has the verified e-mail nobody@example.com\n",
        ),
        *[
            (
                ("add", "till", "--role", "staff", "--expires", text),
                2,
                "--expires: a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z\n",
            )
            for text in ("", "tomorrow", "2027-02-30", "0001-01-01T00:00:00+05:00", "9999-12-31")
        ],
        *[
            (
                ("add", name, "--role", "staff"),
                2,
                "a key's name has 1 to 100 characters that can be seen\n",
            )
            for name in (" ", "a\nb", "x" * 101)
        ],
    ],
)
def test_a_key_that_cannot_be(run: Run, asked: tuple[str, ...], code: int, said: str) -> None:
    # R103
    answer = run("key", *asked)
    assert (answer.exit_code, answer.stderr) == (code, said)


def test_wrong_settings_end_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PROT", "1")
    monkeypatch.setenv("GATEWAY_PORT", "port")
    refused = run("seed")
    assert refused.exit_code == 2
    ignored, wrong = refused.stderr.splitlines()
    assert ignored == "GATEWAY_PROT is no setting: it is ignored"
    assert wrong.startswith("GATEWAY_PORT: ")


def test_a_database_that_is_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "mysql://root@localhost/shop")
    refused = run("seed")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("GATEWAY_DATABASE_URL: must be sqlite:///FILE or ")


def test_python_runs_it_as_a_module() -> None:
    asked = [sys.executable, "-m", "gateway", "--help"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603
    assert "import-products" in answer.stdout


def test_a_secret_key_can_be_changed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "o" * 40, "n" * 40
    monkeypatch.setenv("GATEWAY_SECRET_KEY", old)
    token = run("token", "--purchaser", "ann@example.com")
    assert token.exit_code == 0
    monkeypatch.setenv("GATEWAY_SECRET_KEY", new)
    assert run("rotate-keys").exit_code == 2
    monkeypatch.setenv("GATEWAY_EARLIER_SECRET_KEYS", old)
    assert run("rotate-keys").stdout == "Data keys wrapped anew: 2.\n"
    assert run("rotate-keys").stdout == "Data keys wrapped anew: 2.\n"


def test_bounces_of_nothing_and_of_nobody(run: Run, tmp_path: Path) -> None:
    (tmp_path / "box" / "new").mkdir(parents=True)
    read = run("bounces", str(tmp_path / "box"))
    assert (read.exit_code, read.stdout) == (0, "Failures reported: 0. Gifts that go on: 0.\n")
    assert run("bounces", str(tmp_path)).exit_code == 1
