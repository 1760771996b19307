"""Buying by one click, by hand: the same rows in the same three durable transactions."""

import base64
import secrets
import sqlite3
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zlib import crc32

import orjson

from benchmarks.floor.carts import Entry, Store, load_bill
from benchmarks.floor.figures import Bill, Json, display_texts, items, money, taxed_money
from gateway.adapters.encryption import EnvelopeCipher

WINDOW = timedelta(minutes=90)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

FIND_ATTEMPT = "SELECT id, fingerprint, result FROM purchase_attempts WHERE scope = ? AND key = ?"
FIND_DATA_KEY = "SELECT wrapped FROM data_keys WHERE subject = ?"
FIND_ONE_CLICK_SETUP = """
SELECT g.label_index, g.sealed, a.id, a.sealed, p.id, p.sealed, b.sealed
FROM one_click_grants g JOIN addresses a ON a.id = g.address_id
JOIN payment_methods p ON p.id = g.payment_method_id JOIN purchasers b ON b.id = g.purchaser_id
WHERE g.client_id = ? AND g.purchaser_id = ? ORDER BY g.enabled_at LIMIT 1"""
FIND_SHORTAGES = """
SELECT variant_id, available, backorder FROM stock
WHERE variant_id IN (SELECT value FROM json_each(?)) AND available IS NOT NULL"""
ADD_ATTEMPT = """
INSERT INTO purchase_attempts (id, scope, key, fingerprint, state, subject, sealed, result,
charge_id, created_at, due_at, leased_until_at, attempts, version)
VALUES (?, ?, ?, ?, 'CHARGING', ?, ?, NULL, NULL, ?, ?, NULL, 0, 1)"""
ADD_CHARGE = """
INSERT INTO simulated_charges (id, idempotency_key, amount_minor, currency, method, customer,
status, created_at) VALUES (?, ?, ?, 'USD', ?, ?, 'HELD', ?)"""
ADD_ORDER = """
INSERT INTO orders (id, place, number, status, bucket, channel, placed_at, closes_at,
purchaser_id, client_id, signed_in, currency, total, figures, demand, subject, sealed, due_at,
leased_until_at, attempts, version)
VALUES (?, ?, ?, 'OPEN', 'SHORT_TERM', 'CLICK', ?, ?, ?, ?, 1, 'USD', ?, ?, ?, ?, ?, ?, NULL, 0, 1)
"""
ADD_EVENT = """
INSERT INTO order_events (order_id, sequence, id, type, status, occurred_at)
VALUES (?, 1, ?, 'placed', 'OPEN', ?)"""
ADD_PAYMENT = """
INSERT INTO order_payments (id, order_id, charge_id, amount, currency, digits, state, created_at,
due_at, leased_until_at, attempts, version)
VALUES (?, ?, ?, ?, 'USD', 2, 'HELD', ?, NULL, NULL, 0, 1)"""
ADD_MAIL = """
INSERT INTO outbox (id, dedupe_key, kind, subject, payload, state, due_at, leased_until_at,
attempts, version, created_at, failure)
VALUES (?, ?, 'MAIL', ?, ?, 'WAITING', ?, NULL, 0, 1, ?, NULL)"""
SETTLE_ATTEMPT = """
UPDATE purchase_attempts SET state = 'SETTLED', result = ?, charge_id = ?, due_at = NULL,
version = 2 WHERE id = ? AND version = 1"""


def new_id(prefix: str) -> str:
    """A random id."""
    number, digits = secrets.randbits(130), []
    for _ in range(22):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return f"{prefix}_{''.join(digits)}"


class PersonalCipher:
    """Seals and unseals under the buyer's own key."""

    def __init__(self, reader: sqlite3.Connection, cipher: EnvelopeCipher, purchaser: str) -> None:
        self.id = purchaser
        self._cipher = cipher
        self._wrapped_key = reader.execute(FIND_DATA_KEY, (purchaser,)).fetchall()[0][0]

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """``plaintext`` for its row."""
        return self._cipher.seal(self.id, self._wrapped_key, plaintext, context)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """What was sealed for a row."""
        return self._cipher.unseal(self.id, self._wrapped_key, sealed, context)


def purchase_by_one_click(store: Store, variables: Json, client: str, purchaser: str) -> Json:
    """The order."""
    purchase_input, reader = variables["input"], store.reader
    fingerprint = sha256(orjson.dumps(purchase_input, option=orjson.OPT_SORT_KEYS)).hexdigest()
    key = purchase_input["idempotencyKey"]
    assert not reader.execute(FIND_ATTEMPT, (purchaser, key)).fetchall()
    personal_cipher = PersonalCipher(reader, store.cipher, purchaser)
    row = reader.execute(FIND_ONE_CLICK_SETUP, (client, purchaser)).fetchall()[0]
    label, sealed_grant, address_id, address, method_id, method, email = row
    personal_cipher.unseal(sealed_grant, f"one_click_grants.sealed of {client} {label}")
    delivery_address = orjson.loads(
        personal_cipher.unseal(address, f"addresses.sealed of {address_id}")
    )
    payment_method = orjson.loads(
        personal_cipher.unseal(method, f"payment_methods.sealed of {method_id}")
    )
    mail_to = personal_cipher.unseal(email, f"purchasers.sealed of {purchaser}").decode()
    token = payment_method["provider_token"]
    line: Entry = [purchase_input["variantId"], purchase_input["quantity"], 0]
    bill = load_bill(reader, [line], store.rates)
    figures = orjson.dumps({"items": items(bill), "total": bill.net + bill.shipping + bill.tax})
    demand = orjson.dumps([line[:2]])
    draft = {"figures": figures.decode(), "to": delivery_address, "method": token, "email": mail_to}
    attempt = new_id("att")
    _begin_attempt(
        store,
        attempt,
        personal_cipher,
        key,
        fingerprint,
        orjson.dumps(draft),
        [purchase_input["variantId"]],
    )
    charge = _authorize_charge(store, attempt, bill, token, purchaser)
    return _place_order(
        store,
        attempt,
        personal_cipher,
        bill,
        charge,
        client,
        figures,
        demand,
        mail_to,
        orjson.dumps(draft),
    )


def _now() -> tuple[datetime, int]:
    now = datetime.now(UTC)
    return now, (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _begin_attempt(
    store: Store,
    attempt: str,
    personal_cipher: PersonalCipher,
    key: str,
    fingerprint: str,
    draft: bytes,
    variants: list[str],
) -> None:
    writer, (_, now) = store.writer, _now()
    writer.execute("BEGIN IMMEDIATE")
    sealed = personal_cipher.seal(draft, f"purchase_attempts.sealed:{attempt}")
    values = (
        attempt,
        personal_cipher.id,
        key,
        fingerprint,
        personal_cipher.id,
        sealed,
        now,
        now + 30_000_000,
    )
    writer.execute(ADD_ATTEMPT, values)
    assert not writer.execute(FIND_SHORTAGES, (orjson.dumps(variants).decode(),)).fetchall()
    writer.execute("COMMIT")


def _authorize_charge(store: Store, attempt: str, bill: Bill, token: str, purchaser: str) -> str:
    writer, charge = store.writer, new_id("simch")
    due = bill.net + bill.shipping + bill.tax
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(ADD_CHARGE, (charge, attempt, due, token, purchaser, _now()[1]))
    writer.execute("COMMIT")
    return charge


def _place_order(  # noqa: PLR0913, PLR0917 - one transaction by hand
    store: Store,
    attempt: str,
    personal_cipher: PersonalCipher,
    bill: Bill,
    charge: str,
    client: str,
    figures: bytes,
    demand: bytes,
    mail_to: str,
    draft: bytes,
) -> Json:
    writer, order = store.writer, new_id("ord")
    placed_at, now = _now()
    undo_until, closes_at = placed_at + WINDOW, now + 5_400_000_000
    number = base64.b32encode(sha256(order.encode()).digest())[:10].decode()
    list_position = now * 1024 + crc32(order.encode()) % 1024
    due = bill.net + bill.shipping + bill.tax
    sealed = personal_cipher.seal(draft, f"orders.sealed:{order}")
    message = new_id("msg")
    text = "\n".join([f"Thank you. We have your order {number}.", "", *display_texts(bill)])
    mail = {"to": mail_to, "subject": f"Your order {number}", "text": text}
    letter = personal_cipher.seal(orjson.dumps(mail), f"outbox.payload:{message}")
    result = orjson.dumps({"order": order, "until": undo_until.isoformat()}).decode()
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(
        ADD_ORDER,
        (order, list_position, number, now, closes_at, personal_cipher.id, client, due,
         figures.decode(),
         demand.decode(), personal_cipher.id, sealed, closes_at),
    )  # fmt: skip
    writer.execute(ADD_EVENT, (order, new_id("oev"), now))
    writer.execute(ADD_PAYMENT, (new_id("chg"), order, charge, due, now))
    writer.execute(
        ADD_MAIL, (message, f"order-placed-{order}", personal_cipher.id, letter, now, now)
    )
    assert writer.execute(SETTLE_ATTEMPT, (result, charge, attempt)).rowcount == 1
    writer.execute("COMMIT")
    order_placed = {
        "__typename": "OrderPlaced",
        "undoUntil": _instant(undo_until),
        "order": {
            "id": order,
            "number": number,
            "status": "OPEN",
            "placedAt": _instant(placed_at),
            "items": items(bill),
            "total": taxed_money(bill.net + bill.shipping, bill.tax),
            "due": money(due),
        },
    }
    return {"data": {"oneClickPurchase": order_placed}}


def _instant(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat() + "Z"
