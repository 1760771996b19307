"""Products and variants: prices, stock, and the items that they become in a purchase."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from gateway.engine.pricing.purchase import Item, RatesByTable
from gateway.engine.pricing.tags import BACKORDER, DIGITAL, ERROR, NOT_DISCOUNTABLE
from gateway.engine.values import LastingValue, value_object

MAX_KEPT_SELECTIONS = 4_096
"""Combinations of options and values that a process keeps."""


@value_object
class Stock:
    """The quantity in stock and the time until it is shipped.

    ``available`` of None means unlimited; a negative number is owed to buyers. ``ships_in_days``
    applies to goods in stock, ``backorder_days`` to goods on back-order.
    """

    available: int | None = None
    backorder: bool = False
    ships_in_days: int = 0
    backorder_days: int = 0

    def has(self, quantity: int) -> bool:
        """Whether ``quantity`` is in stock."""
        return self.available is None or quantity <= self.available

    def can_sell(self, quantity: int) -> bool:
        """Whether ``quantity`` can be sold, from stock or on back-order."""
        return self.backorder or self.has(quantity)

    def days_to_ship(self, quantity: int) -> int:
        """The expected number of days until ``quantity`` is shipped."""
        return self.ships_in_days if self.has(quantity) else self.backorder_days


UNLIMITED_STOCK = Stock()


@value_object
class Image:
    """A picture: its address, the text for who cannot see it, and its size in pixels, if known."""

    url: str
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None


@value_object
class ProductOption:
    """What the variants of a product differ in: a name such as Color, and the values in use."""

    name: str
    values: tuple[str, ...]


@value_object
class SelectedOption:
    """The value that a variant has of one option."""

    name: str
    value: str


@value_object
class Seo:
    """The texts for search engines; None where the product's own serve."""

    title: str | None = None
    description: str | None = None


NO_SEO = Seo()


@dataclass(frozen=True, slots=True)
class BundleComponent:
    """One component of a bundle: its quantity, and its unit prices in it (minor units)."""

    variant: "Variant"
    quantity: int
    prices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class NestedComponent:
    """A component of a bundle, or of a bundle in it.

    ``parent`` is the bundle that it is part of; ``depth`` is 0 for the parts of the outermost one.
    """

    component: BundleComponent
    parent: "Variant"
    depth: int

    @property
    def variant(self) -> "Variant":
        """What it is."""
        return self.component.variant

    @property
    def quantity(self) -> int:
        """How many of it are in one of the parent."""
        return self.component.quantity


@value_object
class Variant(LastingValue):
    """A variant of a product, which can be bought.

    ``prices`` are in minor units by currency code, for a bundle without its components.
    ``tax_table`` selects an alternate table, ``tax_category`` the rules for such goods. ``grams``
    is the weight, for a bundle without its components. A variant that is not ``listed`` is not
    sold, but orders may contain it. ``sku`` and ``barcode`` are empty if the merchant has none.
    ``option_values`` distinguish it from other variants of its product, in the order of the
    product's ``option_names``. ``compare_at_prices`` are earlier unit prices in minor units by
    currency code, for a bundle with its components; None without any. ``tags`` are those that rules
    use; those for buyers are the product's. ``image`` shows this variant; None without one of its
    own. Where the product is not listed (``product_listed``), it is sold in bundles only.
    """

    id: str
    product_id: str
    sku: str
    title: str
    prices: Mapping[str, int]
    tax_table: str | None = None
    tax_category: str | None = None
    grams: int = 0
    tags: frozenset[str] = frozenset()
    stock: Stock = UNLIMITED_STOCK
    discountable: bool = True
    components: tuple[BundleComponent, ...] = ()
    listed: bool = True
    option_values: tuple[str, ...] = ()
    compare_at_prices: Mapping[str, int] | None = None
    barcode: str = ""
    image: Image | None = None
    product_listed: bool = True

    @property
    def options(self) -> str:
        """The values of the options as in the variant's title; empty without any."""
        return " / ".join(self.option_values)

    def price(self, currency: str) -> int | None:
        """The unit price with all components, in minor units; None if not sold in this currency."""
        if not self.components:
            return self.prices.get(currency)
        return _sum_prices(self.prices, self.components, currency)

    def compare_at_price(self, currency: str) -> int | None:
        """The earlier unit price, in minor units; None unless it is above the present price."""
        price, compare_at_price = self.price(currency), (self.compare_at_prices or {}).get(currency)
        if price is None or compare_at_price is None or compare_at_price <= price:
            return None
        return compare_at_price

    @property
    def available(self) -> int | None:
        """The quantity in stock, limited by its components; None means unlimited."""
        counts = [self.stock.available]
        for component in self.components:
            component_count = component.variant.available
            counts.append(
                None if component_count is None else component_count // component.quantity
            )
        limits = [max(0, count) for count in counts if count is not None]
        return min(limits) if limits else None

    @property
    def available_for_sale(self) -> bool:
        """Whether one can be bought now, from stock or on back-order."""
        return self.can_sell(1)

    @property
    def requires_shipping(self) -> bool:
        """Whether it or one of its components is shipped; what is DIGITAL is not."""
        if self.components:
            return any(component.variant.requires_shipping for component in self.components)
        return DIGITAL not in self.tags

    @property
    def ships_in_days(self) -> int | None:
        """The days until one is shipped; None where it ships at once, or cannot be bought."""
        return self.days_to_ship(1) or None if self.available_for_sale else None

    def can_sell(self, quantity: int) -> bool:
        """Whether ``quantity`` can be sold with all components."""
        return self.product_listed and self.can_supply(quantity)

    def can_supply(self, quantity: int) -> bool:
        """Whether ``quantity`` can be sold in a bundle: its product need not be listed."""
        if not (self.listed and self.stock.can_sell(quantity)):
            return False
        return not self.components or all(
            component.variant.can_supply(quantity * component.quantity)
            for component in self.components
        )

    def days_to_ship(self, quantity: int) -> int:
        """The expected number of days until ``quantity`` and its last component are shipped."""
        component_days = (
            component.variant.days_to_ship(quantity * component.quantity)
            for component in self.components
        )
        return (
            max(self.stock.days_to_ship(quantity), *component_days)
            if self.components
            else self.stock.days_to_ship(quantity)
        )

    def nested_components(self, depth: int = 0) -> Iterator[NestedComponent]:
        """Yield the parts of a bundle and theirs, each before its own parts."""
        for component in self.components:
            yield NestedComponent(component, self, depth)
            yield from component.variant.nested_components(depth + 1)

    def stock_demand(self, quantity: int) -> dict[str, int]:
        """The quantities taken from stock by variant id, for itself and its components."""
        demand = {self.id: quantity}
        for component in self.components:
            for variant_id, count in component.variant.stock_demand(
                quantity * component.quantity
            ).items():
                demand[variant_id] = demand.get(variant_id, 0) + count
        return demand


@value_object
class Product(LastingValue):
    """A product of the catalogue: what a page shows of it; its variants are what is bought.

    ``handle`` is its name in files and addresses of pages. ``description`` is plain text,
    ``description_html`` the same as sanitised HTML. ``tags`` are as the merchant wrote them.
    ``option_names`` are what its variants differ in, in order; empty with a single variant. The
    first of ``images`` shows the product in lists.
    """

    id: str
    handle: str
    title: str
    vendor: str = ""
    description: str = ""
    listed: bool = True
    description_html: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    option_names: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    seo: Seo = NO_SEO

    @property
    def featured_image(self) -> Image | None:
        """The picture that shows the product in lists."""
        return self.images[0] if self.images else None

    def options(self, variants: Iterable["Variant"]) -> tuple[ProductOption, ...]:
        """The options with the values that ``variants`` of the product have, in their order."""
        values_by_option = zip(*(variant.option_values for variant in variants), strict=False)
        return tuple(
            ProductOption(name, tuple(dict.fromkeys(values)))
            for name, values in zip(self.option_names, values_by_option, strict=False)
        )

    def selected_options(self, variant: "Variant") -> tuple[SelectedOption, ...]:
        """The values that a variant of the product has of its options."""
        return _select_options(self.option_names, variant.option_values)


# The same few options and values come again in every list.
@lru_cache(maxsize=MAX_KEPT_SELECTIONS)
def _select_options(
    option_names: tuple[str, ...], option_values: tuple[str, ...]
) -> tuple[SelectedOption, ...]:
    pairs = zip(option_names, option_values, strict=False)
    return tuple(SelectedOption(name, value) for name, value in pairs)


def _sum_prices(
    prices: Mapping[str, int], components: Iterable[BundleComponent], currency: str
) -> int | None:
    """A price with those of all components and of theirs; None if one has none."""
    total = prices.get(currency)
    for component in components:
        price = _sum_prices(component.prices, component.variant.components, currency)
        if total is None or price is None:
            return None
        total += price * component.quantity
    return total


class NotSoldInCurrency(LookupError):
    """A variant has no price in a currency."""


@value_object
class VariantQuantity:
    """A variant, a quantity, and the unit price when the buyer added it (minor units, or None)."""

    variant: Variant
    quantity: int
    price_when_added: int | None = None


def build_item(variant_quantity: VariantQuantity, currency: str, *, includes_tax: bool) -> Item:
    """Build the item of a purchase for ``variant_quantity``.

    Raises:
        NotSoldInCurrency: the variant or a component has no price in ``currency``.

    """
    component = BundleComponent(
        variant_quantity.variant, variant_quantity.quantity, variant_quantity.variant.prices
    )
    return _build_line(
        component, currency, 1, includes_tax, _price_when_added(variant_quantity, currency)
    )


def _price_when_added(variant_quantity: VariantQuantity, currency: str) -> int | None:
    """The variant's own price when it was added, without the components of a bundle."""
    variant, price_when_added = variant_quantity.variant, variant_quantity.price_when_added
    if price_when_added is None or not variant.components:
        return price_when_added
    own_price, total_price = variant.prices.get(currency), variant.price(currency)
    return (
        None
        if own_price is None or total_price is None
        else own_price + price_when_added - total_price
    )


def _build_line(
    component: BundleComponent,
    currency: str,
    parent_units: int,
    includes_tax: bool,  # noqa: FBT001
    price_when_added: int | None = None,
) -> Item:
    """Build the item for ``component``, which occurs in each of ``parent_units`` units.

    The components of a bundle become components of the item.
    """
    variant, units = component.variant, component.quantity * parent_units
    price = component.prices.get(currency)
    if price is None:
        raise NotSoldInCurrency(f"{variant.sku or variant.title} in {currency}")
    return Item(
        reference=variant.id,
        name=variant.title,
        unit_price=price,
        quantity=component.quantity,
        includes_tax=includes_tax,
        tax_source=RatesByTable(variant.tax_table, variant.tax_category),
        tags=_variant_tags(variant, units),
        components=tuple(
            _build_line(child, currency, units, includes_tax) for child in variant.components
        ),
        grams=variant.grams,
        price_when_added=price_when_added,
        variant_id=variant.id,
    )


def build_unavailable_item(variant_id: str, quantity: int) -> Item:
    """Build the item for a variant that is not sold: it is shown but cannot be purchased."""
    return Item(
        reference=variant_id,
        name="No longer sold",
        unit_price=0,
        quantity=quantity,
        tags=frozenset({ERROR}),
        variant_id=variant_id,
    )


def _variant_tags(variant: Variant, units: int) -> frozenset[str]:
    tags = variant.tags
    if not variant.discountable:
        tags |= {NOT_DISCOUNTABLE}
    if not variant.stock.has(units):
        tags |= {BACKORDER}
    return tags
