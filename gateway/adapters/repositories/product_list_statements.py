"""The statements of lists of products, one for each form of a selection and each phase of an order.

A form says which conditions a selection has, not their values. Statements are put together from the
conditions of a form, because databases find the right index only if nothing else is there.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    case,
    distinct,
    exists,
    func,
    select,
    tuple_,
)

from gateway.adapters.repositories.catalogue_changes import availability
from gateway.adapters.repositories.catalogue_rows import products
from gateway.adapters.repositories.collection_rows import SHOWN_MEMBERSHIP
from gateway.adapters.repositories.product_list_writing import (
    product_facets,
    product_prices,
    variant_options,
    variant_prices,
)
from gateway.adapters.sql.flagged_rows import has_flag
from gateway.adapters.sql.statements import Statement, in_list, table
from gateway.adapters.sql.walked_columns import WalkedColumn
from gateway.adapters.sql.word_search import has_words
from gateway.adapters.tables.catalogue import PRODUCT_IS_LISTED
from gateway.adapters.tables.collections import CollectionProductRow
from gateway.adapters.tables.product_lists import PRODUCT_SEARCH
from gateway.engine.catalogue.product_choices import MAX_FACET_VALUES
from gateway.engine.catalogue.product_index import VARIANT_BITS
from gateway.engine.catalogue.product_orders import SEARCH_PHASES, Phase
from gateway.engine.catalogue.product_selections import (
    FIXED_FACETS,
    ProductFilter,
    ProductSelection,
)

MAX_STATEMENTS = 512
"""Statements that are kept; the one that was used longest ago is forgotten."""
MAX_FACET_ROWS = 20_000
MIN_LARGE_LIST = 2_000
"""Of more products, a page is read faster by walking through all than by sorting them."""
MIN_LARGE_COUNT = 20_000
"""More products are counted faster by walking through all than by looking each up."""

Condition = ColumnElement[bool]

collection_products = table(CollectionProductRow)


@dataclass(frozen=True, slots=True)
class SelectionForm:
    """Which conditions a selection has, and whether many products meet them."""

    product_conditions: int = 0
    options: int = 0
    available: bool = False
    price_min: bool = False
    price_max: bool = False
    words: bool = False
    collection: bool = False
    places: bool = False
    """It is known where its products are: their places are the only condition."""
    is_large: bool = False

    @property
    def has_variant_conditions(self) -> bool:
        """Whether one variant must meet conditions."""
        return bool(self.options or self.available or self.price_min or self.price_max)


DESCENDING = {Phase.NEWEST, Phase.HIGHEST}
"""Phases whose columns are sorted downwards."""
PRICED = {Phase.LOWEST, Phase.HIGHEST}
SORT_COLUMNS: dict[Phase, tuple[ColumnElement[int] | ColumnElement[str], ...]] = {
    Phase.PLACE: (products.c.place,),
    Phase.COLLECTION: (collection_products.c.place,),
    Phase.TITLE: (products.c.title_key, products.c.place),
    Phase.NEWEST: (products.c.created_at, products.c.place),
    Phase.LOWEST: (product_prices.c.lowest, product_prices.c.place),
    Phase.HIGHEST: (product_prices.c.highest, product_prices.c.place),
    Phase.WITHOUT_PRICE: (products.c.place,),
    Phase.IN_TITLE: (products.c.title_key, products.c.place),
    Phase.ELSEWHERE: (products.c.title_key, products.c.place),
}
TEXT_COLUMNS = {products.c.title_key}


def form_of(selection: ProductSelection, *, is_large: bool = False) -> SelectionForm:
    """The form of a selection."""
    conditions: ProductFilter = selection.filter
    return SelectionForm(
        product_conditions=len(conditions.product_conditions),
        options=len(conditions.options),
        available=conditions.available is not None,
        price_min=conditions.price_min is not None,
        price_max=conditions.price_max is not None,
        words=selection.words is not None,
        collection=selection.collection_id is not None,
        is_large=is_large,
    )


@lru_cache(maxsize=MAX_STATEMENTS)
def page_statement(form: SelectionForm, phase: Phase) -> Statement:
    """The ids and the sort columns of up to ``most`` products after ``after_0``, ``after_1``."""
    columns = SORT_COLUMNS[phase]
    after = [
        bindparam(f"after_{index}", type_=String if column in TEXT_COLUMNS else BigInteger)
        for index, column in enumerate(columns)
    ]
    is_after = (
        tuple_(*columns) < tuple_(*after)
        if phase in DESCENDING
        else tuple_(*columns) > tuple_(*after)
    )
    if phase is Phase.COLLECTION:
        form = replace(form, collection=False)
    place = _condition_place(form, products.c.place)
    if form.places and phase in PRICED:
        place = product_prices.c.place
    statement = select(products.c.id, *columns).where(
        PRODUCT_IS_LISTED, *_product_conditions(form, place), is_after
    )
    if phase in PRICED:
        statement = statement.join(
            product_prices, product_prices.c.place == products.c.place
        ).where(product_prices.c.currency == bindparam("currency"))
    if phase is Phase.COLLECTION:
        statement = statement.join(
            collection_products, collection_products.c.product_id == products.c.id
        ).where(collection_products.c.membership_id == SHOWN_MEMBERSHIP)
    if phase is Phase.WITHOUT_PRICE:
        statement = statement.where(
            ~exists().where(
                product_prices.c.place == products.c.place,
                product_prices.c.currency == bindparam("currency"),
            )
        )
    if phase in SEARCH_PHASES and not form.places:
        in_title = has_words(place, PRODUCT_SEARCH.c.title, "words")
        statement = statement.where(in_title if phase is Phase.IN_TITLE else ~in_title)
    order = [column.desc() for column in columns] if phase in DESCENDING else columns
    return Statement(statement.order_by(*order).limit(bindparam("most")))


@lru_cache(maxsize=MAX_STATEMENTS)
def count_statement(form: SelectionForm) -> Statement[tuple[int]]:
    """How many products a selection has."""
    return Statement(
        select(func.count())
        .select_from(products)
        .where(PRODUCT_IS_LISTED, *_product_conditions(form, products.c.place))
    )


@lru_cache(maxsize=MAX_STATEMENTS)
def facet_statement(
    form: SelectionForm, *, excludes_names: bool
) -> Statement[tuple[str, str, int]]:
    """Names, values and numbers of products, for the facets in the list ``names`` or all others."""
    is_named = in_list(product_facets.c.name, "names")
    counts = (
        select(product_facets.c.name, product_facets.c.value, func.count().label("products"))
        .where(
            ~is_named if excludes_names else is_named,
            *_product_conditions(form, _condition_place(form, product_facets.c.place)),
        )
        .group_by(product_facets.c.name, product_facets.c.value)
    )
    return Statement(_most_frequent(counts))


@lru_cache(maxsize=MAX_STATEMENTS)
def option_facet_statement(
    form: SelectionForm, *, excludes_names: bool
) -> Statement[tuple[str, str, int]]:
    """As ``facet_statement``, of options alone, where one variant must meet all conditions."""
    place = _place_of(variant_options.c.number)
    is_named = in_list(variant_options.c.name, "names")
    counts = (
        select(
            variant_options.c.name,
            variant_options.c.value,
            func.count(distinct(place)).label("products"),
        )
        .where(
            ~is_named if excludes_names else is_named,
            variant_options.c.number.in_(_variant_numbers(form)),
            *_own_conditions(form, place),
        )
        .group_by(variant_options.c.name, variant_options.c.value)
    )
    return Statement(_most_frequent(counts))


@lru_cache(maxsize=MAX_STATEMENTS)
def available_facet_statement(form: SelectionForm) -> Statement[tuple[bool, int]]:
    """How many products have a variant that can be bought, and how many one that cannot."""
    place = _place_of(availability.c.number)
    conditions = list(_own_conditions(form, place))
    if form.has_variant_conditions:
        conditions.append(availability.c.number.in_(_variant_numbers(form)))
    return Statement(
        select(availability.c.for_sale, func.count(distinct(place)))
        .where(availability.c.for_sale.is_not(None), *conditions)
        .group_by(availability.c.for_sale)
    )


def _most_frequent(counts: Select[tuple[str, str, int]]) -> Select[tuple[str, str, int]]:
    """Of each facet the values that most products have, the fixed facets first."""
    counted = counts.subquery()
    order = (counted.c.products.desc(), counted.c.value)
    ranked = select(
        counted,
        func.row_number().over(partition_by=counted.c.name, order_by=order).label("rank"),
    ).subquery()
    return (
        select(ranked.c.name, ranked.c.value, ranked.c.products)
        .where(ranked.c.rank <= MAX_FACET_VALUES)
        .order_by(
            case(
                {name: index for index, name in enumerate(FIXED_FACETS)},
                value=ranked.c.name,
                else_=len(FIXED_FACETS),
            ),
            ranked.c.name,
            ranked.c.rank,
        )
        .limit(MAX_FACET_ROWS)
    )


def _condition_place(form: SelectionForm, place: ColumnElement[int]) -> ColumnElement[int]:
    return WalkedColumn(place) if form.is_large else place


def _place_of(number: ColumnElement[int]) -> ColumnElement[int]:
    bits = bindparam(None, VARIANT_BITS, type_=Integer)
    return number.op(">>", return_type=BigInteger())(bits)


def _product_conditions(form: SelectionForm, place: ColumnElement[int]) -> list[Condition]:
    """The conditions that the product at ``place``, and one variant of it, must meet."""
    conditions = _own_conditions(form, place)
    if form.has_variant_conditions:
        number = _variant_numbers(form).subquery().c.number
        conditions.append(place.in_(select(_place_of(number))))
    return conditions


def _own_conditions(form: SelectionForm, place: ColumnElement[int]) -> list[Condition]:
    """The conditions that have nothing to do with variants."""
    if form.places:
        return [has_flag(place, "places") if form.is_large else in_list(place, "places")]
    conditions: list[Condition] = [
        place.in_(
            select(product_facets.c.place).where(
                product_facets.c.name == bindparam(f"facet_{index}"),
                in_list(product_facets.c.value, f"values_{index}"),
            )
        )
        for index in range(form.product_conditions)
    ]
    if form.words:
        conditions.append(has_words(place, PRODUCT_SEARCH.c.words, "words"))
    if form.collection:
        members = products.alias("members")
        conditions.append(
            place.in_(
                select(members.c.place)
                .join(collection_products, collection_products.c.product_id == members.c.id)
                .where(collection_products.c.membership_id == SHOWN_MEMBERSHIP)
            )
        )
    return conditions


def _variant_numbers(form: SelectionForm) -> Select[tuple[int]]:
    """The numbers of the variants that meet all conditions on variants."""
    selects: list[Select[tuple[int]]] = [
        select(variant_options.c.number).where(
            variant_options.c.name == bindparam(f"option_{index}"),
            in_list(variant_options.c.value, f"option_values_{index}"),
        )
        for index in range(form.options)
    ]
    if form.price_min or form.price_max:
        in_range = [variant_prices.c.currency == bindparam("currency")]
        if form.price_min:
            in_range.append(variant_prices.c.amount >= bindparam("price_min", type_=BigInteger))
        if form.price_max:
            in_range.append(variant_prices.c.amount <= bindparam("price_max", type_=BigInteger))
        selects.append(select(variant_prices.c.number).where(*in_range))
    if form.available:
        selects.append(
            select(availability.c.number).where(
                availability.c.for_sale == bindparam("available", type_=Boolean)
            )
        )
    first, *others = selects
    for selection in others:
        first = first.where(first.selected_columns.number.in_(selection))
    return first
