"""Carts and purchases in any order: versions, sums, charges and stock hold."""

from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.api.serving import RunningGateway, command_output
from tests.fuzz.asking import OPERATION_COUNT, Device
from tests.fuzz.shop import (
    ADD,
    CANCEL,
    CHECKOUT,
    CODES,
    CREATE,
    DESTINATION,
    ONE_CLICK,
    ORDER,
    READ,
    SHIPPING,
    UPDATE,
    CartModel,
    Json,
    assert_totals_add_up,
    minor_units,
    stock_by_variant,
)

DEFAULT_EXAMPLES = 300
MAX_STEPS = 30
MAX_LINE_QUANTITY = 4
DETAILS = """{ viewer { purchaser { addresses { id } paymentMethods { id } } } }"""
ENABLE = "mutation ($input: OneClickEnableInput!) { oneClickEnable(input: $input) { enabled } }"
HOME = {
    "name": "Sam Guest",
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["1600 Amphitheatre Parkway"],
}
PLACES = (
    {"country": "US", "region": "CA", "postalCode": "94043"},
    {"country": "US", "region": "NY", "postalCode": "10001"},
    {"country": "GB", "postalCode": "SW1A 1AA"},
    {"country": "DE"},
    {"country": "US"},
)
KEY_NUMBERS = count()

numbers = st.integers(0, 100)
quantities = st.integers(1, MAX_LINE_QUANTITY)
carts: Bundle[CartModel] = Bundle("carts")
clicks: Bundle["PlacedClick"] = Bundle("clicks")


@dataclass(frozen=True)
class PlacedClick:
    """What a click placed, if it did: by what is in stock then, which no draw may depend on."""

    order: str | None


class ShopMachine(RuleBasedStateMachine):
    """Somebody who fills carts and buys, as a guest and by one click."""

    device: ClassVar[Device]
    """Ada's: one-click is on."""
    guest: ClassVar[Device]
    variants: ClassVar[list[str]]

    @initialize()
    def remember(self) -> None:
        self.seen_charges = {charge["id"] for charge in self.guest.charges()}
        self.initial_stock = stock_by_variant(self.guest)

    # -- carts

    @rule(target=carts, numbers=st.lists(numbers, max_size=3), quantity=quantities)
    def create(self, numbers: list[int], quantity: int) -> CartModel:
        lines = {self.variant(number): quantity for number in numbers}
        line_inputs = [{"variantId": id, "quantity": many} for id, many in lines.items()]
        cart = self.guest.ask(CREATE, input={"currency": "USD", "lines": line_inputs})["cartCreate"]
        assert cart["userErrors"] == []
        model = CartModel(cart["cart"]["id"], cart["cart"]["version"], lines)
        model.options = tuple(option["id"] for option in cart["cart"].pop("shippingOptions"))
        model.check_shown(cart["cart"])
        return model

    @rule(cart=carts, number=numbers, quantity=quantities)
    def add(self, cart: CartModel, number: int, quantity: int) -> None:
        id = self.variant(number)
        lines = {**cart.lines, id: cart.lines.get(id, 0) + quantity}
        self.change(cart, ADD, lines, lines=[{"variantId": id, "quantity": quantity}])

    @rule(cart=carts, number=numbers, quantity=st.integers(0, MAX_LINE_QUANTITY))
    def update(self, cart: CartModel, number: int, quantity: int) -> None:
        if not cart.lines:
            return
        id = sorted(cart.lines)[number % len(cart.lines)]
        lines = {**cart.lines, id: quantity}
        if not quantity:
            del lines[id]
        self.change(cart, UPDATE, lines, lines=[{"variantId": id, "quantity": quantity}])

    @rule(cart=carts, place=st.sampled_from(PLACES))
    def set_destination(self, cart: CartModel, place: Json) -> None:
        self.change(cart, DESTINATION, cart.lines, destination=place)

    @rule(cart=carts, codes=st.lists(st.sampled_from(("SAVE10", "STORED25", "NOPE")), max_size=3))
    def set_codes(self, cart: CartModel, codes: list[str]) -> None:
        self.change(cart, CODES, cart.lines, codes=codes)

    @rule(cart=carts, number=numbers)
    def select_shipping(self, cart: CartModel, number: int) -> None:
        if cart.options:
            option = cart.options[number % len(cart.options)]
            self.change(cart, SHIPPING, cart.lines, shippingOptionId=option)

    @rule(cart=carts, off=st.sampled_from((-1, 1, 7)))
    def change_stale_version(self, cart: CartModel, off: int) -> None:
        """A change of another version changes nothing."""
        answer = self.ask_to_change(cart, CODES, cart.version + off, codes=[])
        [error] = answer["userErrors"]
        assert error["code"] == ("NOT_MODIFIABLE" if cart.bought else "VERSION_CONFLICT")
        assert answer["cart"] is None or answer["cart"]["version"] == cart.version

    @rule(cart=carts)
    def look(self, cart: CartModel) -> None:
        cart.check_shown(self.guest.ask(READ, id=cart.id)["cart"])

    # -- purchases

    @rule(
        cart=carts,
        token=st.sampled_from(("sim_ok", "sim_ok", "sim_declined", "sim_insufficient", "sim_3ds")),
        short=st.sampled_from((0, 0, 0, 1)),
    )
    def check_out(self, cart: CartModel, token: str, short: int) -> None:
        """As a guest, whose order is nobody's: it cannot be cancelled from here."""
        total = max((cart.total or 0) - short, 0)
        checkout_input = {
            "cartId": cart.id,
            "expectedVersion": cart.version,
            "expectedTotal": f"{total / 100:.2f}",
            "guest": {"email": "sam@example.com", "address": HOME, "providerToken": token},
            "idempotencyKey": f"checkout-{next(KEY_NUMBERS)}",
        }
        done = self.purchase_twice(self.guest, CHECKOUT, checkout_input, "cartCheckout")
        if done["__typename"] == "OrderPlaced":
            assert not cart.bought
            # Codes that pay for all of it leave no card to ask.
            assert token == "sim_ok" or minor_units(done["order"]["due"]) == 0
        if done["__typename"] in {"OrderPlaced", "PaymentActionRequired"}:
            cart.bought = True

    @rule(target=clicks, number=numbers, quantity=quantities)
    def click(self, number: int, quantity: int) -> PlacedClick:
        one_click_input = {
            "variantId": self.variant(number),
            "quantity": quantity,
            "idempotencyKey": f"click-{next(KEY_NUMBERS)}",
        }
        done = self.purchase_twice(self.device, ONE_CLICK, one_click_input, "oneClickPurchase")
        placed = done["__typename"] == "OrderPlaced"
        return PlacedClick(done["order"]["id"] if placed else None)

    @rule(click=consumes(clicks))
    def cancel(self, click: PlacedClick) -> None:
        if click.order is None:
            return
        answer = self.device.ask(CANCEL, input={"orderId": click.order})["orderCancel"]
        codes = [error["code"] for error in answer["userErrors"]]
        seen = self.device.ask(ORDER, id=click.order)["order"]
        # Who has bought again meanwhile may have cancelled both: they were one order.
        assert codes in ([], ["NOT_MODIFIABLE"])
        assert codes != [] or seen["status"] == "CANCELLED"

    @invariant()
    def nothing_is_oversold(self) -> None:
        if hasattr(self, "initial_stock"):
            self.initial_stock = stock_by_variant(self.guest)
            assert all(left is None or left >= 0 for left in self.initial_stock.values())

    # -- what they share

    def variant(self, number: int) -> str:
        return self.variants[number % len(self.variants)]

    def ask_to_change(self, cart: CartModel, mutation: str, version: int, **change: object) -> Json:
        change_input = {"cartId": cart.id, "expectedVersion": version, **change}
        [answer] = self.guest.ask(mutation, input=change_input).values()
        return dict(answer)

    def change(
        self, cart: CartModel, mutation: str, after: dict[str, int], /, **change: object
    ) -> None:
        answer = self.ask_to_change(cart, mutation, cart.version, **change)
        if cart.bought:
            assert [error["code"] for error in answer["userErrors"]] == ["NOT_MODIFIABLE"]
            return
        assert answer["userErrors"] == []
        cart.lines = after
        cart.apply_change(answer["cart"])

    def purchase_twice(
        self, device: Device, mutation: str, purchase_input: Json, field: str
    ) -> Json:
        """What a purchase came to: the same when asked twice, charged once or not at all."""
        done: Json = device.ask(mutation, input=purchase_input)[field]
        placed = done["__typename"] == "OrderPlaced"
        if placed:
            assert_totals_add_up(done["order"])
            assert (
                device.ask(mutation, input=purchase_input)[field]["order"]["id"]
                == done["order"]["id"]
            )
        charges = [each for each in device.charges() if each["id"] not in self.seen_charges]
        self.seen_charges |= {charge["id"] for charge in charges}
        live = [each for each in charges if each["status"] in {"HELD", "CAPTURED"}]
        assert len(live) <= int(placed)
        if mutation == CHECKOUT and placed:
            assert sum(each["amountMinor"] for each in live) == minor_units(done["order"]["due"])
        return done


@pytest.mark.timeout(0)
def test_carts_and_purchases_hold_whatever_is_done(
    served: RunningGateway, http: httpx.Client
) -> None:
    ShopMachine.guest = Device(served, http)
    ShopMachine.device = Device(
        served, http, command_output(served, "token", "--purchaser", "ada@example.com")
    )
    me = ShopMachine.device.ask(DETAILS)["viewer"]["purchaser"]
    ids = {"addressId": me["addresses"][0]["id"], "paymentMethodId": me["paymentMethods"][0]["id"]}
    assert ShopMachine.device.ask(ENABLE, input=ids)["oneClickEnable"]["enabled"]
    ShopMachine.variants = sorted(stock_by_variant(ShopMachine.guest))
    run_state_machine_as_test(
        ShopMachine,
        settings=settings(
            max_examples=max((OPERATION_COUNT or DEFAULT_EXAMPLES) // MAX_STEPS, 1),
            stateful_step_count=MAX_STEPS,
            deadline=None,
            database=None,
            derandomize=not OPERATION_COUNT,
            suppress_health_check=list(HealthCheck),
            # The shop remembers what was done before: a shorter way to a failure may be none.
            phases=(Phase.generate,),
        ),
    )
