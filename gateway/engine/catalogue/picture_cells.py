"""Pictures in a product file: their addresses, order and alternative texts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.engine.catalogue.product_cells import (
    FileRow,
    InvalidCell,
    parse_line,
    parse_whole_number,
    quote_cell,
)
from gateway.engine.catalogue.product_columns import IMAGE_COLUMNS
from gateway.engine.catalogue.products import Image
from gateway.engine.text.web_links import parse_web_url

MAX_IMAGES = 250
"""More pictures of a product are refused, as Shopify does."""
MAX_ALT_TEXT_LENGTH = 512
"""A longer alternative text, in characters, is refused."""
MAX_POSITION = 1_000_000
MAX_FILE_NAME_LENGTH = 255
OWN_ADDRESS_PATTERN = re.compile(r"/media/[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
"""Addresses of pictures that the gateway serves itself."""


@dataclass(frozen=True, slots=True)
class FileImage:
    """A picture in the file. ``alt_text`` is None if the file has no column for it.

    The size is known of pictures that were copied, in pixels.
    """

    url: str
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None


def parse_images(
    rows: Sequence[FileRow], *, takes_file_names: bool
) -> tuple[FileImage, ...] | None:
    """The pictures of a product in order, each once; None if the file has no pictures."""
    if rows[0].cell("Image Src") is None:
        return None
    positioned: list[tuple[int, FileImage]] = []
    for row in rows:
        url = parse_image_address(row, "Image Src", takes_file_names=takes_file_names)
        if url:
            position = parse_whole_number(row, "Image Position", minimum=0, maximum=MAX_POSITION)
            alt_text = parse_line(row, "Image Alt Text", MAX_ALT_TEXT_LENGTH)
            positioned.append(
                (MAX_POSITION if position is None else position, FileImage(url, alt_text))
            )
    positioned.sort(key=lambda entry: entry[0])
    images: dict[str, FileImage] = {}
    for _, image in positioned:
        known_image = images.setdefault(image.url, image)
        if image.alt_text and not known_image.alt_text:
            images[image.url] = image
    if len(images) > MAX_IMAGES:
        raise InvalidCell(f"it has {len(images)} pictures; at most {MAX_IMAGES} are possible")
    return tuple(images.values())


def parse_image_address(row: FileRow, column: str, *, takes_file_names: bool) -> str | None:
    """The address of a picture; empty if there is none.

    It is on the web or under ``/media/``; with ``takes_file_names`` also the name of a file.
    """
    text = row.cell(column)
    if not text:
        return text
    url = parse_web_url(text)
    if url is not None:
        return url
    is_name = (
        text.isprintable() and len(text) <= MAX_FILE_NAME_LENGTH and not set(text) & set(":\\")
    )
    if is_name and OWN_ADDRESS_PATTERN.fullmatch(text):
        return text
    if is_name and "/" not in text:
        if takes_file_names:
            return text
        raise InvalidCell(
            f"{column} {quote_cell(text)} is the name of a file: --pictures FOLDER reads it"
        )
    raise InvalidCell(f"{column} {quote_cell(text)} is no http or https address of a picture")


def parse_variant_image(row: FileRow, *, takes_file_names: bool) -> FileImage | None:
    """The picture of a variant; without an address if it has none."""
    url = parse_image_address(row, "Variant Image", takes_file_names=takes_file_names)
    return None if url is None else FileImage(url)


def has_image_details(row: FileRow) -> Iterable[str]:
    """The columns of the row that describe a picture although it names none."""
    if not row["Image Src"]:
        yield from (column for column in IMAGE_COLUMNS if row[column])


def merge_images(
    images: Sequence[FileImage] | None, previous: tuple[Image, ...]
) -> tuple[Image, ...]:
    """The pictures after the import. Sizes and unstated texts of the same address stay."""
    if images is None:
        return previous
    previous_by_url = {image.url: image for image in previous}
    return tuple(merge_image(image, previous_by_url.get(image.url)) for image in images)


def merge_image(image: FileImage, previous: Image | None) -> Image:
    """Return ``image`` with the size, and the text if it states none, of ``previous``."""
    if previous is None or previous.url != image.url:
        return Image(image.url, image.alt_text or None, image.width, image.height)
    return Image(
        image.url,
        previous.alt_text if image.alt_text is None else image.alt_text or None,
        previous.width if image.width is None else image.width,
        previous.height if image.height is None else image.height,
    )
