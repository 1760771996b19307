"""What one click would do for the buyer, by hand: the words of the button and the price."""

import time
from dataclasses import dataclass

import orjson

from benchmarks.floor.carts import Store
from benchmarks.floor.figures import Json, build_bill, money
from benchmarks.floor.purchases import PersonalCipher

FIND_PROFILE = """
SELECT g.label_index, g.sealed, a.id, a.sealed, p.id, p.sealed
FROM one_click_grants g JOIN addresses a ON a.id = g.address_id
JOIN payment_methods p ON p.id = g.payment_method_id
WHERE g.client_id = ? AND g.purchaser_id = ? ORDER BY g.enabled_at LIMIT 1"""
FIND_OPEN_ORDER = """
SELECT id FROM orders WHERE purchaser_id = ? AND closes_at > ? AND status = 'OPEN' LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Profile:
    """What of the buyer's details the buttons tell."""

    purchaser: str
    shipping: str
    payment: str


def load_profile(store: Store, client: str, purchaser: str) -> Profile:
    """The profile that one click uses; the buyer has no open order that a click would join."""
    reader, now = store.reader, time.time_ns() // 1000
    assert not reader.execute(FIND_OPEN_ORDER, (purchaser, now)).fetchall()
    personal_cipher = PersonalCipher(reader, store.cipher, purchaser)
    row = reader.execute(FIND_PROFILE, (client, purchaser)).fetchall()[0]
    label, sealed_grant, address_id, sealed_address, method_id, sealed_method = row
    personal_cipher.unseal(sealed_grant, f"one_click_grants.sealed of {client} {label}")
    address = orjson.loads(
        personal_cipher.unseal(sealed_address, f"addresses.sealed of {address_id}")
    )
    method = orjson.loads(
        personal_cipher.unseal(sealed_method, f"payment_methods.sealed of {method_id}")
    )
    return Profile(
        address["name"].split()[0],
        address["label"] or address["city"],
        method["nickname"] or method["last_four"],
    )


def offer(
    store: Store, profile: Profile, variant_id: str, title: str, price: int, category: str | None
) -> Json:
    """The button of a variant that can be bought, with what a click would add."""
    bill = build_bill([(variant_id, title, 1, price, store.rates.rate_for(category))])
    due = _money(bill.net + bill.shipping + bill.tax)
    return {
        "state": "READY",
        "missing": [],
        "action": {"label": "Buy with one click"},
        "purchaserHint": profile.purchaser,
        "shippingHint": profile.shipping,
        "paymentHint": profile.payment,
        "total": {"gross": due},
        "due": due,
        "order": None,
        "lineId": None,
        "undoUntil": None,
    }


def _money(minor: int) -> Json:
    amount = money(minor)
    return {
        "amount": amount["amount"],
        "currency": amount["currency"],
        "minorUnits": minor,
        "formatted": amount["formatted"],
    }
