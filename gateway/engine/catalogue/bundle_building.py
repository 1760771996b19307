"""Bundles from a product file: their components found by SKU, without loops, of bounded size."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.engine.catalogue.bundle_cells import FileComponent
from gateway.engine.catalogue.product_cells import quote_cell
from gateway.engine.catalogue.product_columns import BUNDLE_PARTS
from gateway.engine.catalogue.product_rows import RejectedRow
from gateway.engine.catalogue.products import BundleComponent, Variant

MAX_BUNDLE_DEPTH = 20
"""Levels of bundles in bundles; more are refused."""
MAX_BUNDLE_COMPONENTS = 500
"""Components of a bundle at all levels together; more are refused."""


MAX_LOOP_NAMES = 6
"""Bundles of a loop that a message names."""


@dataclass(frozen=True, slots=True)
class BundleDraft:
    """A bundle of the file: its variant with an id and without components, and its line."""

    line_number: int
    handle: str
    variant: Variant
    components: tuple[FileComponent, ...]

    @property
    def name(self) -> str:
        """The name of the bundle for messages."""
        return self.variant.sku or self.variant.title


@dataclass(frozen=True, slots=True)
class BundleResult:
    """The variants of bundles with their components, by id, and the rejected rows."""

    variants: Mapping[str, Variant]
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int
    component_count: int


def build_bundles(
    drafts: Sequence[BundleDraft],
    variants_by_sku: Mapping[str, Sequence[Variant]],
    currency: str,
) -> BundleResult:
    """Give ``drafts`` their components, which are among ``variants_by_sku``.

    A draft that cannot be built is rejected, and with it every bundle that has it as a component.
    """
    rejected: dict[str, RejectedRow] = {}
    component_variants: dict[str, tuple[Variant, ...]] = {}
    for draft in drafts:
        reason, found_variants = _find_components(draft, variants_by_sku)
        component_variants[draft.variant.id] = found_variants
        if reason:
            rejected[draft.variant.id] = _reject(draft, reason)
    drafts_by_id = {draft.variant.id: draft for draft in drafts}
    draft_ids = frozenset(drafts_by_id)
    needs = {id: _draft_ids(variants, draft_ids) for id, variants in component_variants.items()}
    built: dict[str, Variant] = {}
    sizes: dict[str, _Size] = {}
    for id in _order_by_needs(needs):
        draft = drafts_by_id[id]
        if id in rejected:
            continue
        refused_component = next((need for need in needs[id] if need in rejected), None)
        if refused_component is not None:
            name = quote_cell(drafts_by_id[refused_component].name)
            rejected[id] = _reject(draft, f"its part {name} is refused")
            continue
        size = _measure(component_variants[id], sizes)
        reason = _size_reason(size)
        if reason:
            rejected[id] = _reject(draft, reason)
            continue
        sizes[id] = size
        built[id] = _build(draft, component_variants[id], built, currency)
    ended_ids = frozenset(rejected.keys() | built.keys())
    for id in needs.keys() - ended_ids:
        reason = _loop_reason(id, needs, drafts_by_id, ended_ids)
        rejected[id] = _reject(drafts_by_id[id], reason)
    return BundleResult(built, tuple(sorted(rejected.values(), key=lambda row: row.line_number)))


def _reject(draft: BundleDraft, reason: str) -> RejectedRow:
    return RejectedRow(draft.line_number, draft.handle, f"{BUNDLE_PARTS}: {reason}")


def _find_components(
    draft: BundleDraft, variants_by_sku: Mapping[str, Sequence[Variant]]
) -> tuple[str, tuple[Variant, ...]]:
    """The variants of the components, or the reason why one cannot be found."""
    component_variants: list[Variant] = []
    for component in draft.components:
        candidates = variants_by_sku.get(component.sku, ())
        if len(candidates) != 1:
            number = "several variants have" if candidates else "no variant has"
            return f"{number} the SKU {quote_cell(component.sku)}", ()
        component_variants.append(candidates[0])
    return "", tuple(component_variants)


def _draft_ids(variants: Iterable[Variant], draft_ids: frozenset[str]) -> tuple[str, ...]:
    """The drafts among ``variants`` and their components, at any level that is not a draft."""
    ids: dict[str, None] = {}
    visited: set[str] = set()
    waiting = list(variants)
    while waiting:
        variant = waiting.pop()
        if variant.id in draft_ids:
            ids[variant.id] = None
        elif variant.id not in visited:
            visited.add(variant.id)
            waiting += [component.variant for component in variant.components]
    return tuple(ids)


def _order_by_needs(needs: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The ids, each after those that it needs; those that lead into a loop are left out."""
    open_counts = {id: len(needed) for id, needed in needs.items()}
    dependents: dict[str, list[str]] = {}
    for id, needed in needs.items():
        for need in needed:
            dependents.setdefault(need, []).append(id)
    ordered = [id for id, count in open_counts.items() if count == 0]
    for id in ordered:
        for dependent in dependents.get(id, ()):
            open_counts[dependent] -= 1
            if open_counts[dependent] == 0:
                ordered.append(dependent)
    return ordered


def _measure(variants: Iterable[Variant], sizes: dict[str, _Size]) -> _Size:
    """The size of a bundle of ``variants``. Sizes that are computed on the way are kept."""
    component_sizes = [_measure_component(variant, sizes) for variant in variants]
    return _Size(
        1 + max((size.depth for size in component_sizes), default=0),
        sum(1 + size.component_count for size in component_sizes),
    )


def _measure_component(variant: Variant, sizes: dict[str, _Size]) -> _Size:
    if variant.id not in sizes:
        components = [component.variant for component in variant.components]
        sizes[variant.id] = _measure(components, sizes) if components else _Size(0, 0)
    return sizes[variant.id]


def _size_reason(size: _Size) -> str:
    if size.depth > MAX_BUNDLE_DEPTH:
        return f"{size.depth} levels of bundles in bundles; at most {MAX_BUNDLE_DEPTH} are possible"
    if size.component_count > MAX_BUNDLE_COMPONENTS:
        return (
            f"{size.component_count} components at all levels; at most {MAX_BUNDLE_COMPONENTS} "
            "are possible"
        )
    return ""


def _build(
    draft: BundleDraft,
    component_variants: Sequence[Variant],
    built: Mapping[str, Variant],
    currency: str,
) -> Variant:
    """The variant of ``draft`` with its components. Prices in other currencies stay."""
    previous_prices = {
        component.variant.id: component.prices for component in draft.variant.components
    }
    return replace(
        draft.variant,
        components=tuple(
            BundleComponent(
                built.get(variant.id, variant),
                component.quantity,
                {**previous_prices.get(variant.id, {}), currency: component.price},
            )
            for component, variant in zip(draft.components, component_variants, strict=True)
        ),
    )


def _loop_reason(
    id: str,
    needs: Mapping[str, Sequence[str]],
    drafts_by_id: Mapping[str, BundleDraft],
    ended_ids: frozenset[str],
) -> str:
    """The loop in which the draft is, or to which it leads, as names from bundle to component."""
    path = [id]
    while True:
        # A draft that was never built needs another that was not.
        following = next(need for need in needs[path[-1]] if need not in ended_ids)
        if following in path:
            loop = [*path[path.index(following) :], following]
            names = " > ".join(drafts_by_id[each].name for each in loop[:MAX_LOOP_NAMES])
            return f"bundles that contain each other: {names}"
        path.append(following)
