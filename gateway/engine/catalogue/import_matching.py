"""Matching the lines of a product file to stored variants."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.engine.catalogue.product_rows import (
    IgnoredCell,
    ParsedProduct,
    ParsedVariant,
    RejectedRow,
)
from gateway.engine.catalogue.products import Product, Variant

NEW = ""
"""The id of a product or variant that does not exist yet."""


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A stored product with all its variants in order, listed or not."""

    product: Product
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of an import: the currency of prices, and whether it sets stock.

    If it ``completes`` products, variants that the file does not name are no longer listed.
    ``shared_skus`` are the SKUs that several variants have, in the file or in the catalogue. They
    do not identify a variant.
    """

    currency: str
    sets_stock: bool
    shared_skus: frozenset[str] = frozenset()
    completes: bool = False


@dataclass(frozen=True, slots=True)
class MatchedVariant:
    """A variant after the import, before it (None: new), and its line (None: not in the file)."""

    variant: Variant
    before: Variant | None
    parsed: ParsedVariant | None


@dataclass(frozen=True, slots=True)
class MergedProduct:
    """A product after the import with its variants, or the rejected lines."""

    product: Product
    variants: tuple[MatchedVariant, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    ignored: tuple[IgnoredCell, ...] = ()


def reject_row(parsed: ParsedProduct, line_number: int, reason: str) -> RejectedRow:
    """The rejection of a line of ``parsed``."""
    return RejectedRow(line_number, parsed.handle, reason)


def match_variants(
    parsed: ParsedProduct, variants: Sequence[Variant], import_options: ImportOptions
) -> tuple[dict[int, Variant], list[RejectedRow]]:
    """Match lines to variants: by SKU if it is unique, else by the values of the options."""
    variants_by_sku = {
        each.sku: each
        for each in variants
        if each.sku and each.sku not in import_options.shared_skus
    }
    matches = {
        each.line_number: variants_by_sku[each.sku]
        for each in parsed.variants
        if each.sku and each.sku in variants_by_sku
    }
    rejected: list[RejectedRow] = []
    matched_ids = {variant.id for variant in matches.values()}
    variants_by_values: dict[tuple[str, ...], list[Variant]] = {}
    for variant in variants:
        variants_by_values.setdefault(variant.option_values, []).append(variant)
    for row in parsed.variants:
        if row.line_number in matches:
            continue
        if row.option_values is not None:
            same_values = variants_by_values.get(row.option_values, [])
            candidates = _closest_variants(row, _without_matches(same_values, matched_ids))
        else:
            candidates = _without_matches(variants, matched_ids)
            candidates = [variant for variant in candidates if variant.listed] or candidates
            if len(parsed.variants) > 1 and candidates:
                rejected.append(
                    reject_row(parsed, row.line_number, _ambiguity_reason(row, variants))
                )
                continue
        if len(candidates) > 1:
            rejected.append(reject_row(parsed, row.line_number, _ambiguity_reason(row, candidates)))
        elif candidates:
            matches[row.line_number] = candidates[0]
            matched_ids.add(candidates[0].id)
    return matches, rejected


def _without_matches(variants: Iterable[Variant], matched_ids: Collection[str]) -> list[Variant]:
    return [variant for variant in variants if variant.id not in matched_ids]


def _closest_variants(row: ParsedVariant, candidates: list[Variant]) -> list[Variant]:
    """The candidates with the SKU of the row, else all candidates."""
    same_sku = [candidate for candidate in candidates if candidate.sku == row.sku]
    return same_sku or candidates


def _ambiguity_reason(row: ParsedVariant, variants: Sequence[Variant]) -> str:
    criterion = "options" if row.option_values is not None else "SKU alone"
    return f"which of {len(variants)} variants it is cannot be told by its {criterion}"


def find_duplicate_options(
    parsed: ParsedProduct, matched: Sequence[MatchedVariant], variants: Sequence[Variant]
) -> list[RejectedRow]:
    """The variants whose options are new and the same as those of another variant."""
    matched_ids = {entry.before.id for entry in matched if entry.before}
    used_options = {entry.option_values for entry in variants if entry.id not in matched_ids}
    unchanged = [entry for entry in matched if _keeps_options(entry)]
    changed = [entry for entry in matched if not _keeps_options(entry)]
    # Of a variant that is there and a new one, the line of the new one is named.
    changed.sort(key=lambda entry: entry.before is None)
    used_options |= {entry.variant.option_values for entry in unchanged}
    rejected: list[RejectedRow] = []
    for entry in changed:
        if entry.parsed is not None and entry.variant.option_values in used_options:
            reason = "another variant of the product has the same options"
            rejected.append(reject_row(parsed, entry.parsed.line_number, reason))
        used_options.add(entry.variant.option_values)
    return rejected


def _keeps_options(entry: MatchedVariant) -> bool:
    return entry.before is not None and entry.before.option_values == entry.variant.option_values


def shared_skus(
    parsed_products: Iterable[ParsedProduct],
    product_ids: Mapping[str, str],
    sku_owners: Mapping[str, Sequence[str]],
) -> frozenset[str]:
    """The SKUs of ``parsed_products`` that do not identify a variant.

    ``product_ids``: the ids of existing products by handle. ``sku_owners``: for each SKU the
    product id of each variant that has it.
    """
    owners_by_sku: dict[str, list[str | None]] = {}
    for parsed in parsed_products:
        for row in parsed.variants:
            if row.sku:
                owners_by_sku.setdefault(row.sku, []).append(product_ids.get(parsed.handle))
    return frozenset(
        sku
        for sku, owners in owners_by_sku.items()
        if len(owners) > 1 or list(sku_owners.get(sku, ())) not in ([], owners)
    )
