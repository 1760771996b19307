"""Pictures of imported products, copied into the gateway's own store before they are saved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue.picture_cells import FileImage
from gateway.engine.catalogue.product_cells import quote_cell
from gateway.engine.catalogue.product_rows import (
    IgnoredCell,
    ParsedProduct,
    ParsedVariant,
    RejectedRow,
)
from gateway.services.catalogue.picture_copies import PictureCopier, PictureCopies


@dataclass(frozen=True, slots=True)
class ProductPictureCopies:
    """Products with the addresses of the copies of their pictures.

    A picture of the web that cannot be copied is kept at its own address, and ``ignored``. A file
    that cannot be read refuses its product.
    """

    products: Sequence[ParsedProduct]
    ignored: Sequence[IgnoredCell] = ()
    rejected: Sequence[RejectedRow] = ()


async def copy_pictures(
    products: Sequence[ParsedProduct], copier: PictureCopier | None
) -> ProductPictureCopies:
    """Copy the pictures of ``products``; without a ``copier`` they stay where they are."""
    if copier is None:
        return ProductPictureCopies(products)
    copies = await copier.copy(
        image.url for product in products for _, _, image in _list_images(product)
    )
    ignored: list[IgnoredCell] = []
    rejected: dict[str, RejectedRow] = {}
    for product in products:
        for line_number, column, image in _list_images(product):
            problem = copies.problems.get(image.url)
            if problem is not None and _is_file_name(image.url):
                reason = f"{column} {quote_cell(image.url)}: {problem}"
                row = RejectedRow(line_number, product.handle, reason)
                rejected.setdefault(product.handle, row)
            elif problem is not None:
                reason = f"it is not copied, and shown from its own address: {problem}"
                ignored.append(IgnoredCell(line_number, column, reason))
    copied = [
        _use_copies(product, copies) for product in products if product.handle not in rejected
    ]
    return ProductPictureCopies(copied, ignored, tuple(rejected.values()))


def _list_images(product: ParsedProduct) -> Iterator[tuple[int, str, FileImage]]:
    """The line, column and picture of each picture; those of the product by its first line."""
    for image in product.images or ():
        yield product.line_number, "Image Src", image
    for row in product.variants:
        if row.image is not None and row.image.url:
            yield row.line_number, "Variant Image", row.image


def _is_file_name(address: str) -> bool:
    return "/" not in address


def _use_copies(product: ParsedProduct, copies: PictureCopies) -> ParsedProduct:
    images = product.images
    return replace(
        product,
        images=None if images is None else _merge_same(_use_copy(each, copies) for each in images),
        variants=tuple(_use_variant_copy(row, copies) for row in product.variants),
    )


def _merge_same(images: Iterator[FileImage]) -> tuple[FileImage, ...]:
    """Each picture once: files at several addresses may be the same."""
    images_by_url: dict[str, FileImage] = {}
    for image in images:
        images_by_url.setdefault(image.url, image)
    return tuple(images_by_url.values())


def _use_variant_copy(row: ParsedVariant, copies: PictureCopies) -> ParsedVariant:
    return row if row.image is None else replace(row, image=_use_copy(row.image, copies))


def _use_copy(image: FileImage, copies: PictureCopies) -> FileImage:
    picture = copies.pictures.get(image.url)
    if picture is None:
        return image
    return replace(image, url=picture.url, width=picture.width, height=picture.height)
