"""R111: bad product files are refused by row or whole, and never leave half a product."""

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.cli import app
from gateway.engine.catalogue.import_changes import NOT_SOLD

HEADER = "Handle,Title,Variant Price,Body (HTML),Image Src,Variant SKU,Bundle Parts\n"
GOOD = "cup,Cup,5,<p>White.</p>,https://a.example/cup.png,CUP,\n"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(folder))
    return folder


def import_file(file: Path, *options: str) -> Result:
    answer = CliRunner().invoke(app, ["import-products", str(file), *options])
    assert answer.exception is None or isinstance(answer.exception, SystemExit)
    return answer


def import_text(tmp_path: Path, text: str, *options: str) -> Result:
    file = tmp_path / "products.csv"
    file.write_text(text, encoding="utf-8")
    return import_file(file, *options)


async def list_handles(data_folder: Path) -> list[str]:
    database = await SqliteDatabase.open(data_folder / "gateway.db")
    async with database.read() as reading:
        page = await reading.catalogue.list_products(100, None)
    await database.close()
    return [each.product.handle for each in page]


LOOP = "a,A,1,,,A,B\nb,B,1,,,B,A\n"
CHAIN = "".join(f"b{n},B{n},1,,,B{n},{f'B{n - 1}' if n else ''}\n" for n in range(40))
BAD_ROWS = {
    "many tags": ("mug,Mug,1," + "<b>" * 20_000 + ",,MUG,\n", "tags"),
    "nested lists": ("mug,Mug,1," + "<ul><li>" * 50_000 + ",,MUG,\n", "at most are read"),
    "a long text": ("mug,Mug,1," + "x" * 600_000 + ",,MUG,\n", "characters"),
    "a long title": ("mug," + "x" * 300_000 + ",1,,,MUG,\n", "longer than 255 characters"),
    "a script's address": ("mug,Mug,1,,javascript:alert(1),MUG,\n", "no http or https address"),
    "a file of the machine": ("mug,Mug,1,,/etc/passwd,MUG,\n", "no http or https address"),
    "a loop": (LOOP, "bundles that contain each other: A > B > A"),
    "a deep chain": (CHAIN, "levels of bundles in bundles; at most 20 are possible"),
    "a shifted row": ("mug,Mug,1,,,MUG,,x,y\n", "2 more cells than there are columns"),
    "a formula for a price": ("mug,Mug,=1+1,,,MUG,\n", "'=1+1' is no amount"),
    "no handle": (",Mug,1,,,MUG,\n", "Handle is missing"),
    "many pictures": (
        "mug,Mug,1,,,MUG,\n"
        + "".join(f"mug,,,,https://a.example/{n}.png,,\n" for n in range(5_000)),
        "it has 5000 pictures; at most 250 are possible",
    ),
}


@pytest.mark.parametrize(("rows", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_cannot_be_used(
    tmp_path: Path, data_folder: Path, rows: str, reason: str
) -> None:
    """Its product is refused whole, and the others imported; or none, as the option says."""
    nothing = import_text(tmp_path, HEADER + rows + GOOD, "--all-or-nothing")
    assert (nothing.exit_code, reason in " ".join(nothing.stdout.split())) == (1, True)
    assert asyncio.run(list_handles(data_folder)) == []
    answer = import_text(tmp_path, HEADER + rows + GOOD)
    assert (answer.exit_code, reason in " ".join(answer.stdout.split())) == (1, True)
    handles = asyncio.run(list_handles(data_folder))
    assert "cup" in handles
    # Of the chain, the bundles that are not too deep.
    assert len(handles) == (22 if rows == CHAIN else 1)


BAD_FILES = {
    "empty": (b"", 1, "it lacks the column Handle; its first line has no column"),
    "blank lines": (b"\n\n\n", 1, "it lacks the column Handle"),
    "another separator": (b"Handle|Title\nmug|Mug\n", 1, "it lacks the column Handle"),
    "a column twice": (b"Handle,SKU,Variant SKU\n", 1, "the column Variant SKU is there twice"),
    "many columns": (b"Handle" + b",c" * 10_000, 1, "it has 10,001 columns"),
    "an open quote": (
        HEADER.encode() + b'mug,"Mug,1,,,,\n',
        1,
        "a quote is opened and never closed",
    ),
    "an endless cell": (
        HEADER.encode() + b'mug,"' + b"x," * 2_100_000,
        1,
        "a cell has more than 4,000,000 characters",
    ),
    "zero bytes": (HEADER.encode() + b"mug,M\0g,1,,,,\n", 2, "is no text: byte"),
    "Latin letters": (HEADER.encode() + b"mug,Caf\xe9,1,,,,\n", 2, "is no UTF-8 text"),
    "half a character": ("\ufeffHandle".encode("utf-16")[:-1], 2, "is no utf-16 text"),
    "a picture": (bytes.fromhex("89504e470d0a1a0a0000000d49484452"), 2, "is no text"),
}


@pytest.mark.parametrize(("content", "exit_code", "reason"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_cannot_be_used(
    tmp_path: Path, data_folder: Path, content: bytes, exit_code: int, reason: str
) -> None:
    file = tmp_path / "products.csv"
    file.write_bytes(content)
    answer = import_file(file)
    assert (answer.exit_code, reason in answer.stderr, answer.stdout) == (exit_code, True, "")
    assert asyncio.run(list_handles(data_folder)) == [] if exit_code == 1 else True


def test_what_is_no_file(tmp_path: Path) -> None:
    folder = import_file(tmp_path)
    assert (folder.exit_code, folder.stderr) == (2, f"{tmp_path}: Is a directory\n")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    answer = import_file(pipe)
    assert (answer.exit_code, answer.stderr) == (2, f"{pipe}: is no file\n")
    absent = import_file(tmp_path / "absent.csv")
    assert (absent.exit_code, "absent.csv: No such file" in absent.stderr) == (2, True)


def test_the_report_of_very_many_refused_rows_is_bounded(tmp_path: Path) -> None:
    rows = "".join(f"m{number},Mug,free,,,,\n" for number in range(1_500))
    answer = import_text(tmp_path, HEADER + rows)
    assert answer.exit_code == 1
    assert "and 500 more" in answer.stdout
    assert answer.stdout.endswith(
        "Products imported: 0, with variants: 0. Products refused: 1500.\n"
    )
    assert answer.stdout.count("is no amount such as 19.99") == 1_000


def test_a_file_neither_formats_the_report_nor_controls_the_terminal(tmp_path: Path) -> None:
    text = "Handle,Title,Variant Price,[red]Colour[/],\x1b[31mx\n[/b] mug,Mug,[/i],,\ncup,Cup,1,,\n"
    answer = import_text(tmp_path, text)
    assert answer.exit_code == 1
    assert "[red]Colour[/]" in answer.stdout
    assert "[/b] mug" in answer.stdout
    assert "Variant Price '[/i]' is no amount such as 19.99" in answer.stdout
    assert "\x1b" not in answer.stdout


def test_a_dry_run_shows_values(tmp_path: Path) -> None:
    """R111: what is, and what would be."""
    header = "Handle,Title,Price,Tags,Variant Taxable,Option1 Name,Option1 Value,Image Src\n"
    first = 'mug,Mug,5,"a, b",true,Size,S,https://a.example/1.png\n'
    assert import_text(tmp_path, header + first).exit_code == 0
    second = "mug,Cup [x],6.5,a,false,Volume,S,\n"
    answer = import_text(tmp_path, header + second, "--dry-run")
    rows = {
        tuple(cell.strip() for cell in line.split("│")[1:-1]) for line in answer.stdout.splitlines()
    }
    assert rows >= {
        ("2", "Title", "Mug", "Cup [x]"),
        ("2", "Variant Price", "5.00 USD", "6.50 USD"),
        ("2", "Tags", "a, b", "a"),
        ("2", "Variant Taxable", "yes", "no"),
        ("2", "Option1 Name", "Size", "Volume"),
        ("2", "Image Src", "https://a.example/1.png", ""),
    }
    assert "Values" not in import_text(tmp_path, header + second).stdout


def test_a_dry_run_names_what_is_sold_no_longer(tmp_path: Path) -> None:
    """R111: each variant, and the texts that come and go as the page has them."""
    header = "Handle,Title,Price,Option1 Name,Option1 Value,SKU,Description,Image Src,"
    header += "Image Alt Text\n"
    rows = [
        "mug,Mug,5,Size,S,MUG-S,<p>Of clay</p>,https://a.example/1.png,Front\n",
        "mug,,6,,M,,,https://a.example/2.png,Back\n",
        "mug,,7,,L,MUG-L,,,\n",
    ]
    assert import_text(tmp_path, header + "".join(rows)).exit_code == 0
    fewer = header + "mug,Mug,5,Size,S,MUG-S,,https://a.example/1.png,\n"
    answer = import_text(tmp_path, fewer, "--dry-run", "--complete")
    shown = {
        tuple(cell.strip() for cell in line.split("│")[1:-1]) for line in answer.stdout.splitlines()
    }
    assert shown >= {
        ("2", NOT_SOLD, "M", ""),
        ("2", NOT_SOLD, "L, MUG-L", ""),
        ("2", "Body (HTML)", "<p>Of clay</p>", ""),
        ("2", "Image Alt Text", "Front, Back", ""),
    }
