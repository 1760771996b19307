"""Sending the letters that purchases have left, by hand: each a file, taken and ended durably."""

import os
import time

import orjson

from benchmarks.floor.carts import Store
from benchmarks.floor.purchases import PersonalCipher

LEASE_MICROSECONDS = 60_000_000
LEASE_MESSAGE = """
UPDATE outbox SET leased_until_at = ?, attempts = attempts + 1, version = version + 1
WHERE id IN (SELECT id FROM outbox WHERE state = 'WAITING' AND subject = ? ORDER BY due_at LIMIT 1)
RETURNING id, dedupe_key, payload"""
MARK_SENT = """
UPDATE outbox SET state = 'SENT', payload = NULL, leased_until_at = NULL, version = version + 1
WHERE id = ?"""


def deliver_letter(store: Store, purchaser: str) -> None:
    """Send the letter of the purchase that was just answered."""
    writer = store.writer
    writer.execute("BEGIN IMMEDIATE")
    leased_until = time.time_ns() // 1000 + LEASE_MICROSECONDS
    message, key, payload = writer.execute(LEASE_MESSAGE, (leased_until, purchaser)).fetchall()[0]
    writer.execute("COMMIT")
    personal_cipher = PersonalCipher(store.reader, store.cipher, purchaser)
    mail = orjson.loads(personal_cipher.unseal(payload, f"outbox.payload:{message}"))
    _write_letter(store, key, mail)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(MARK_SENT, (message,))
    writer.execute("COMMIT")


def _write_letter(store: Store, key: str, mail: dict[str, str]) -> None:
    """The letter, whole under its name once it is on the disk."""
    head = f"From: gateway@localhost\nTo: {mail['to']}\nSubject: {mail['subject']}\n"
    temporary_file = store.letters / f".{key}"
    with temporary_file.open("wb") as file:
        file.write(f"{head}\n{mail['text']}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    temporary_file.replace(store.letters / f"{key}.eml")
