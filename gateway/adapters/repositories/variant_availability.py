"""Whether variants can be bought, computed at the end of each transaction that may change it."""

from collections.abc import Sequence

from gateway.adapters.repositories.catalogue import CatalogueRepository
from gateway.adapters.repositories.catalogue_changes import (
    AVAILABILITY,
    CONTENT,
    LIST_WHERE_PRODUCT_IS_LISTED,
    LOCK_AVAILABILITY,
    SAVE_AVAILABILITY,
    batches,
    bump_revision,
    list_bundles_with,
)
from gateway.adapters.sql.session import SqlSession
from gateway.engine.catalogue.product_index import VARIANT_BITS


async def finish_catalogue_changes(session: SqlSession) -> None:
    """Bring what lists of products are made of up to date, and count the change."""
    work = session.closing_work
    if not work:
        return
    variant_ids = work.pop(AVAILABILITY, set())
    sold_places: set[int] = set()
    if variant_ids:
        variant_ids |= await list_bundles_with(session, variant_ids)
        for batch in batches(sorted(variant_ids)):
            sold_places |= await _refresh_availability(session, batch)
    content = work.pop(CONTENT, None)
    if sold_places or content is not None:
        await bump_revision(
            session,
            sold_places.union(map(int, content or ())),
            content=content is not None,
            availability=bool(sold_places),
        )


async def _refresh_availability(session: SqlSession, variant_ids: Sequence[str]) -> set[int]:
    """Compute whether these variants can be bought; returns the places of products that changed."""
    # Whoever changes another component of the same bundle waits here, and then reads our stock.
    rows = await session.fetch_all(LOCK_AVAILABILITY, ids=list(variant_ids))
    listed_rows = await session.fetch_all(LIST_WHERE_PRODUCT_IS_LISTED, ids=list(variant_ids))
    listed_ids = {variant_id for (variant_id,) in listed_rows}
    variants = await CatalogueRepository(session).load_variants(list(variant_ids))
    changes, places = [], set()
    for variant_id, number, saved in rows:
        for_sale = variants[variant_id].available_for_sale if variant_id in listed_ids else None
        if for_sale != (None if saved is None else bool(saved)):
            changes.append({"id": variant_id, "sold": for_sale})
            places.add(number >> VARIANT_BITS)
    await session.execute_many(SAVE_AVAILABILITY, changes)
    return places
