"""What follows at the end of a transaction that changes the catalogue or its stock.

It comes last, and in the order of ids, so that no two transactions wait for each other: what
can be bought is computed after all stock is locked, and the revision is locked last of all.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Boolean, bindparam, delete, select, update

from gateway.adapters.repositories.catalogue_rows import products
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.tables.catalogue import BundleComponentRow, VariantRow
from gateway.adapters.tables.product_lists import (
    CatalogueChangeRow,
    CatalogueRevisionRow,
    VariantAvailabilityRow,
)

CONTENT = "content"
"""Closing work: the products at these places, prices or collections have changed."""
AVAILABILITY = "availability"
"""Closing work: whether these variants can be bought may have changed."""
REVISION_ID = 1
VARIANTS_PER_BATCH = 500
NO_PLACE = -1
"""The place of a change that is of no product."""
MAX_CHANGED_PLACES = 5_000
"""Of more products that change at once it is not kept which: all are read again."""
KEPT_REVISIONS = 4_096
"""Revisions of which it is kept what has changed."""

variants = table(VariantRow)
bundle_components = table(BundleComponentRow)
availability = table(VariantAvailabilityRow)
revisions = table(CatalogueRevisionRow)
changes = table(CatalogueChangeRow)

LIST_BUNDLES_WITH: Statement[tuple[str]] = Statement(
    select(bundle_components.c.bundle_id)
    .where(in_list(bundle_components.c.variant_id, "ids"))
    .distinct()
)
LOCK_AVAILABILITY: Statement[tuple[str, int, bool | None]] = Statement(
    select(availability.c.variant_id, availability.c.number, availability.c.for_sale)
    .where(in_list(availability.c.variant_id, "ids"))
    .order_by(availability.c.variant_id)
    .with_for_update()
)
LIST_WHERE_PRODUCT_IS_LISTED: Statement[tuple[str]] = Statement(
    select(variants.c.id)
    .join_from(variants, products, products.c.id == variants.c.product_id)
    .where(in_list(variants.c.id, "ids"), products.c.listed, variants.c.listed)
)
SAVE_AVAILABILITY = Statement(
    update(availability)
    .where(availability.c.variant_id == bindparam("id"))
    .values(for_sale=bindparam("sold", type_=Boolean))
)
ADD_REVISION = insert(revisions)
BUMP_REVISION: Statement[tuple[int, int]] = Statement(
    ADD_REVISION.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "content": revisions.c.content + ADD_REVISION.excluded.content,
            "availability": revisions.c.availability + ADD_REVISION.excluded.availability,
        },
    ).returning(revisions.c.content, revisions.c.availability)
)
ADD_CHANGE = Statement(insert(changes))
FORGET_CHANGES = Statement(delete(changes).where(in_list(changes.c.revision, "numbers")))


def note_content_change(session: SqlSession, places: Iterable[int] = ()) -> None:
    """Let what is known of lists of products be forgotten once the transaction is committed.

    ``places`` are those of the products that have changed.
    """
    session.closing_work.setdefault(CONTENT, set()).update(map(str, places))


def note_stock_change(session: SqlSession, variant_ids: Iterable[str]) -> None:
    """Let it be computed at the end whether these variants, and bundles of them, can be bought."""
    session.closing_work.setdefault(AVAILABILITY, set()).update(variant_ids)


async def list_bundles_with(session: SqlSession, variant_ids: Collection[str]) -> set[str]:
    """The ids of all bundles that have one of these variants in them, at any depth."""
    bundle_ids: set[str] = set()
    new_ids = set(variant_ids)
    while new_ids:
        rows = await session.fetch_all(LIST_BUNDLES_WITH, ids=sorted(new_ids))
        new_ids = {bundle_id for (bundle_id,) in rows} - bundle_ids - set(variant_ids)
        bundle_ids |= new_ids
    return bundle_ids


async def bump_revision(
    session: SqlSession, places: Collection[int], *, content: bool, availability: bool
) -> None:
    """Count a change of the catalogue, of what can be bought, or of both.

    ``places`` are those of the products that have changed.
    """
    [numbers] = await session.fetch_all(
        BUMP_REVISION, id=REVISION_ID, content=int(content), availability=int(availability)
    )
    number = sum(numbers)
    if len(places) <= MAX_CHANGED_PLACES:
        previous = number - content - availability
        await session.execute_many(
            ADD_CHANGE,
            [
                {"revision": number, "place": place, "previous": previous}
                for place in sorted(places) or [NO_PLACE]
            ],
        )
    # A revision's number is one or two above the one before.
    oldest = number - KEPT_REVISIONS
    await session.execute(FORGET_CHANGES, numbers=[oldest - 1, oldest])


def batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """``ids`` in parts that are computed together."""
    return (
        ids[start : start + VARIANTS_PER_BATCH] for start in range(0, len(ids), VARIANTS_PER_BATCH)
    )
