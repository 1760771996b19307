"""What is kept of a request to know it again: nothing that can be guessed without the secret."""

import ast
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

import gateway
from gateway.adapters.repositories.attempts import ATTEMPTS
from gateway.adapters.statements import Statement
from gateway.adapters.vault import EnvelopeCipher
from gateway.engine.buying import IdempotencyConflict
from gateway.services import checkout
from gateway.services.checkout import Guest
from gateway.services.fingerprints import fingerprints
from tests.engine.purchases import usd
from tests.shelves import HOME, PRINT
from tests.store import Store, placed

PACKAGE = Path(gateway.__file__).parent
KEPT = Statement(select(ATTEMPTS.c.fingerprint))
BODY = {"email": "ada@example.com"}
PLAIN = hashlib.sha256(json.dumps(["op", BODY]).encode()).hexdigest()

UNKEYED = {
    "services/fingerprints.py": "compares with what earlier releases kept; keeps none",
    "services/gifts/directory.py": "of what is blinded already",
    "services/gifts/links.py": "of a random token",
    "services/identity/identifiers.py": "of a random secret",
    "services/keys.py": "of a random key",
    "services/orders.py": "of a random id",
    "transport/persisted.py": "of a document, as clients compute it",
    "transport/rates.py": "of a random key, for a minute",
}
"""Where a digest without a key is taken, and of what."""


pytestmark = pytest.mark.usefixtures("short_patience")


def digests_of(path: Path) -> bool:
    """Whether the module takes digests without a key."""
    names = {"hashlib", "sha1", "sha256", "sha512", "md5", "blake2b", "blake2s", "crypt"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found = {each.name for each in node.names} | {getattr(node, "module", None)}
            if found & names:
                return True
    return False


def test_digests_without_a_key_are_of_nothing_personal() -> None:
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if digests_of(path)}
    assert {path for path in found if not path.startswith(tuple(UNKEYED))} == set()


def test_a_fingerprint_hangs_on_the_secret() -> None:
    """One's first is kept; the other secret's still finds what was kept under it."""
    old, new = EnvelopeCipher("a" * 32), EnvelopeCipher("b" * 32, ["a" * 32])
    ((kept, *_), present) = fingerprints("op", BODY, old), fingerprints("op", BODY, new)
    assert kept in present
    assert kept != present[0]
    assert PLAIN not in (kept, present[0])
    assert len({fingerprints(*each, old)[0] for each in (("op", BODY), ("po", BODY))}) == 2


async def test_what_is_kept_of_a_guests_checkout(store: Store) -> None:
    """A guess at e-mail and address, with everything else known, is not confirmed by the row."""
    cart = await store.cart()
    guest = Guest("guest@example.com", HOME, "sim_ok")
    placed(await store.guest(cart, guest=guest))
    async with store.database.read() as reading:
        ((kept,),) = await reading.session.all(KEPT)
    unkeyed = fingerprints(checkout.OPERATION, _body(cart.id, cart.version), store.parts.cipher)
    assert unkeyed[0] == kept
    assert unkeyed[-1] != kept
    assert len(kept) == 64


def _body(cart_id: str, version: int) -> dict[str, object]:
    """A checkout's body as it is fingerprinted."""
    return {
        "cartId": cart_id,
        "expectedVersion": version,
        "expectedTotal": None,
        "addressId": None,
        "paymentMethodId": None,
        "guestEmail": "guest@example.com",
        "guestAddress": str(checkout._plain(HOME)),
        "guestToken": "sim_ok",
        "enableOneClick": False,
    }


async def test_a_repeat_of_what_an_earlier_release_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: within its life a key answers as before, and no other request passes for it."""
    cart = await store.cart()
    with monkeypatch.context() as earlier:
        earlier.setattr(checkout, "fingerprints", lambda *given: (fingerprints(*given)[-1],))
        order = placed(await store.guest(cart, idempotency_key="k"))
    assert placed(await store.guest(cart, idempotency_key="k")) == order
    other = replace(Guest("guest@example.com", HOME, "sim_ok"), email="eve@example.com")
    assert isinstance(
        await store.guest(cart, idempotency_key="k", guest=other), IdempotencyConflict
    )


async def test_a_repeat_after_the_secret_was_changed(store: Store) -> None:
    """R22: and a code that counts once is still used."""
    cart = await store.cart([(PRINT, 1)], codes=["ONCE"])
    order = placed(await store.guest(cart, idempotency_key="k"))
    rotated = EnvelopeCipher("another secret of the tests", ["a secret of the tests, long enough"])
    later = store.with_(cipher=rotated)
    assert placed(await later.guest(cart, idempotency_key="k")).id == order.id
    again = placed(await later.guest(await later.cart([(PRINT, 1)], codes=["ONCE"])))
    assert (order.discount_total, again.discount_total) == (usd(-100), usd(0))
