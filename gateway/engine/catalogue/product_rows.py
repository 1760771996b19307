"""Rows of a product file in Shopify's form, parsed to products."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue.bundle_cells import FileComponent, parse_components
from gateway.engine.catalogue.handles import explain_bad_handle
from gateway.engine.catalogue.picture_cells import (
    FileImage,
    has_image_details,
    parse_images,
    parse_variant_image,
)
from gateway.engine.catalogue.product_cells import (
    MAX_SEO_LENGTH,
    NOTHING_ABOUT_STOCK,
    NOTHING_ABOUT_TAGS,
    FilePrice,
    FileRow,
    FileStock,
    FileTags,
    InvalidCell,
    parse_compare_at_price,
    parse_grams,
    parse_line,
    parse_listed,
    parse_option_names,
    parse_option_values,
    parse_price,
    parse_rule_tags,
    parse_stock,
    parse_tags,
    parse_tax_table,
    parse_variant_tags,
    require_no_gift_card,
)
from gateway.engine.catalogue.product_columns import (
    OPTION_VALUE_COLUMNS,
    PRODUCT_COLUMNS,
    VARIANT_COLUMNS,
)
from gateway.engine.money import Currency

MAX_VARIANTS = 2_048
"""More variants of a product are refused, as Shopify does."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be imported, and the reason. Its whole product is refused."""

    line_number: int
    handle: str
    reason: str


@dataclass(frozen=True, slots=True)
class IgnoredCell:
    """A cell that was not imported, and the reason."""

    line_number: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileDescription:
    """A description in the file: as harmless HTML, and the text of it."""

    html: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsingOptions:
    """How cells are read: the currency of prices, and what cells may name.

    ``describe`` makes HTML of a cell harmless, or raises ``InvalidCell``. ``tax_tables`` are the
    names of the alternate tables. ``takes_file_names``: whether pictures may be names of files.
    """

    currency: Currency
    describe: Callable[[str], FileDescription]
    tax_tables: frozenset[str] = frozenset()
    takes_file_names: bool = False


@dataclass(frozen=True, slots=True)
class ParsedVariant:
    """A variant as the file describes it. ``price`` is in minor units.

    A line ``is_silent`` if no cell says anything of a variant.
    """

    line_number: int
    sku: str | None = None
    option_values: tuple[str, ...] | None = None
    price: int | None = None
    compare_at_price: FilePrice | None = None
    grams: int | None = None
    tags: FileTags = NOTHING_ABOUT_TAGS
    stock: FileStock = NOTHING_ABOUT_STOCK
    barcode: str | None = None
    image: FileImage | None = None
    tax_table: str | None = None
    components: tuple[FileComponent, ...] | None = None
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class ParsedProduct:
    """A product as the file describes it."""

    line_number: int
    handle: str
    title: str | None = None
    vendor: str | None = None
    description: FileDescription | None = None
    product_type: str | None = None
    listed: bool | None = None
    tags: tuple[str, ...] | None = None
    rule_tags: FileTags = NOTHING_ABOUT_TAGS
    option_names: tuple[str, ...] | None = None
    images: tuple[FileImage, ...] | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    collection: str | None = None
    variants: tuple[ParsedVariant, ...] = ()

    @property
    def has_components(self) -> bool:
        """Whether one of its variants is a bundle in the file."""
        return any(variant.components for variant in self.variants)


@dataclass(frozen=True, slots=True)
class ParsedRows:
    """The product of some rows, unless a row was rejected, and the cells that were ignored."""

    product: ParsedProduct | None = None
    rejected: tuple[RejectedRow, ...] = ()
    ignored: tuple[IgnoredCell, ...] = ()


def parse_product(rows: Sequence[FileRow], options: ParsingOptions) -> ParsedRows:
    """Parse ``rows``, which have one handle, to a product. One bad row refuses it."""
    first, *further_rows = rows
    handle = first["Handle"]
    if not handle:
        reason = "Handle is missing"
        return ParsedRows(rejected=tuple(RejectedRow(row.line_number, "", reason) for row in rows))
    defects = [RejectedRow(row.line_number, handle, row.defect) for row in rows if row.defect]
    if defects:
        return ParsedRows(rejected=tuple(defects))
    rejected: list[RejectedRow] = []
    product = ParsedProduct(first.line_number, handle)
    try:
        product = _parse_product_cells(rows, options)
    except InvalidCell as error:
        rejected.append(RejectedRow(first.line_number, handle, str(error)))
    variants: list[ParsedVariant] = []
    lines_by_options: dict[tuple[str, ...], int] = {}
    for row in (first, *filter(_describes_variant, further_rows)):
        try:
            variant = _parse_variant(row, options)
            if variant.option_values is not None:
                _require_unique_options(lines_by_options, variant.option_values, row)
            variants.append(variant)
        except InvalidCell as error:
            rejected.append(RejectedRow(row.line_number, handle, str(error)))
    if len(variants) > MAX_VARIANTS:
        reason = f"it has {len(variants)} variants; at most {MAX_VARIANTS} are possible"
        rejected.append(RejectedRow(first.line_number, handle, reason))
    if rejected:
        rejected.sort(key=lambda row: row.line_number)
        return ParsedRows(rejected=tuple(rejected))
    return ParsedRows(
        replace(product, variants=tuple(variants)), ignored=tuple(_ignored_cells(rows))
    )


def _parse_product_cells(rows: Sequence[FileRow], options: ParsingOptions) -> ParsedProduct:
    first = rows[0]
    if first.cell("Title") == "":
        raise InvalidCell("Title is missing")
    handle = parse_line(first, "Handle") or ""
    if reason := explain_bad_handle(first["Handle"]):
        raise InvalidCell(f"Handle {reason}")
    require_no_gift_card(first)
    html = first.cell("Body (HTML)")
    tags = parse_tags(first)
    return ParsedProduct(
        line_number=first.line_number,
        handle=handle,
        title=parse_line(first, "Title"),
        vendor=parse_line(first, "Vendor"),
        description=None if html is None else options.describe(html),
        product_type=parse_line(first, "Type"),
        listed=parse_listed(first),
        tags=tags,
        rule_tags=parse_rule_tags(tags),
        option_names=parse_option_names(first),
        images=parse_images(rows, takes_file_names=options.takes_file_names),
        seo_title=parse_line(first, "SEO Title"),
        seo_description=parse_line(first, "SEO Description", MAX_SEO_LENGTH),
        collection=parse_line(first, "Collection"),
    )


def _parse_variant(row: FileRow, options: ParsingOptions) -> ParsedVariant:
    return ParsedVariant(
        line_number=row.line_number,
        sku=parse_line(row, "Variant SKU"),
        option_values=parse_option_values(row),
        price=parse_price(row, options.currency),
        compare_at_price=parse_compare_at_price(row, options.currency),
        grams=parse_grams(row),
        tags=parse_variant_tags(row),
        stock=parse_stock(row),
        barcode=parse_line(row, "Variant Barcode"),
        image=parse_variant_image(row, takes_file_names=options.takes_file_names),
        tax_table=parse_tax_table(row, options.tax_tables),
        components=parse_components(row, options.currency),
        is_silent=not any(row[column] for column in VARIANT_COLUMNS),
    )


def _describes_variant(row: FileRow) -> bool:
    """Whether the row describes a variant. Other rows only have further pictures."""
    return any(row[column] for column in ("Variant SKU", "Variant Price", *OPTION_VALUE_COLUMNS))


def _require_unique_options(
    lines_by_options: dict[tuple[str, ...], int], values: tuple[str, ...], row: FileRow
) -> None:
    if values in lines_by_options:
        raise InvalidCell(f"its options stand on line {lines_by_options[values]} too")
    lines_by_options[values] = row.line_number


def _ignored_cells(rows: Sequence[FileRow]) -> Iterator[IgnoredCell]:
    """Yield the cells of a product that are read but not stored."""
    first, *further_rows = rows
    for row in further_rows:
        for column in PRODUCT_COLUMNS:
            if row[column] and row[column] != first[column]:
                reason = "a product has what its first line says"
                yield IgnoredCell(row.line_number, column, reason)
        if not _describes_variant(row):
            yield from _list_ignored(
                row,
                (column for column in VARIANT_COLUMNS if row[column]),
                "the line names no variant",
            )
    for row in rows:
        yield from _list_ignored(row, has_image_details(row), "the line names no picture")


def _list_ignored(row: FileRow, columns: Iterable[str], reason: str) -> Iterator[IgnoredCell]:
    return (IgnoredCell(row.line_number, column, reason) for column in columns)
