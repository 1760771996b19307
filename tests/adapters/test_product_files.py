"""Product files as people save them: separators, marks, line ends, encodings."""

import io

import pytest

from gateway.adapters.product_files import CsvProductFile, InvalidProductFile
from gateway.adapters.separated_files import detect_encoding
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_columns import UnusedColumn


def open_text(text: str) -> CsvProductFile:
    return CsvProductFile(lambda: io.StringIO(text, newline=""))


def rows_of(text: str) -> list[FileRow]:
    return list(open_text(text).rows())


def decode_rows(raw: bytes) -> list[FileRow]:
    encoding = detect_encoding(raw[:4])
    product_file = CsvProductFile(
        lambda: io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline="")
    )
    return list(product_file.rows())


def test_lines_are_counted_as_an_editor_does() -> None:
    text = '\ufeffHandle,title, Variant SKU ,Variant Price,Nothing\na,"two\nlines",S,1,x\n\nb,B\n'
    empty = {"Handle": "", "Title": "", "Variant SKU": "", "Variant Price": ""}
    assert rows_of(text) == [
        FileRow(
            2, {"Handle": "a", "Title": "two\nlines", "Variant SKU": "S", "Variant Price": "1"}
        ),
        FileRow(4, empty),
        FileRow(5, empty | {"Handle": "b", "Title": "B"}),
    ]


def test_accents_are_read_in_one_form() -> None:
    """Or a product would be another one when its file was saved by another system."""
    [row] = rows_of(
        "Handle,Title,Option1 Value,Variant SKU\ncafe\u0301,Cafe\u0301,o\u0308,u\u0308\n"
    )
    assert row.cells == {
        "Handle": "caf\u00e9",
        "Title": "Caf\u00e9",
        "Option1 Value": "\u00f6",
        "Variant SKU": "\u00fc",
    }


def test_the_newer_templates_names_are_known() -> None:
    text = "Title,URL handle,SKU,Price,Weight value (grams)\nMug,mug,MUG,5,300\n"
    assert rows_of(text)[0].cells == {
        "Title": "Mug",
        "Handle": "mug",
        "Variant SKU": "MUG",
        "Variant Price": "5",
        "Variant Grams": "300",
    }


ROWS = [
    ["Handle", "Title", "Variant Price"],
    ["mug", "Mug; white, large", "5.00"],
    ["cup", "Cup", "3"],
]
READ = [("mug", "Mug; white, large", "5.00"), ("cup", "Cup", "3")]


def write_rows(separator: str, ends: str) -> str:
    """The rows as CSV, each cell in quotes."""
    quoted = (separator.join(f'"{cell}"' for cell in row) for row in ROWS)
    return "".join(row + ends for row in quoted)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("said", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_as_spreadsheets_save_it(
    separator: str,
    ends: str,
    said: bool,  # noqa: FBT001
    encoding: str,
) -> None:
    """R111: the separator of a line `sep=`, else of the header."""
    before = f"sep={separator}{ends}" if said else ""
    rows = decode_rows((before + write_rows(separator, ends)).encode(encoding))
    assert [(each["Handle"], each["Title"], each["Variant Price"]) for each in rows] == READ
    assert [each.line_number for each in rows] == ([3, 4] if said else [2, 3])


def test_a_title_with_a_separator_in_it() -> None:
    text = "Handle;Title;Variant Price;Body (HTML), long\nmug;Mug, white;5;x\n"
    assert rows_of(text) == [
        FileRow(2, {"Handle": "mug", "Title": "Mug, white", "Variant Price": "5"})
    ]


def test_columns_that_are_not_used_are_told() -> None:
    """R111: once a column, with the number of its cells."""
    product_file = open_text("sep=;\nHandle;Cost per item;;Colour\na;1;x;\nb;2;;\nc; ;;\n")
    assert len(list(product_file.rows())) == 3
    assert product_file.unused_columns == (
        UnusedColumn("Cost per item", 2, "what goods cost the merchant is not kept"),
        UnusedColumn("column 3, which has no name", 1, "the column is not known"),
        UnusedColumn("Colour", 0, "the column is not known"),
    )


def test_a_file_is_read_as_often_as_needed() -> None:
    product_file = open_text("Handle,Title\nmug,Mug\n")
    assert list(product_file.rows()) == list(product_file.rows())


def test_rows_that_cannot_be_used_as_a_whole() -> None:
    rows = rows_of("Handle,Title\nmug,Mug,,\ncup,Cup,3,4\njar,Jar,,5\njug,J\0g\n")
    assert [row.defect for row in rows] == [
        "",
        "it has 2 more cells than there are columns",
        "it has one more cell than there are columns",
        "Title holds U+0000, which is no text",
    ]


def test_formulas_are_text() -> None:
    (row,) = rows_of("Handle,Title,Vendor\nmug,\"=cmd|' /C calc'!A0\",@SUM(A1)\n")
    assert row.cells == {"Handle": "mug", "Title": "=cmd|' /C calc'!A0", "Vendor": "@SUM(A1)"}


def test_line_breaks_and_quotes_in_html() -> None:
    (row,) = rows_of('Handle,Body (HTML)\nmug,"<p class=""a"">one\r\ntwo</p>"\n')
    assert row["Body (HTML)"] == '<p class="a">one\r\ntwo</p>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it lacks the column Handle; its first line has no column"),
        ("Name;Price\n1;2\n", "it lacks the column Handle; its first line has Name, Price"),
        ("Handle,Title,SKU,Variant SKU,Price\n", "the column Variant SKU is there twice"),
        (
            'Handle,Title,Variant SKU,Variant Price\n"a\n',
            "line 2: a quote is opened and never closed",
        ),
        ('sep=;\nHandle;Title\n"a\n', "line 3: a quote is opened and never closed"),
        ('Handle,Title\nmug,"Mug"s\n', "line 2: after a closing quote there is more in the cell:"),
        ("Handle" + ",c" * 1000, "it has 1,001 columns, and 1,000 at most are read"),
        ("Handle," * 200_000, "line 1: the header has more than 1,000,000 characters"),
        (
            'Handle,Title\na,"' + "x\n" * 2_000_001,
            "line 2: a cell has more than 4,000,000 characters, as",
        ),
    ],
)
def test_what_is_no_product_file(text: str, why: str) -> None:
    with pytest.raises(InvalidProductFile, match=why):
        rows_of(text)


@pytest.mark.parametrize(
    "raw", [b"Handle,Title\xe9\n", b"Handle,Title\nmug,Caf\xe9\n", "\ufeffa".encode("utf-16")[:3]]
)
def test_a_file_in_another_encoding(raw: bytes) -> None:
    """In one line, with what to do."""
    with pytest.raises(InvalidProductFile) as refused:
        decode_rows(raw)
    message = str(refused.value)
    assert message.endswith("it is not UTF-8 text; save it as CSV in UTF-8")
    assert "\n" not in message
