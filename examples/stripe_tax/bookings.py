"""Commits and reversals in Stripe's books: a transaction for each commit, reversals for the rest.

A commit takes the place of all before it: what is left of the earlier transaction is reversed. All
that is asked of Stripe for one message has keys made of the message's id, so that a message that
comes again books nothing twice.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from examples.stripe_tax.baskets import Basket, Unsupported, read_lines, to_minor
from examples.stripe_tax.questions import CALCULATIONS_PATH
from examples.stripe_tax.records import BookedAmount, Booking, Records
from examples.stripe_tax.stripe_api import StripeApi, StripeRefused

TRANSACTIONS_PATH = "/v1/tax/transactions/create_from_calculation"
REVERSALS_PATH = "/v1/tax/transactions/create_reversal"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bookings:
    """Books orders. ``tax_codes`` are Stripe's by SKU, as in questions."""

    stripe: StripeApi
    records: Records
    tax_codes: Mapping[str, str]

    async def commit(self, message_id: str, data: Mapping[str, Any]) -> str | None:
        """Book a ``commit`` message; returns Stripe's transaction, None where there is none.

        Raises:
            StripeAway: Stripe does not answer: the message has to come again.

        """
        return await self._book(message_id, data, is_commit=True)

    async def reverse(self, message_id: str, data: Mapping[str, Any]) -> str | None:
        """Book a ``reverse`` message; returns the transaction of which something still stands.

        Raises:
            StripeAway: Stripe does not answer: the message has to come again.

        """
        return await self._book(message_id, data, is_commit=False)

    async def _book(
        self, message_id: str, data: Mapping[str, Any], *, is_commit: bool
    ) -> str | None:
        number, sequence = data["orderNumber"], data["sequence"]
        order = self.records.find_order(number)
        booking = None if order is None else order.booking
        if order is not None and order.sequence >= sequence:
            return None if booking is None else booking.transaction_id
        calculation_id = None
        try:
            if is_commit:
                await self._reverse_rest(message_id, data, booking)
                booking = None
                calculation_id, basket = await self._find_calculation(message_id, data)
                booking = await self._create(message_id, data, calculation_id, basket)
                for refund in data["refunds"]:
                    booking = await self._reverse_refund(message_id, data, booking, refund)
            elif data["refund"] is None:
                await self._reverse_rest(message_id, data, booking)
                booking = None
            else:
                refund = {**data, **data["refund"]}
                booking = await self._reverse_refund(message_id, data, booking, refund)
        except (StripeRefused, Unsupported) as error:
            logger.error("%s %s is not in Stripe's books: %s", number, sequence, error)  # noqa: TRY400
            self.records.save_unbooked(number, sequence, str(error))
        self.records.save_order(number, sequence, booking, calculation_id)
        return None if booking is None else booking.transaction_id

    async def _find_calculation(
        self, message_id: str, data: Mapping[str, Any]
    ) -> tuple[str, Basket]:
        """The calculation of what was bought, and of which basket it is.

        It is the one that was shown, else one made now: by the place of the question, or of the
        message where Stripe was not asked.

        Raises:
            Unsupported: the message does not tell where it goes or how its buyer is taxed.

        """
        reference, shipping = data["reference"], to_minor(data["shipping"]["net"])
        basket = None if reference is None else self.records.find_question(reference)
        sold = (
            Basket.from_commit(data) if basket is None else replace(basket, lines=read_lines(data))
        )
        if basket is not None and basket.costs_like(sold):
            shown_id = self.records.find_calculation(reference, shipping)
            if shown_id is not None:
                return shown_id, basket
        form = sold.to_form(shipping, self.tax_codes)
        calculation = await self.stripe.post(CALCULATIONS_PATH, form, f"{message_id}-calculation")
        return str(calculation["id"]), sold

    async def _create(
        self, message_id: str, data: Mapping[str, Any], calculation_id: str, basket: Basket
    ) -> Booking:
        form = {
            "calculation": calculation_id,
            "reference": f"{data['orderNumber']}-{data['sequence']}",
            "expand": ["line_items"],
        }
        transaction = await self.stripe.post(TRANSACTIONS_PATH, form, f"{message_id}-transaction")
        # The question's lines have other ids than the order's, and the same order.
        ids = {
            line.id: booked["id"] for line, booked in zip(basket.lines, data["lines"], strict=True)
        }
        lines = {
            ids[item["reference"]]: BookedAmount(item["id"], item["amount"], item["amount_tax"])
            for item in await self.stripe.list_all(transaction["line_items"])
        }
        shipping = transaction["shipping_cost"] or {"amount": 0, "amount_tax": 0}
        booking = Booking(
            transaction["id"],
            lines,
            BookedAmount("", shipping["amount"], shipping["amount_tax"]),
        )
        _compare_tax(booking, data)
        return booking

    async def _reverse_rest(
        self, message_id: str, data: Mapping[str, Any], booking: Booking | None
    ) -> None:
        """Take back all that is left of ``booking``."""
        if booking is None:
            return
        form: dict[str, object] = {"mode": "full"}
        if not booking.is_whole:
            form = _partial_form(booking.lines, booking.shipping, "rest")
        if form:
            reference = f"{data['orderNumber']}-{data['sequence']}-reversal"
            await self._reverse(f"{message_id}-reversal", booking, reference, form)

    async def _reverse_refund(
        self,
        message_id: str,
        data: Mapping[str, Any],
        booking: Booking | None,
        refund: Mapping[str, Any],
    ) -> Booking:
        """Take back what ``refund`` gave back; returns what is left."""
        if booking is None:
            raise Unsupported("a refund of what is not in the books")
        lines = {
            line["id"]: BookedAmount(
                booking.lines[line["id"]].item_id, to_minor(line["net"]), to_minor(line["tax"])
            )
            for line in refund["lines"]
            if line["id"] in booking.lines
        }
        shipping = BookedAmount(
            "", to_minor(refund["shipping"]["net"]), to_minor(refund["shipping"]["tax"])
        )
        form = _partial_form(lines, shipping, refund["id"])
        reference = f"{data['orderNumber']}-{data['sequence']}-{refund['id']}"
        key = f"{message_id}-{refund['id']}"
        if not form or not booking.covers(lines, shipping):
            # An amount that was given back before took of all lines: Stripe shares this one too.
            amount = min(to_minor(refund["amount"]), booking.gross)
            if not amount:
                return booking
            form = {"mode": "partial", "flat_amount": -amount}
        reversal = await self._reverse(key, booking, reference, form)
        items = await self.stripe.list_all(reversal["line_items"])
        return _take_off(booking, items, reversal["shipping_cost"])

    async def _reverse(
        self, key: str, booking: Booking, reference: str, form: Mapping[str, object]
    ) -> dict[str, Any]:
        common = {
            "original_transaction": booking.transaction_id,
            "reference": reference,
            "expand": ["line_items"],
        }
        return await self.stripe.post(REVERSALS_PATH, {**form, **common}, key)


def _compare_tax(booking: Booking, data: Mapping[str, Any]) -> None:
    """Tell the log where Stripe books another tax than the buyer was charged."""
    booked = booking.shipping.tax + sum(amount.tax for amount in booking.lines.values())
    charged = to_minor(data["shipping"]["tax"])
    charged += sum(to_minor(line["tax"]) for line in data["lines"])
    if booked != charged:
        logger.warning("%s: %s tax booked, %s charged", data["orderNumber"], booked, charged)


def _partial_form(
    lines: Mapping[str, BookedAmount], shipping: BookedAmount, name: str
) -> dict[str, object]:
    """What takes ``lines`` and ``shipping`` back; empty where that is nothing."""
    form: dict[str, object] = {}
    items = [
        {
            "amount": -amount.minor,
            "amount_tax": -amount.tax,
            "original_line_item": amount.item_id,
            "reference": f"{name}-{line_id}",
        }
        for line_id, amount in lines.items()
        if amount.minor or amount.tax
    ]
    if items:
        form["line_items"] = items
    if shipping.minor or shipping.tax:
        form["shipping_cost"] = {"amount": -shipping.minor, "amount_tax": -shipping.tax}
    return {"mode": "partial", **form} if form else {}


def _take_off(
    booking: Booking, items: Iterable[Mapping[str, Any]], shipping_cost: Mapping[str, Any] | None
) -> Booking:
    """``booking`` without what Stripe says that a reversal has taken back."""
    line_ids = {amount.item_id: line_id for line_id, amount in booking.lines.items()}
    lines, shipping = dict(booking.lines), booking.shipping
    for item in items:
        line_id = line_ids[item["reversal"]["original_line_item"]]
        lines[line_id] = lines[line_id].less(-item["amount"], -item["amount_tax"])
    if shipping_cost is not None:
        shipping = shipping.less(-shipping_cost["amount"], -shipping_cost["amount_tax"])
    return replace(booking, lines=lines, shipping=shipping, is_whole=False)
