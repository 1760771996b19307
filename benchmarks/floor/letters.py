"""Sending the letters that purchases have left, by hand: each a file, taken and ended durably."""

import os
import time

import orjson

from benchmarks.floor.carts import Store
from benchmarks.floor.purchases import Person

LEASE_MICROSECONDS = 60_000_000
CLAIM = """
UPDATE outbox SET leased_until_at = ?, attempts = attempts + 1, version = version + 1
WHERE id IN (SELECT id FROM outbox WHERE state = 'WAITING' AND subject = ? ORDER BY due_at LIMIT 1)
RETURNING id, dedupe_key, payload"""
SENT = """
UPDATE outbox SET state = 'SENT', payload = NULL, leased_until_at = NULL, version = version + 1
WHERE id = ?"""


def deliver(store: Store, purchaser: str) -> None:
    """Send the letter of the purchase that was just answered."""
    writer = store.writer
    writer.execute("BEGIN IMMEDIATE")
    until = time.time_ns() // 1000 + LEASE_MICROSECONDS
    message, key, payload = writer.execute(CLAIM, (until, purchaser)).fetchall()[0]
    writer.execute("COMMIT")
    person = Person(store.reader, store.cipher, purchaser)
    mail = orjson.loads(person.unseal(payload, f"outbox.payload:{message}"))
    _write(store, key, mail)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(SENT, (message,))
    writer.execute("COMMIT")


def _write(store: Store, key: str, mail: dict[str, str]) -> None:
    """The letter, whole under its name once it is on the disk."""
    head = f"From: gateway@localhost\nTo: {mail['to']}\nSubject: {mail['subject']}\n"
    unfinished = store.letters / f".{key}"
    with unfinished.open("wb") as file:
        file.write(f"{head}\n{mail['text']}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(store.letters / f"{key}.eml")
