"""The repository of what shows pictures."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from gateway.adapters.repositories.catalogue_rows import products
from gateway.adapters.repositories.collection_rows import collections
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, table
from gateway.adapters.tables.catalogue import VariantRow
from gateway.services.ports.picture_uses import TextPage

variants = table(VariantRow)
MAX_PRODUCTS = 500
"""Products or collections of a page."""

LIST_PRODUCTS: Statement[tuple[int, str, str, str]] = Statement(
    select(products.c.place, products.c.id, products.c.images, products.c.description_html)
    .where(products.c.place > bindparam("after"))
    .order_by(products.c.place)
    .limit(bindparam("most"))
)
LIST_VARIANT_IMAGES: Statement[tuple[str | None]] = Statement(
    select(variants.c.image).where(in_list(variants.c.product_id, "products"))
)
LIST_COLLECTIONS: Statement[tuple[int, str | None]] = Statement(
    select(collections.c.place, collections.c.image)
    .where(collections.c.place > bindparam("after"))
    .order_by(collections.c.place)
    .limit(bindparam("most"))
)


class PictureUsesRepository:
    """Reads the texts that name pictures."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def list_product_texts(self, after_position: int) -> TextPage:
        """The texts of the next products, listed or not, and of their variants."""
        rows = await self._session.fetch_all(LIST_PRODUCTS, after=after_position, most=MAX_PRODUCTS)
        ids = [id for _, id, _, _ in rows]
        image_rows = await self._session.fetch_all(LIST_VARIANT_IMAGES, products=ids)
        texts = [*(images for _, _, images, _ in rows), *(html for _, _, _, html in rows)]
        return _page([*texts, *(image or "" for (image,) in image_rows)], [row[0] for row in rows])

    async def list_collection_texts(self, after_position: int) -> TextPage:
        """The texts of the next collections."""
        rows = await self._session.fetch_all(
            LIST_COLLECTIONS, after=after_position, most=MAX_PRODUCTS
        )
        return _page((image or "" for _, image in rows), [place for place, _ in rows])


def _page(texts: Iterable[str], positions: list[int]) -> TextPage:
    return TextPage(tuple(texts), positions[-1] if len(positions) == MAX_PRODUCTS else None)
