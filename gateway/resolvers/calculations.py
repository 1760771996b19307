"""Carts by the merchant's own calculator, which is asked for what the selected fields need.

Without a calculator no selection is read.
"""

from collections.abc import Awaitable, Iterable, Mapping
from typing import TypeAlias

import strawberry
from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_interface_type,
    is_object_type,
)

from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.calculations import ALL_PARTS, CalculationPart
from gateway.resolvers.context import Info
from gateway.services import carts
from gateway.services.calculations import calculate_cart
from gateway.services.outcomes import Outcome

Parts: TypeAlias = frozenset[CalculationPart]
"""What is asked of the calculator: shipping needs the codes, and taxes need both."""

NOTHING: Parts = frozenset()
CODES: Parts = frozenset({CalculationPart.CODES})
SHIPPING: Parts = CODES | {CalculationPart.SHIPPING}
EVERYTHING: Parts = ALL_PARTS

CART = "Cart"
PARTS_BY_FIELD: Mapping[str, Mapping[str, Parts]] = {
    CART: dict.fromkeys(
        (
            "id",
            "version",
            "totalQuantity",
            "customer",
            "destination",
            "note",
            "attributes",
            "order",
            "currency",
            "items",
            "allItems",
            "codes",
        ),
        NOTHING,
    )
    | {"discountTotal": CODES, "tags": CODES, "shippingOptions": SHIPPING}
    | dict.fromkeys(
        (
            "calculatedBy",
            "subtotal",
            "itemsTotal",
            "shippingTotal",
            "total",
            "due",
            "taxState",
            "taxSummary",
            "adjustments",
            "display",
            "explanations",
        ),
        EVERYTHING,
    ),
    "PurchaseItem": dict.fromkeys(
        (
            "reference",
            "variant",
            "name",
            "quantity",
            "unitPrice",
            "tags",
            "components",
            "lineId",
            "depth",
            "attributes",
        ),
        NOTHING,
    )
    | {"discount": CODES, "total": EVERYTHING, "taxLines": EVERYTHING},
    "ShippingOption": dict.fromkeys(("id", "name", "selected"), SHIPPING) | {"price": EVERYTHING},
    "CartCode": dict.fromkeys(("code", "kind", "applied", "reason"), CODES)
    | {"amount": EVERYTHING},
}
"""What the fields of a cart need, with what is selected below them; any other needs everything."""


async def calculate_shown(cart: PricedCart | None, info: Info) -> PricedCart | None:
    """``cart`` as the selected fields show it, by the calculator as far as they need that.

    Call it outside the lock of purchases and every transaction.
    """
    if cart is None or info.context.dependencies.calculator is None:
        return cart
    return await _calculate(cart, info)


def payload_cart(
    root: strawberry.Parent[Outcome[PricedCart]], info: Info
) -> PricedCart | Awaitable[PricedCart] | None:
    """The cart of an outcome, as the selected fields show it."""
    cart = root.value
    # Awaited only where there is a calculator.
    if cart is None or info.context.dependencies.calculator is None:
        return cart
    return _calculate_changed(cart, info, was_changed=not root.user_errors)


async def _calculate_changed(cart: PricedCart, info: Info, *, was_changed: bool) -> PricedCart:
    """``cart`` by the calculator; of a cart that was changed, the amount due is saved as shown."""
    shown_cart = await _calculate(cart, info)
    if was_changed and shows_due(info):
        await carts.save_displayed_due(shown_cart, info.context.dependencies)
    return shown_cart


async def _calculate(cart: PricedCart, info: Info) -> PricedCart:
    calculator = info.context.dependencies.calculator
    parts = parts_to_ask(info)
    if calculator is not None and parts == CODES and CalculationPart.CODES not in calculator.parts:
        # A code of the shop's own rules may make shipping free.
        parts = SHIPPING
    return await calculate_cart(cart, parts, calculator)


def payload_parts(info: Info) -> Parts:
    """What the payload of a mutation shows of its cart, so that it is asked for only once."""
    return NOTHING if info.context.dependencies.calculator is None else parts_to_ask(info)


def shows_due(info: Info) -> bool:
    """Whether the selected fields show what is left to pay, with all that decides it."""
    if info.context.dependencies.calculator is None:
        return True
    return selected_parts(info) == EVERYTHING


def parts_to_ask(info: Info) -> Parts:
    """What a cart needs that is resolved at ``info``: nothing, or what the operation shows of any.

    A cart that stands in an operation several times is asked for once: for all that is shown of it.
    """
    if not selected_parts(info):
        return NOTHING
    reader = _reader(info)
    root = reader.schema.get_root_type(info.operation.operation)
    return NOTHING if root is None else reader.read(info.operation.selection_set, root)


def selected_parts(info: Info) -> Parts:
    """What the fields need that are selected below the field of ``info``."""
    raw_info = info._raw_info  # noqa: SLF001 - Strawberry offers neither nodes nor fragments
    reader = _reader(info)
    return reader.read_fields(raw_info.field_nodes, raw_info.parent_type)


def _reader(info: Info) -> "PartsReader":
    raw_info = info._raw_info  # noqa: SLF001 - as above
    return PartsReader(raw_info.schema, raw_info.fragments, info.variable_values)


class PartsReader:
    """Reads what is needed of the calculator from selections, each fragment once for a type."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, object],
    ) -> None:
        self.schema = schema
        self._fragments = fragments
        self._variables = variables
        self._read_fragments: set[tuple[str, str, bool]] = set()

    def read_fields(self, nodes: Iterable[FieldNode], parent: GraphQLNamedType) -> Parts:
        """What ``nodes``, fields of ``parent``, need of carts."""
        is_in_cart = parent.name in PARTS_BY_FIELD
        return NOTHING.union(
            *(self._read_field(node, parent, is_in_cart=is_in_cart) for node in nodes)
        )

    def read(
        self,
        selections: SelectionSetNode,
        type_: GraphQLNamedType,
        *,
        is_in_cart: bool = False,
    ) -> Parts:
        """What ``selections`` on ``type_`` need; only what stands in a cart needs anything."""
        parts = NOTHING
        for selection in selections.selections:
            if not self._is_skipped(selection):
                parts |= self._read_selection(selection, type_, is_in_cart=is_in_cart)
        return parts

    def _read_selection(
        self,
        selection: SelectionNode,
        type_: GraphQLNamedType,
        *,
        is_in_cart: bool,
    ) -> Parts:
        match selection:
            case FieldNode():
                return self._read_field(selection, type_, is_in_cart=is_in_cart)
            case InlineFragmentNode():
                condition = selection.type_condition
                name = type_.name if condition is None else condition.name.value
                return self._read_fragment(
                    selection.selection_set, name, type_, is_in_cart=is_in_cart
                )
            case FragmentSpreadNode():
                key = (selection.name.value, type_.name, is_in_cart)
                if key in self._read_fragments:
                    return NOTHING
                self._read_fragments.add(key)
                fragment = self._fragments[selection.name.value]
                name = fragment.type_condition.name.value
                return self._read_fragment(
                    fragment.selection_set, name, type_, is_in_cart=is_in_cart
                )
        return NOTHING

    def _read_fragment(
        self,
        selections: SelectionSetNode,
        condition: str,
        type_: GraphQLNamedType,
        *,
        is_in_cart: bool,
    ) -> Parts:
        if not is_in_cart:
            return self.read(selections, self.schema.type_map[condition])
        if not self._includes(self.schema.type_map[condition], type_):
            return NOTHING
        return self.read(selections, type_, is_in_cart=is_in_cart)

    def _read_field(
        self,
        node: FieldNode,
        parent: GraphQLNamedType,
        *,
        is_in_cart: bool,
    ) -> Parts:
        name = node.name.value
        if not (is_object_type(parent) or is_interface_type(parent)) or name not in parent.fields:
            return NOTHING
        child, selections = get_named_type(parent.fields[name].type), node.selection_set
        if is_in_cart:
            parts = PARTS_BY_FIELD[parent.name].get(name, EVERYTHING)
            if selections is None or child.name not in PARTS_BY_FIELD:
                return parts
            return parts | self.read(selections, child, is_in_cart=True)
        if selections is None:
            return NOTHING
        cart = self.schema.type_map[CART]
        if self._includes(child, cart):
            return self.read(selections, cart, is_in_cart=True)
        return self.read(selections, child)

    def _includes(self, type_: GraphQLNamedType, object_type: GraphQLNamedType) -> bool:
        """Whether what is of ``object_type`` is of ``type_`` as well."""
        return type_ is object_type or (
            is_abstract_type(type_)
            and is_object_type(object_type)
            and self.schema.is_sub_type(type_, object_type)
        )

    def _is_skipped(self, selection: SelectionNode) -> bool:
        """Whether ``@skip`` or ``@include`` leave it out."""
        for directive in selection.directives or ():
            name = directive.name.value
            if name in ("skip", "include"):
                [argument] = directive.arguments or ()
                if self._is_true(argument.value) is (name == "skip"):
                    return True
        return False

    def _is_true(self, value: object) -> bool:
        if isinstance(value, VariableNode):
            return bool(self._variables.get(value.name.value))
        return isinstance(value, BooleanValueNode) and value.value
