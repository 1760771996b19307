"""Product files as people save them: separators, marks, line ends, encodings."""

import io

import pytest

from gateway.adapters.product_files import InvalidProductFile, read_product_file
from gateway.adapters.separated_files import detect_encoding
from gateway.engine.catalogue.product_cells import FileRow
from gateway.engine.catalogue.product_rows import IgnoredCell


def rows_of(text: str) -> list[FileRow]:
    return list(read_product_file(io.StringIO(text, newline="")).rows)


def decode_rows(raw: bytes) -> list[FileRow]:
    stream = io.TextIOWrapper(io.BytesIO(raw), encoding=detect_encoding(raw[:4]), newline="")
    return list(read_product_file(stream).rows)


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
    """R111."""
    product_file = read_product_file(
        io.StringIO("sep=;\nHandle;Image Src;;Variant Barcode\n", newline="")
    )
    assert product_file.ignored == (
        IgnoredCell(2, "Image Src", "the column is not used"),
        IgnoredCell(2, "Variant Barcode", "the column is not used"),
    )


def test_cells_beyond_the_header() -> None:
    rows = rows_of("Handle,Title\nmug,Mug,,\ncup,Cup,3,4\n")
    assert [each.surplus for each in rows] == [0, 2]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it lacks the column Handle; its first line has no column"),
        ("Name;Price\n1;2\n", "it lacks the column Handle; its first line has Name, Price"),
        ("Handle,Title,SKU,Variant SKU,Price\n", "the column Variant SKU is there twice"),
        ('Handle,Title,Variant SKU,Variant Price\n"a\n', "line 2: unexpected end of data"),
        ('sep=;\nHandle;Title\n"a\n', "line 3: unexpected end of data"),
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
