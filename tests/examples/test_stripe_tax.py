"""R127. The example of a calculator by Stripe Tax: signed questions, answers, and the books."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from examples.stripe_tax.bookings import Bookings
from examples.stripe_tax.questions import Questions, ShippingPrice
from examples.stripe_tax.records import Records
from examples.stripe_tax.service import CalculatorService
from examples.stripe_tax.stripe_api import StripeApi
from gateway.adapters.clocks import ManualClock, SystemClock
from gateway.adapters.merchant_calculator import HttpMerchantCalculator
from gateway.adapters.operator_endpoints import HttpOperatorEndpoint
from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import LineQuantity
from gateway.engine.pricing.calculations import CalculationPart
from gateway.engine.pricing.purchase_details import Calculator as CalculatedBy
from tests.conftest import AnyDatabase
from tests.endpoints import SECRET
from tests.examples.stripe_tax_peer import SECRET_KEY, StripeTaxPeer
from tests.services.orders.calculator_ears import send_all, with_calculator_calls
from tests.services.orders.changing import cancel, order_after, set_quantity
from tests.services.orders.parcels import LINES, deliver, place_order, refund, refusals
from tests.services.orders.test_calculator_books import MANY_REFUNDS, standing
from tests.services.orders.test_histories import live_through
from tests.services.orders.test_refund_histories import run_steps
from tests.shelves import OFFICE
from tests.store import Store, require_order

POST = ShippingPrice("post", "Post", frozenset({"US"}), {"USD": "7.00"})
OPENED_RECORDS: list[Records] = []


@pytest.fixture(autouse=True)
def close_records() -> Iterator[None]:
    """Close the files of the test's calculators."""
    yield
    while OPENED_RECORDS:
        OPENED_RECORDS.pop().close()


class Calculator:
    """The example before a peer of Stripe; ``send`` is the gateway's side."""

    def __init__(
        self, path: Path, *prices: ShippingPrice, codes: dict[str, str] | None = None
    ) -> None:
        self.peer = StripeTaxPeer()
        self.records = Records(path / "calculator.sqlite")
        OPENED_RECORDS.append(self.records)
        transport = httpx.MockTransport(self.peer.handle)
        http = httpx.AsyncClient(transport=transport, base_url="https://stripe.example")
        stripe, tax_codes = StripeApi(http, SECRET_KEY), codes or {}
        self.service = CalculatorService(
            Questions(stripe, self.records, tax_codes, prices),
            Bookings(stripe, self.records, tax_codes),
            SECRET,
        )
        app = httpx.ASGITransport(self.service.build_app())
        self.client = httpx.AsyncClient(transport=app, base_url="http://calculator.example")

    async def post(self, body: str, id: str = "msg_1", secret: str = SECRET) -> httpx.Response:
        now = datetime.now(UTC)
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(id, now, body),
        }
        return await self.client.post("/calculator", content=body, headers=headers)

    async def send(self, type: str, data: dict[str, Any], id: str = "msg_1") -> httpx.Response:
        return await self.post(json.dumps({"type": type, "data": data}), id)

    async def ask(self, **changes: object) -> dict[str, Any]:
        response = await self.send("calculate", QUESTION | changes)
        assert response.status_code == 200, response.status_code
        return dict(response.json())

    async def tell(self, type: str, sequence: int, **changes: object) -> httpx.Response:
        data = SALE | {"sequence": sequence} | changes
        return await self.send(type, data, f"cal_{sequence}")


@pytest.fixture
def calculator(tmp_path: Path) -> Calculator:
    return Calculator(tmp_path)


QUESTION: dict[str, Any] = {
    "currency": "USD",
    "wants": ["tax"],
    "destination": {"country": "US", "region": "NY", "postalCode": "10001"},
    "customer": {"kind": "CONSUMER", "taxId": None},
    "lines": [
        {"id": "crl_1", "sku": "MUG", "quantity": 3, "net": "30.00"},
        {"id": "crl_2", "sku": "PRINT", "quantity": 1, "net": "120.00"},
    ],
    "codes": [],
    "shipping": [
        {"id": "slow", "name": "Slow", "net": "5.00"},
        {"id": "fast", "name": "Fast", "net": "15.00"},
    ],
}
NOTHING = {"net": "0.00", "tax": "0.00"}
MUGS = {"id": "orl_1", "sku": "MUG", "quantity": 3, "net": "30.00", "tax": "2.55"}
PRINT = {"id": "orl_2", "sku": "PRINT", "quantity": 1, "net": "120.00", "tax": "10.20"}
SALE: dict[str, Any] = {
    "orderNumber": "ABCDEFGHIJ",
    "currency": "USD",
    "calculatedBy": "MERCHANT",
    "reference": "taxcalc_1",
    "lines": [MUGS, PRINT],
    "shipping": {"net": "15.00", "tax": "1.28"},
    "total": {"amount": "179.03", "tax": "14.03"},
    "destination": {"country": "US", "region": "NY", "postalCode": "10001"},
    "customer": {"kind": "CONSUMER"},
    "refund": None,
    "refunds": [],
}
ONE_MUG = {
    "id": "ref_1",
    "amount": "10.85",
    "tax": "0.85",
    "lines": [{"id": "orl_1", "sku": "MUG", "quantity": 1, "net": "10.00", "tax": "0.85"}],
    "shipping": NOTHING,
}


def as_reversal(refund: dict[str, Any]) -> dict[str, Any]:
    """The fields of a reversal for ``refund``."""
    return {
        "lines": refund["lines"],
        "shipping": refund["shipping"],
        "refund": {name: refund[name] for name in ("id", "amount", "tax")},
    }


# -- questions


async def test_taxes_are_by_jurisdiction_and_those_of_shipping_by_its_price(
    calculator: Calculator,
) -> None:
    answer = await calculator.ask()
    state, city = "New York: Sales Tax", "New York City: Sales Tax"
    assert answer == {
        "tax": [
            {"lineId": "crl_1", "name": state, "ratePercent": "4", "tax": "1.20"},
            {"lineId": "crl_1", "name": city, "ratePercent": "4.5", "tax": "1.35"},
            {"lineId": "crl_2", "name": state, "ratePercent": "4", "tax": "4.80"},
            {"lineId": "crl_2", "name": city, "ratePercent": "4.5", "tax": "5.40"},
            {"shippingId": "slow", "name": state, "ratePercent": "4", "tax": "0.20"},
            {"shippingId": "slow", "name": city, "ratePercent": "4.5", "tax": "0.23"},
            {"shippingId": "fast", "name": state, "ratePercent": "4", "tax": "0.60"},
            {"shippingId": "fast", "name": city, "ratePercent": "4.5", "tax": "0.68"},
        ],
        "reference": "taxcalc_1",
    }
    (path, form), _ = calculator.peer.requests
    assert (path, form) == (
        "/v1/tax/calculations",
        {
            "currency": "usd",
            "customer_details": {
                "address": {"country": "US", "state": "NY", "postal_code": "10001"},
                "address_source": "shipping",
            },
            "line_items": [
                {"amount": "3000", "quantity": "3", "reference": "crl_1"}
                | {"tax_behavior": "exclusive"},
                {"amount": "12000", "quantity": "1", "reference": "crl_2"}
                | {"tax_behavior": "exclusive"},
            ],
            "expand": ["line_items.data.tax_breakdown", "shipping_cost.tax_breakdown"],
            "shipping_cost": {"amount": "500", "tax_behavior": "exclusive"},
        },
    )


async def test_what_is_not_taxed_says_so(tmp_path: Path) -> None:
    calculator = Calculator(tmp_path, codes={"PRINT": "txcd_00000000"})
    lines = [*QUESTION["lines"], {"id": "crl_3", "sku": "GIFT", "quantity": 1, "net": "0.00"}]
    california = {"country": "US", "region": "CA", "postalCode": "94043"}
    answer = await calculator.ask(lines=lines, destination=california, shipping=[])
    untaxed = {"name": "Tax", "ratePercent": "0", "tax": "0.00"}
    assert answer["tax"] == [
        {"lineId": "crl_1", "name": "California: Sales Tax", "ratePercent": "7.25", "tax": "2.18"},
        {"lineId": "crl_2", **untaxed},
        {"lineId": "crl_3", **untaxed},
    ]


@pytest.mark.parametrize(
    ("customer", "destination", "tax"),
    [
        ({"kind": "EXEMPT", "taxId": None}, QUESTION["destination"], "0.00"),
        (
            {"kind": "BUSINESS", "taxId": "DE123456789"},
            {"country": "DE", "region": None, "postalCode": None},
            "0.00",
        ),
        (
            {"kind": "BUSINESS", "taxId": "US-1"},
            {"country": "DE", "region": None, "postalCode": None},
            "5.70",
        ),
    ],
)
async def test_stripe_is_told_of_exempt_customers_and_vat_numbers(
    calculator: Calculator, customer: dict[str, Any], destination: dict[str, Any], tax: str
) -> None:
    answer = await calculator.ask(customer=customer, destination=destination, shipping=[])
    assert answer["tax"][0]["tax"] == tax


async def test_yen_have_no_decimals(calculator: Calculator) -> None:
    lines = [{"id": "crl_1", "sku": "MUG", "quantity": 1, "net": "1500"}]
    germany = {"country": "DE", "region": None, "postalCode": None}
    answer = await calculator.ask(currency="JPY", lines=lines, destination=germany, shipping=[])
    assert answer["tax"][0]["tax"] == "285"


async def test_shipping_is_of_a_list_of_ones_own(tmp_path: Path) -> None:
    calculator = Calculator(tmp_path, POST)
    wanted = {"wants": ["shipping", "tax"], "shipping": []}
    answer = await calculator.ask(**wanted)
    assert answer["shipping"] == [{"id": "post", "name": "Post", "net": "7.00"}]
    assert [tax["tax"] for tax in answer["tax"] if "shippingId" in tax] == ["0.28", "0.32"]
    canada = {"country": "CA", "region": "ON", "postalCode": "K1A 0B1"}
    refused = await calculator.send("calculate", QUESTION | wanted | {"destination": canada})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"wants": ["tax", "codes"]},
        {"wants": ["shipping", "tax"]},
        {"destination": None},
        {"destination": {"country": "US", "region": "NY", "postalCode": None}},
        {"currency": "KWD"},
        {"lines": []},
        {"shipping": [{"id": str(n), "name": "Way", "net": f"{n}.00"} for n in range(6)]},
    ],
)
async def test_what_is_not_known_is_left_to_the_gateways_tables(
    calculator: Calculator, changes: dict[str, Any]
) -> None:
    response = await calculator.send("calculate", QUESTION | changes)
    assert (response.status_code, response.content) == (422, b"")


async def test_while_stripe_is_away_the_gateway_may_ask_again(calculator: Calculator) -> None:
    calculator.peer.is_away = True
    assert (await calculator.send("calculate", QUESTION)).status_code == 503


async def test_only_what_is_signed_is_read(calculator: Calculator) -> None:
    body = json.dumps({"type": "calculate", "data": QUESTION})
    other_secret = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    assert (await calculator.post(body, secret=other_secret)).status_code == 401
    assert (await calculator.client.post("/calculator", content=body)).status_code == 401
    assert (await calculator.post(" " * (1024 * 1024 + 1))).status_code == 413
    assert calculator.peer.requests == []
    assert (await calculator.send("later", {})).status_code == 204


# -- the books


async def test_a_commit_books_the_calculation_that_was_shown(calculator: Calculator) -> None:
    await calculator.ask()
    response = await calculator.tell("commit", 1)
    assert response.status_code == 200
    transaction = calculator.peer.transactions[response.json()["reference"]]
    assert transaction["reference"] == "ABCDEFGHIJ-1"
    assert len(calculator.peer.calculations) == 2
    assert calculator.peer.booked("ABCDEFGHIJ") == (16_500, 1403)


async def test_what_was_bought_otherwise_than_shown_is_calculated_for_the_same_place(
    calculator: Calculator,
) -> None:
    await calculator.ask()
    two = MUGS | {"quantity": 2, "net": "20.00", "tax": "1.70"}
    await calculator.tell("commit", 1, lines=[two], shipping=NOTHING)
    path, form = calculator.peer.requests[2]
    assert path == "/v1/tax/calculations"
    assert form["customer_details"]["address"]["postal_code"] == "10001"
    assert calculator.peer.booked("ABCDEFGHIJ") == (2000, 170)


async def test_the_next_commit_takes_the_place_of_the_one_before(calculator: Calculator) -> None:
    await calculator.ask()
    await calculator.tell("commit", 1)
    await calculator.tell("commit", 2, lines=[MUGS], shipping={"net": "5.00", "tax": "0.43"})
    assert calculator.peer.booked("ABCDEFGHIJ") == (3500, 298)
    references = [kept["reference"] for kept in calculator.peer.transactions.values()]
    assert references == ["ABCDEFGHIJ-1", "ABCDEFGHIJ-2-reversal", "ABCDEFGHIJ-2"]


async def test_refunds_are_taken_back_by_line_by_shipping_and_by_amount(
    calculator: Calculator,
) -> None:
    await calculator.ask()
    await calculator.tell("commit", 1)
    await calculator.tell("reverse", 2, **as_reversal(ONE_MUG))
    assert calculator.peer.booked("ABCDEFGHIJ") == (15_500, 1318)
    shipping = {"net": "15.00", "tax": "1.28"}
    refund = {"id": "ref_2", "amount": "16.28", "tax": "1.28", "lines": [], "shipping": shipping}
    await calculator.tell("reverse", 3, **as_reversal(refund))
    assert calculator.peer.booked("ABCDEFGHIJ") == (14_000, 1190)
    amount = refund | {"id": "ref_3", "amount": "20.00", "shipping": NOTHING}
    await calculator.tell("reverse", 4, **as_reversal(amount))
    assert sum(calculator.peer.booked("ABCDEFGHIJ")) == 14_000 + 1190 - 2000
    # Then all that is left goes.
    await calculator.tell("reverse", 5)
    assert calculator.peer.booked("ABCDEFGHIJ") == (0, 0)
    assert calculator.records.list_unbooked() == []


async def test_a_commit_after_refunds_books_what_stands(calculator: Calculator) -> None:
    await calculator.ask()
    await calculator.tell("commit", 1)
    await calculator.tell("reverse", 2, **as_reversal(ONE_MUG))
    await calculator.tell("commit", 3, lines=[MUGS], refunds=[ONE_MUG])
    # Two mugs and shipping.
    assert calculator.peer.booked("ABCDEFGHIJ") == (3500, 298)
    await calculator.tell("commit", 4, lines=[MUGS], refunds=[])
    assert calculator.peer.booked("ABCDEFGHIJ") == (4500, 383)


async def test_a_cancelled_order_leaves_nothing_in_the_books(calculator: Calculator) -> None:
    await calculator.ask()
    await calculator.tell("commit", 1)
    response = await calculator.tell("reverse", 2)
    assert response.json() == {"reference": None}
    assert calculator.peer.booked("ABCDEFGHIJ") == (0, 0)


async def test_a_message_that_comes_again_books_nothing_twice(calculator: Calculator) -> None:
    await calculator.ask()
    for _ in range(2):
        await calculator.tell("commit", 1)
    for _ in range(2):
        await calculator.tell("reverse", 2, **as_reversal(ONE_MUG))
    first = await calculator.tell("commit", 1)
    assert first.status_code == 200
    assert calculator.peer.booked("ABCDEFGHIJ") == (15_500, 1318)


@pytest.mark.parametrize("answer", [1, 2, 3, 4])
async def test_an_answer_of_stripes_that_is_lost_books_nothing_twice(
    calculator: Calculator, answer: int
) -> None:
    await calculator.ask()
    await calculator.tell("commit", 1)
    two = MUGS | {"quantity": 2, "net": "20.00", "tax": "1.70"}
    change = {"lines": [two], "refunds": [ONE_MUG]}
    calculator.peer.dies_after = len(calculator.peer.requests) + answer
    assert (await calculator.tell("commit", 2, **change)).status_code == 503
    assert (await calculator.tell("commit", 2, **change)).status_code == 200
    # One mug and shipping.
    assert calculator.peer.booked("ABCDEFGHIJ") == (2500, 213)


async def test_what_cannot_be_booked_is_listed_and_holds_nothing_up(
    calculator: Calculator,
) -> None:
    fallback = {"calculatedBy": "FALLBACK", "reference": None, "destination": None}
    assert (await calculator.tell("commit", 1, **fallback)).status_code == 200
    refund = as_reversal(ONE_MUG)
    assert (await calculator.tell("reverse", 2, **fallback, **refund)).status_code == 200
    assert calculator.records.list_unbooked() == [
        ("ABCDEFGHIJ", 1, "figures of FALLBACK: where it went is not known"),
        ("ABCDEFGHIJ", 2, "a refund of what is not in the books"),
    ]


async def test_a_business_that_stripe_did_not_compute_is_listed(calculator: Calculator) -> None:
    """Nothing but its tax id could tell its taxes; one that is exempt needs none."""
    fallback = {"calculatedBy": "FALLBACK", "reference": None}
    await calculator.tell("commit", 1, **fallback, customer={"kind": "BUSINESS"})
    await calculator.tell("commit", 2, **fallback, customer={"kind": "EXEMPT"})
    assert calculator.records.list_unbooked() == [
        ("ABCDEFGHIJ", 1, "figures of FALLBACK: the tax id of a business is not known")
    ]
    assert calculator.peer.booked("ABCDEFGHIJ") == (16_500, 0)


async def test_what_stripe_refuses_is_listed_and_holds_nothing_up(calculator: Calculator) -> None:
    await calculator.ask()
    await calculator.tell("commit", 1)
    calculator.peer.transactions.clear()
    assert (await calculator.tell("reverse", 2, **as_reversal(ONE_MUG))).status_code == 200
    assert calculator.records.list_unbooked() == [("ABCDEFGHIJ", 2, "No such transaction.")]


async def test_a_line_of_which_less_is_left_is_taken_back_as_an_amount(
    calculator: Calculator,
) -> None:
    """An amount that was given back before is shared over all lines by Stripe."""
    await calculator.ask()
    await calculator.tell("commit", 1)
    half = ONE_MUG | {"id": "ref_0", "amount": "89.00", "lines": []}
    await calculator.tell("reverse", 2, **as_reversal(half))
    mugs = ONE_MUG | {"amount": "32.55", "lines": [MUGS]}
    await calculator.tell("reverse", 3, **as_reversal(mugs))
    assert sum(calculator.peer.booked("ABCDEFGHIJ")) == 17_903 - 8900 - 3255
    everything = ONE_MUG | {"id": "ref_3", "amount": "179.03", "lines": [MUGS, PRINT]}
    await calculator.tell("reverse", 4, **as_reversal(everything))
    await calculator.tell("reverse", 5, **as_reversal(everything | {"id": "ref_4"}))
    assert calculator.peer.booked("ABCDEFGHIJ") == (0, 0)
    assert calculator.records.list_unbooked() == []


async def test_an_order_of_many_lines_is_booked_whole(calculator: Calculator) -> None:
    asked = [{"id": f"crl_{n}", "sku": "MUG", "quantity": 1, "net": f"{n}.00"} for n in range(1, 8)]
    await calculator.ask(lines=asked)
    lines = [line | {"id": f"orl_{n}", "tax": "0.00"} for n, line in enumerate(asked)]
    await calculator.tell("commit", 1, lines=lines)
    await calculator.tell(
        "reverse",
        2,
        **as_reversal(ONE_MUG | {"lines": [lines[6] | {"net": "7.00", "tax": "0.60"}]}),
    )
    await calculator.tell("reverse", 3)
    assert calculator.records.list_unbooked() == []
    assert calculator.peer.booked("ABCDEFGHIJ") == (0, 0)


async def test_records_outlive_the_process(tmp_path: Path) -> None:
    calculator = Calculator(tmp_path)
    await calculator.ask()
    await calculator.tell("commit", 1)
    calculator.records.close()
    restarted = Calculator(tmp_path)
    restarted.peer.transactions = calculator.peer.transactions
    await restarted.tell("reverse", 2)
    assert restarted.peer.booked("ABCDEFGHIJ") == (0, 0)


async def test_questions_are_forgotten_when_their_calculations_have_expired(
    calculator: Calculator,
) -> None:
    await calculator.ask()
    connection = calculator.records._connection
    for table in ("questions", "calculations"):
        connection.execute(f"UPDATE {table} SET asked_at = datetime('now', '-92 days')")  # noqa: S608
    await calculator.ask()
    rows = connection.execute("SELECT id FROM calculations ORDER BY id").fetchall()
    assert rows == [("taxcalc_3",), ("taxcalc_4",)]
    assert calculator.records.find_question("taxcalc_1") is None


# -- with the gateway


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock, calculator: Calculator) -> Store:
    """A store whose taxes the example answers; shipping and codes are by the store's tables."""
    store = with_calculator_calls(await Store.open(databases, clock))
    merchant_calculator = HttpMerchantCalculator(
        gateway_side(calculator), clock, store.dependencies.ids, frozenset({CalculationPart.TAX})
    )
    return store.with_dependencies(calculator=merchant_calculator)


def gateway_side(calculator: Calculator) -> HttpOperatorEndpoint:
    # The example believes no signature that is older than five minutes: the clock is the machine's.
    url, clock = "http://calculator.example/calculator", SystemClock()
    return HttpOperatorEndpoint(url, SECRET, calculator.client, clock, max_answer_bytes=100_000)


def tax_and_rest(order: Order) -> tuple[int, int]:
    total = order.total
    assert total.net is not None
    assert total.tax is not None
    return total.net.minor, total.tax.minor


async def test_what_the_gateway_sells_is_booked_as_it_was_shown(
    store: Store, calculator: Calculator
) -> None:
    buyer = await store.sign_in_buyer()
    office = await buyer.save_address(OFFICE, "office")
    method = await buyer.save_payment_method()
    cart = await store.create_cart(LINES)
    order = require_order(
        await buyer.check_out(cart, address_id=office.id, payment_method_id=method.id)
    )
    # 155.00 with 8.5 % on goods and shipping, each line rounded by Stripe.
    assert tax_and_rest(order) == (15_500, 255 + 1020 + 43)
    assert order.figures.calculated_by is CalculatedBy.MERCHANT
    await send_all(store, gateway_side(calculator))
    assert calculator.peer.booked(order.number) == (15_500, 1318)

    order = order_after(await set_quantity(buyer, order, 2))
    await send_all(store, gateway_side(calculator))
    assert tax_and_rest(order) == calculator.peer.booked(order.number) == (14_500, 1233)

    await deliver(store, order)
    mug = LineQuantity(order.lines[0].id, 1)
    assert refusals(await refund(store, order, lines=(mug,))) == []
    await send_all(store, gateway_side(calculator))
    assert calculator.peer.booked(order.number) == (13_500, 1148)
    assert refusals(await refund(store, order)) == []
    await send_all(store, gateway_side(calculator))
    assert calculator.peer.booked(order.number) == (0, 0)
    assert calculator.records.list_unbooked() == []


async def test_what_the_gateway_cancels_is_out_of_the_books(
    store: Store, calculator: Calculator
) -> None:
    buyer = await store.sign_in_buyer()
    order = await place_order(buyer)
    await send_all(store, gateway_side(calculator))
    assert calculator.peer.booked(order.number) == (15_500, 218 + 870)
    order_after(await cancel(buyer, order))
    await send_all(store, gateway_side(calculator))
    assert calculator.peer.booked(order.number) == (0, 0)
    assert calculator.records.list_unbooked() == []


@pytest.mark.parametrize("seed", [8, 15])
async def test_stripes_books_agree_after_random_histories(
    store: Store, calculator: Calculator, seed: int
) -> None:
    await live_through(store, random.Random(seed))  # noqa: S311 - nothing secret
    await check_stripes_books(store, calculator)


@pytest.mark.parametrize("codes", [(), ("SAVE10", "STORED25")])
async def test_stripes_books_agree_after_many_refunds(
    store: Store, calculator: Calculator, codes: tuple[str, ...]
) -> None:
    await run_steps(store, "sim_ok", codes, MANY_REFUNDS)
    await check_stripes_books(store, calculator)


async def check_stripes_books(store: Store, calculator: Calculator) -> None:
    await send_all(store, gateway_side(calculator))
    async with store.database.read() as reading:
        orders = await reading.order_search.list_orders(None, None, 100)
    assert orders
    booked = {order.number: sum(calculator.peer.booked(order.number)) for order in orders}
    sold = {order.number: await standing(store, order) for order in orders}
    assert booked == {number: amount.scaleb(2) for number, (amount, _) in sold.items()}
    assert calculator.records.list_unbooked() == []


async def test_what_is_sold_while_stripe_is_away_is_booked_by_its_place(
    store: Store, calculator: Calculator
) -> None:
    """As the tables charged it: 155.00 with 10.88 tax."""
    calculator.peer.is_away = True
    order = await place_order(await store.sign_in_buyer())
    assert order.figures.calculated_by is CalculatedBy.FALLBACK
    calculator.peer.is_away = False
    await send_all(store, gateway_side(calculator))
    assert calculator.records.list_unbooked() == []
    assert calculator.peer.booked(order.number) == (15_500, 1088)


def test_the_example_imports_nothing_of_the_gateway() -> None:
    folder = Path(__file__).parents[2] / "examples"
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    assert len(sources) > 5
    words = ("import gateway", "from gateway", "import tests", "from tests")
    assert [name for name, text in sources.items() if any(word in text for word in words)] == []
