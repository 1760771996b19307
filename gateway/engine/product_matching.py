"""Which variants the lines of a product file are about, and what becomes of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue import UNLIMITED, Product, Stock, Variant
from gateway.engine.product_cells import StockSaid
from gateway.engine.product_lines import DraftProduct, DraftVariant, IgnoredCell, RefusedLine

NEW = ""
"""Stands for the id of what is not there yet."""


@dataclass(frozen=True, slots=True)
class Present:
    """A product as it is, with all its variants in their order, listed or not."""

    product: Product
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a file is taken: its prices' currency, whether it sets stock, and which SKUs tell.

    ``shared`` are the SKUs that more than one variant has, in the file or anywhere.
    """

    currency: str
    sets_stock: bool
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Matched:
    """A variant as it becomes, as it was (None: it is new), and its line, if the file names it."""

    variant: Variant
    before: Variant | None
    draft: DraftVariant | None


@dataclass(frozen=True, slots=True)
class Merged:
    """A product as it becomes, with its variants; or the lines for which it is refused."""

    product: Product
    matched: tuple[Matched, ...] = ()
    refused: tuple[RefusedLine, ...] = ()
    ignored: tuple[IgnoredCell, ...] = ()


@dataclass(frozen=True, slots=True)
class Naming:
    """How variants are called: after their product, as it was and is called, and their options."""

    before: Product
    now: Product

    def title(self, was: Variant, options: str | None = None) -> str:
        """The title of a variant; one of its own stays until its options change."""
        changed = options is not None and options != was.options
        if was.title and not changed and was.title != _title(self.before, was.options):
            return was.title
        return _title(self.now, was.options if options is None else options)


def merged(draft: DraftProduct, present: Present | None, on: Conditions) -> Merged:
    """What ``draft`` makes of a product that is there, or of none; new ids are left ``NEW``."""
    if present is None and draft.title is None:
        empty = Product(NEW, draft.handle, "")
        return Merged(empty, refused=(_refused(draft, draft.line, "Title is missing"),))
    was = present or Present(Product(NEW, draft.handle, draft.title or ""))
    product = _product(draft, was.product)
    named = Naming(was.product, product)
    found, refused = _found(draft, was.variants, on)
    rows: list[Matched] = []
    for each in draft.variants:
        before = found.get(each.line)
        if before is None and each.price is None:
            refused.append(_refused(draft, each.line, "Variant Price is missing"))
        rows.append(Matched(_variant(draft, each, named, before, on), before, each))
    refused += _alike(draft, rows, was.variants)
    if refused:
        return Merged(product, refused=tuple(refused))
    return Merged(product, _in_order(draft, named, rows, was), ignored=_left_alone(rows, on))


def _refused(draft: DraftProduct, line: int, why: str) -> RefusedLine:
    return RefusedLine(line, draft.handle, why)


# -- which variants


def _found(
    draft: DraftProduct, variants: Sequence[Variant], on: Conditions
) -> tuple[dict[int, Variant], list[RefusedLine]]:
    """The variants that lines are about: by SKU where it tells, else by the options' values."""
    own = {each.sku: each for each in variants if each.sku and each.sku not in on.shared}
    found = {each.line: own[each.sku] for each in draft.variants if each.sku and each.sku in own}
    refused: list[RefusedLine] = []
    for row in draft.variants:
        if row.line in found:
            continue
        claimed = {each.id for each in found.values()}
        left = [each for each in variants if each.id not in claimed]
        if row.options is not None:
            left = _closest(row, [each for each in left if each.options == row.options])
        elif len(draft.variants) > 1 and left:
            refused.append(_refused(draft, row.line, _untold(row, variants)))
            continue
        if len(left) > 1:
            refused.append(_refused(draft, row.line, _untold(row, left)))
        elif left:
            found[row.line] = left[0]
    return found, refused


def _closest(row: DraftVariant, left: list[Variant]) -> list[Variant]:
    """Of several variants with the same options those with the row's SKU, if there are any."""
    same = [each for each in left if each.sku == row.sku]
    return same or left


def _untold(row: DraftVariant, variants: Sequence[Variant]) -> str:
    by = "options" if row.options is not None else "SKU alone"
    return f"which of {len(variants)} variants it is cannot be told by its {by}"


def _alike(
    draft: DraftProduct, rows: Sequence[Matched], variants: Sequence[Variant]
) -> list[RefusedLine]:
    """New variants that nothing would tell from others of the product."""
    named = {each.before.id for each in rows if each.before}
    taken = {each.options for each in variants if each.id not in named}
    taken |= {each.variant.options for each in rows if each.before}
    refused: list[RefusedLine] = []
    for each in rows:
        if each.before is None and each.draft is not None:
            if each.variant.options in taken:
                why = "another variant of the product has the same options"
                refused.append(_refused(draft, each.draft.line, why))
            taken.add(each.variant.options)
    return refused


def _in_order(
    draft: DraftProduct, named: Naming, rows: Sequence[Matched], was: Present
) -> tuple[Matched, ...]:
    """All variants as they stand, new ones last; of the others what the product tells changes."""
    told = {each.before.id: each for each in rows if each.before}
    kept = [
        told.get(each.id) or Matched(_of_product(draft, each, named), each, None)
        for each in was.variants
    ]
    return (*kept, *(each for each in rows if each.before is None))


# -- what becomes of them


def _product(draft: DraftProduct, was: Product) -> Product:
    return replace(
        was,
        title=was.title if draft.title is None else draft.title,
        vendor=was.vendor if draft.vendor is None else draft.vendor,
        description=was.description if draft.description is None else draft.description,
        listed=was.listed if draft.listed is None else draft.listed,
    )


def _title(product: Product, options: str) -> str:
    return f"{product.title}, {options}" if options else product.title


def _of_product(draft: DraftProduct, was: Variant, named: Naming) -> Variant:
    """``was`` with what the file says of its product."""
    return replace(
        was,
        title=named.title(was),
        tax_category=was.tax_category if draft.category is None else draft.category or None,
        tags=draft.tags.on(was.tags),
    )


def _variant(
    draft: DraftProduct,
    row: DraftVariant,
    named: Naming,
    before: Variant | None,
    on: Conditions,
) -> Variant:
    """The variant as its line has it; what the file does not say stays as it is."""
    was = before or Variant(NEW, named.now.id, "", "", {}, stock=_first_stock(row.stock))
    options = was.options if row.options is None else row.options
    prices = was.prices if row.price is None else {**was.prices, on.currency: row.price}
    found = replace(
        _of_product(draft, was, named),
        title=named.title(was, options),
        options=options,
        sku=was.sku if row.sku is None else row.sku,
        prices=prices,
        grams=was.grams if row.grams is None else row.grams,
        stock=was.stock if before is None else _stock(row.stock, was.stock, on),
        listed=True,
    )
    return replace(found, tags=row.tags.on(found.tags))


def _first_stock(said: StockSaid) -> Stock:
    """The stock of a new variant: counted where the file counts it."""
    if said.counted is False or (said.counted is None and said.quantity is None):
        return UNLIMITED
    return Stock(said.quantity or 0, said.backorder or False)


def _stock(said: StockSaid, was: Stock, on: Conditions) -> Stock:
    """The stock of a variant that is there: how much only where the file is to set it."""
    backorder = was.backorder if said.backorder is None else said.backorder
    changed = replace(was, backorder=backorder)
    return replace(changed, available=_told(said, was)) if on.sets_stock else changed


def _told(said: StockSaid, was: Stock) -> int | None:
    """How many there are by the file; as many as there were where it does not say."""
    if said.counted is False:
        return None
    return was.available if said.quantity is None else said.quantity


def _left_alone(rows: Sequence[Matched], on: Conditions) -> tuple[IgnoredCell, ...]:
    """Stock that the file has otherwise, and SKUs that did not tell."""
    ignored: list[IgnoredCell] = []
    for each in rows:
        row = each.draft
        if row is None:
            continue
        if row.sku and row.sku in on.shared:
            why = "other variants have the same SKU: found by handle and options"
            ignored.append(IgnoredCell(row.line, "Variant SKU", why))
        unsaid = _unused_stock(row.stock, each.before, on)
        if unsaid is not None:
            ignored.append(IgnoredCell(row.line, "Variant Inventory Qty", unsaid))
    return tuple(ignored)


def _unused_stock(said: StockSaid, before: Variant | None, on: Conditions) -> str | None:
    """Why what the file says of stock is not taken, if it is not."""
    if before is not None and not on.sets_stock:
        if _told(said, before.stock) != before.stock.available:
            return "stock is left alone (--set-stock sets it)"
        return None
    if said.counted is False and said.quantity is not None:
        return "its tracker is empty, so it is not counted"
    return None


def shared_skus(
    drafts: Iterable[DraftProduct],
    products: Mapping[str, str],
    holders: Mapping[str, Sequence[str]],
) -> frozenset[str]:
    """The SKUs of ``drafts`` that tell no variant from others.

    ``products``: the ids of those that are there by their handles; ``holders``: the ids of the
    products of which variants have a SKU, once for each variant.
    """
    seen: dict[str, list[str | None]] = {}
    for draft in drafts:
        for row in draft.variants:
            if row.sku:
                seen.setdefault(row.sku, []).append(products.get(draft.handle))
    return frozenset(
        sku
        for sku, owners in seen.items()
        if len(owners) > 1 or list(holders.get(sku, ())) not in ([], owners)
    )
