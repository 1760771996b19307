"""What is kept of a request to know it again: nothing that can be guessed without the secret."""

import ast
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

import gateway
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.repositories.purchase_attempts import ATTEMPTS
from gateway.adapters.sql.statements import Statement
from gateway.engine.checkout.outcomes import IdempotencyConflict
from gateway.services.checkout import cart_checkout
from gateway.services.checkout.cart_checkout import GuestBuyer
from gateway.services.idempotency import request_fingerprints
from tests.engine.purchases import usd
from tests.shelves import HOME, PRINT
from tests.store import Store, require_order

PACKAGE = Path(gateway.__file__).parent
FINGERPRINTS = Statement(select(ATTEMPTS.c.fingerprint))
BODY = {"email": "ada@example.com"}
UNKEYED_DIGEST = hashlib.sha256(json.dumps(["op", BODY]).encode()).hexdigest()

UNKEYED_DIGEST_MODULES = {
    "adapters/demo/drawings.py": "of a picture, which everybody may see",
    "adapters/picture_files.py": "of pictures and their addresses, which everybody may see",
    "adapters/stripe_payments/authorizations.py": "of an amount and random tokens of the provider",
    "services/idempotency.py": "compares with what earlier releases kept; keeps none",
    "services/gifts/imported_directory.py": "of what is blinded already",
    "services/gifts/links.py": "of a random token",
    "services/identity/client_identifiers.py": "of a random secret",
    "services/api_keys.py": "of a random key",
    "services/catalogue/collection_preparation.py": "of a collection's rule or its products",
    "services/catalogue/product_lists.py": "of what a list is narrowed by, in its cursors",
    "services/orders/guest_access.py": "of a random token",
    "services/orders/lifecycle.py": "of a random id",
    "transport/persisted_documents.py": "of a document, as clients compute it",
    "transport/rate_limits.py": "of a random key, for a minute",
}
"""Where a digest without a key is taken, and of what."""


pytestmark = pytest.mark.usefixtures("short_patience")


def takes_unkeyed_digests(path: Path) -> bool:
    """Whether the module takes digests without a key."""
    names = {"hashlib", "sha1", "sha256", "sha512", "md5", "blake2b", "blake2s", "crypt"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported_names = {each.name for each in node.names} | {getattr(node, "module", None)}
            if imported_names & names:
                return True
    return False


def test_digests_without_a_key_are_of_nothing_personal() -> None:
    modules = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if takes_unkeyed_digests(path)
    }
    assert {path for path in modules if not path.startswith(tuple(UNKEYED_DIGEST_MODULES))} == set()


def test_a_fingerprint_hangs_on_the_secret() -> None:
    """One's first is kept; the other secret's still finds what was kept under it."""
    old, new = EnvelopeCipher("a" * 32), EnvelopeCipher("b" * 32, ["a" * 32])
    ((fingerprint, *_), present) = (
        request_fingerprints("op", BODY, old),
        request_fingerprints("op", BODY, new),
    )
    assert fingerprint in present
    assert fingerprint != present[0]
    assert UNKEYED_DIGEST not in (fingerprint, present[0])
    assert len({request_fingerprints(*each, old)[0] for each in (("op", BODY), ("po", BODY))}) == 2


async def test_what_is_kept_of_a_guests_checkout(store: Store) -> None:
    """A guess at e-mail and address, with everything else known, is not confirmed by the row."""
    cart = await store.create_cart()
    guest = GuestBuyer("guest@example.com", HOME, "sim_ok")
    require_order(await store.check_out_as_guest(cart, guest=guest))
    async with store.database.read() as reading:
        ((fingerprint,),) = await reading.session.fetch_all(FINGERPRINTS)
    unkeyed = request_fingerprints(
        cart_checkout.OPERATION, _body(cart.id, cart.version), store.dependencies.cipher
    )
    assert unkeyed[0] == fingerprint
    assert unkeyed[-1] != fingerprint
    assert len(fingerprint) == 64


def _body(cart_id: str, version: int) -> dict[str, object]:
    """A checkout's body as it is fingerprinted."""
    return {
        "cartId": cart_id,
        "expectedVersion": version,
        "expectedTotal": None,
        "addressId": None,
        "paymentMethodId": None,
        "guestEmail": "guest@example.com",
        "guestAddress": str(cart_checkout._address_values(HOME)),
        "guestToken": "sim_ok",
        "enableOneClick": False,
    }


async def test_a_repeat_of_what_an_earlier_release_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: within its life a key answers as before, and no other request passes for it."""
    cart = await store.create_cart()
    with monkeypatch.context() as earlier:
        earlier.setattr(
            cart_checkout,
            "request_fingerprints",
            lambda *given: (request_fingerprints(*given)[-1],),
        )
        order = require_order(await store.check_out_as_guest(cart, idempotency_key="k"))
    assert require_order(await store.check_out_as_guest(cart, idempotency_key="k")) == order
    other_guest = replace(GuestBuyer("guest@example.com", HOME, "sim_ok"), email="eve@example.com")
    assert isinstance(
        await store.check_out_as_guest(cart, idempotency_key="k", guest=other_guest),
        IdempotencyConflict,
    )


async def test_a_repeat_after_the_secret_was_changed(store: Store) -> None:
    """R22: and a code that counts once is still used."""
    cart = await store.create_cart([(PRINT, 1)], codes=["ONCE"])
    order = require_order(await store.check_out_as_guest(cart, idempotency_key="k"))
    rotated = EnvelopeCipher("another secret of the tests", ["a secret of the tests, long enough"])
    later = store.with_dependencies(cipher=rotated)
    assert require_order(await later.check_out_as_guest(cart, idempotency_key="k")).id == order.id
    again = require_order(
        await later.check_out_as_guest(await later.create_cart([(PRINT, 1)], codes=["ONCE"]))
    )
    assert (order.discount_total, again.discount_total) == (usd(-100), usd(0))
