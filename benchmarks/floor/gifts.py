"""Accepting a gift, by hand: the same rows in one durable transaction."""

import re
import time
from hashlib import sha256
from typing import Any

import orjson

from benchmarks.floor.carts import Store
from benchmarks.floor.figures import Json
from benchmarks.floor.purchases import FIND_DATA_KEY, new_id

ZIP = re.compile(r"9[0-6]\d{3}(-\d{4})?")
WORD = re.compile(r"\w+")
STREET_ABBREVIATIONS = {"street": "st", "avenue": "ave", "road": "rd"}

FIND_LINK = "SELECT gift_id, scopes, blind, expires_at FROM gift_tokens WHERE digest = ?"
FIND_GIFT = "SELECT version, status, sequence, public, sealed, partner_id FROM gifts WHERE id = ?"
NARROW_SCOPES = "UPDATE gift_tokens SET scopes = ? WHERE digest = ?"
VERIFY_CONTACT = "UPDATE gift_contacts SET verified = 1 WHERE gift_id = ? AND blind = ?"
SAVE_GIFT = """
UPDATE gifts SET status = 'VERIFYING', sequence = ?, version = version + 1, public = ?, sealed = ?,
due_at = ?, leased_until_at = NULL, attempts = 0 WHERE id = ? AND version = ?"""
ADD_EVENT = """
INSERT INTO gift_events (id, gift_id, sequence, type, status, occurred_at, partner_id, position)
VALUES (?, ?, ?, ?, ?, ?, ?, NULL)"""


def accept_gift(store: Store, variables: Json) -> Json:
    """The claim."""
    accept_input, writer = variables["input"], store.writer
    address = _clean_address(accept_input["address"])
    digest, now = sha256(accept_input["token"].encode()).hexdigest(), time.time_ns() // 1000
    writer.execute("BEGIN IMMEDIATE")
    gift_id, scopes, blind, expires = writer.execute(FIND_LINK, (digest,)).fetchall()[0]
    assert "ACCEPT" in scopes
    assert now < expires
    row = writer.execute(FIND_GIFT, (gift_id,)).fetchall()[0]
    version, status, sequence, public_json, sealed, partner = row
    assert status == "AWAITING_RECIPIENT"
    subject, context = f"recipient of {gift_id}", f"gifts.sealed of {gift_id}"
    wrapped_key = writer.execute(FIND_DATA_KEY, (subject,)).fetchall()[0][0]
    personal = orjson.loads(store.cipher.unseal(subject, wrapped_key, sealed, context))
    public = orjson.loads(public_json)
    _add_reply(public, personal, address)
    resealed = store.cipher.seal(subject, wrapped_key, orjson.dumps(personal), context)
    remaining = " ".join(each for each in scopes.split() if each != "ACCEPT")
    writer.execute(NARROW_SCOPES, (remaining, digest))
    writer.execute(VERIFY_CONTACT, (gift_id, blind))
    document = orjson.dumps(public).decode()
    values = (sequence + 2, document, resealed, now, gift_id, version)
    assert writer.execute(SAVE_GIFT, values).rowcount == 1
    for index, (type_, next_status) in enumerate(
        (("reply", "SCREENING"), ("sufficient", "VERIFYING"))
    ):
        event = (new_id("evt"), gift_id, sequence + 1 + index, type_, next_status, now, partner)
        writer.execute(ADD_EVENT, event)
    writer.execute("COMMIT")
    return _claim(public, personal)


def _clean_address(address: Json) -> Json:
    """The address in order, in the one country and state that are served here."""
    name, region = " ".join(address["name"].split()), address["region"].upper()
    city, code = " ".join(address["city"].split()), address["postalCode"].strip()
    lines = [" ".join(line.split()) for line in address["lines"]]
    assert all((name, city, lines, *lines))
    assert (address["country"], region) == ("US", "CA")
    assert ZIP.fullmatch(code)
    return {
        "name": name,
        "country": "US",
        "region": region,
        "city": city,
        "postal_code": code,
        "lines": lines,
        "phone": None,
    }


def _add_reply(public: Json, personal: Json, address: dict[str, Any]) -> None:
    """The gift once its recipient has answered."""
    words = [
        STREET_ABBREVIATIONS.get(word, word)
        for word in WORD.findall(" ".join(address["lines"]).casefold())
    ]
    candidate = {
        "key": f"US|ca|{address['postal_code'][:5]}|{''.join(words)}",
        "address": address,
        "level": "OK",
        "said_by": "RECIPIENT",
        "confirmed": False,
        "standing": "PROPOSED",
        "facts": [],
    }
    personal["candidates"].append(candidate)
    for channel in personal["channels"]:
        channel["state"] = "SPENT"
    public["status"], public["sequence"] = "VERIFYING", public["sequence"] + 2


def _claim(public: Json, personal: Json) -> Json:
    claim = {
        "status": public["status"],
        "from": personal["note"]["sender"],
        "message": personal["note"]["message"],
        "itemTitle": public["item"]["title"],
        "expiresAt": public["deadline"],
        "canAccept": False,
        "canDecline": True,
        "canExchange": False,
    }
    return {"data": {"giftAccept": {"userErrors": [], "claim": claim}}}
