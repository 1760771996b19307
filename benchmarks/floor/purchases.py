"""Buying by one click, by hand: the same rows in the same three durable transactions."""

import base64
import secrets
import sqlite3
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zlib import crc32

import orjson

from benchmarks.floor.carts import Entry, Store, bill_of
from benchmarks.floor.figures import Bill, Json, display_texts, items, money, taxed
from gateway.adapters.vault import EnvelopeCipher

WINDOW = timedelta(minutes=90)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

ATTEMPT = "SELECT id, fingerprint, result FROM purchase_attempts WHERE scope = ? AND key = ?"
KEY = "SELECT wrapped FROM data_keys WHERE subject = ?"
STANDING = """
SELECT g.label_index, g.sealed, a.id, a.sealed, p.id, p.sealed, b.sealed
FROM one_click_grants g JOIN addresses a ON a.id = g.address_id
JOIN payment_methods p ON p.id = g.payment_method_id JOIN purchasers b ON b.id = g.purchaser_id
WHERE g.client_id = ? AND g.purchaser_id = ? ORDER BY g.enabled_at LIMIT 1"""
SHORT = """
SELECT variant_id, available, backorder FROM stock
WHERE variant_id IN (SELECT value FROM json_each(?)) AND available IS NOT NULL"""
BEGUN = """
INSERT INTO purchase_attempts (id, scope, key, fingerprint, state, subject, sealed, result,
charge_id, created_at, due_at, leased_until_at, attempts, version)
VALUES (?, ?, ?, ?, 'CHARGING', ?, ?, NULL, NULL, ?, ?, NULL, 0, 1)"""
CHARGED = """
INSERT INTO simulated_charges (id, idempotency_key, amount_minor, currency, method, customer,
status, created_at) VALUES (?, ?, ?, 'USD', ?, ?, 'HELD', ?)"""
ORDER = """
INSERT INTO orders (id, place, number, status, bucket, channel, placed_at, closes_at,
purchaser_id, client_id, signed_in, currency, total, figures, demand, subject, sealed, due_at,
leased_until_at, attempts, version)
VALUES (?, ?, ?, 'OPEN', 'SHORT_TERM', 'CLICK', ?, ?, ?, ?, 1, 'USD', ?, ?, ?, ?, ?, ?, NULL, 0, 1)
"""
EVENT = """
INSERT INTO order_events (order_id, sequence, id, type, status, occurred_at)
VALUES (?, 1, ?, 'placed', 'OPEN', ?)"""
PAYMENT = """
INSERT INTO order_payments (id, order_id, charge_id, amount, currency, digits, state, created_at,
due_at, leased_until_at, attempts, version)
VALUES (?, ?, ?, ?, 'USD', 2, 'HELD', ?, NULL, NULL, 0, 1)"""
MAIL = """
INSERT INTO outbox (id, dedupe_key, kind, subject, payload, state, due_at, leased_until_at,
attempts, version, created_at, failure)
VALUES (?, ?, 'MAIL', ?, ?, 'WAITING', ?, NULL, 0, 1, ?, NULL)"""
SETTLED = """
UPDATE purchase_attempts SET state = 'SETTLED', result = ?, charge_id = ?, due_at = NULL,
version = 2 WHERE id = ? AND version = 1"""


def new(prefix: str) -> str:
    """A random id."""
    number, digits = secrets.randbits(130), []
    for _ in range(22):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return f"{prefix}_{''.join(digits)}"


class Person:
    """Seals and unseals under the buyer's own key."""

    def __init__(self, reader: sqlite3.Connection, cipher: EnvelopeCipher, purchaser: str) -> None:
        self.id = purchaser
        self._cipher = cipher
        self._wrapped = reader.execute(KEY, (purchaser,)).fetchall()[0][0]

    def seal(self, plain: bytes, place: str) -> bytes:
        """``plain`` for its row."""
        return self._cipher.seal(self.id, self._wrapped, plain, place)

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for a row."""
        return self._cipher.unseal(self.id, self._wrapped, sealed, place)


def buy(store: Store, variables: Json, client: str, purchaser: str) -> Json:
    """The order."""
    wanted, reader = variables["input"], store.reader
    fingerprint = sha256(orjson.dumps(wanted, option=orjson.OPT_SORT_KEYS)).hexdigest()
    key = wanted["idempotencyKey"]
    assert not reader.execute(ATTEMPT, (purchaser, key)).fetchall()
    person = Person(reader, store.cipher, purchaser)
    row = reader.execute(STANDING, (client, purchaser)).fetchall()[0]
    label, granted, address_id, address, method_id, method, email = row
    person.unseal(granted, f"one_click_grants.sealed of {client} {label}")
    to = orjson.loads(person.unseal(address, f"addresses.sealed of {address_id}"))
    paid_by = orjson.loads(person.unseal(method, f"payment_methods.sealed of {method_id}"))
    mail_to = person.unseal(email, f"purchasers.sealed of {purchaser}").decode()
    token = paid_by["provider_token"]
    line: Entry = [wanted["variantId"], wanted["quantity"], 0]
    bill = bill_of(reader, [line], store.rates)
    figures = orjson.dumps({"items": items(bill), "total": bill.net + bill.shipping + bill.tax})
    demand = orjson.dumps([line[:2]])
    draft = {"figures": figures.decode(), "to": to, "method": token, "email": mail_to}
    attempt = new("att")
    _begin(store, attempt, person, key, fingerprint, orjson.dumps(draft), [wanted["variantId"]])
    charge = _charge(store, attempt, bill, token, purchaser)
    return _place(
        store, attempt, person, bill, charge, client, figures, demand, mail_to, orjson.dumps(draft)
    )


def _now() -> tuple[datetime, int]:
    now = datetime.now(UTC)
    return now, (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _begin(
    store: Store,
    attempt: str,
    person: Person,
    key: str,
    fingerprint: str,
    draft: bytes,
    variants: list[str],
) -> None:
    writer, (_, now) = store.writer, _now()
    writer.execute("BEGIN IMMEDIATE")
    sealed = person.seal(draft, f"purchase_attempts.sealed:{attempt}")
    values = (attempt, person.id, key, fingerprint, person.id, sealed, now, now + 30_000_000)
    writer.execute(BEGUN, values)
    assert not writer.execute(SHORT, (orjson.dumps(variants).decode(),)).fetchall()
    writer.execute("COMMIT")


def _charge(store: Store, attempt: str, bill: Bill, token: str, purchaser: str) -> str:
    writer, charge = store.writer, new("simch")
    due = bill.net + bill.shipping + bill.tax
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(CHARGED, (charge, attempt, due, token, purchaser, _now()[1]))
    writer.execute("COMMIT")
    return charge


def _place(  # noqa: PLR0913, PLR0917 - one transaction by hand
    store: Store,
    attempt: str,
    person: Person,
    bill: Bill,
    charge: str,
    client: str,
    figures: bytes,
    demand: bytes,
    mail_to: str,
    draft: bytes,
) -> Json:
    writer, order = store.writer, new("ord")
    at, now = _now()
    until, closes = at + WINDOW, now + 5_400_000_000
    number = base64.b32encode(sha256(order.encode()).digest())[:10].decode()
    place = now * 1024 + crc32(order.encode()) % 1024
    due = bill.net + bill.shipping + bill.tax
    sealed = person.seal(draft, f"orders.sealed:{order}")
    message = new("msg")
    text = "\n".join([f"Thank you. We have your order {number}.", "", *display_texts(bill)])
    mail = {"to": mail_to, "subject": f"Your order {number}", "text": text}
    letter = person.seal(orjson.dumps(mail), f"outbox.payload:{message}")
    result = orjson.dumps({"order": order, "until": until.isoformat()}).decode()
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(
        ORDER,
        (order, place, number, now, closes, person.id, client, due, figures.decode(),
         demand.decode(), person.id, sealed, closes),
    )  # fmt: skip
    writer.execute(EVENT, (order, new("oev"), now))
    writer.execute(PAYMENT, (new("chg"), order, charge, due, now))
    writer.execute(MAIL, (message, f"order-placed-{order}", person.id, letter, now, now))
    assert writer.execute(SETTLED, (result, charge, attempt)).rowcount == 1
    writer.execute("COMMIT")
    placed = {
        "__typename": "OrderPlaced",
        "undoUntil": _instant(until),
        "order": {
            "id": order,
            "number": number,
            "status": "OPEN",
            "placedAt": _instant(at),
            "items": items(bill),
            "total": taxed(bill.net + bill.shipping, bill.tax),
            "due": money(due),
        },
    }
    return {"data": {"oneClickPurchase": placed}}


def _instant(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat() + "Z"
