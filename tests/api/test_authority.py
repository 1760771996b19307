"""Who may do what: every root field of the schema, asked from outside by everybody there is."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from graphql import GraphQLObjectType

from gateway.engine.catalogue.collections import Collection
from gateway.schema import schema
from gateway.services.api_keys import revoke_key
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.services.ports.collections import ListedCollection
from gateway.settings import Settings
from tests.api.house import ADA, ANONYMOUS, GRACE, InProcessGateway, RequestIdentity, open_gateway

CALLER_NAMES = (
    *("nobody", "device", "another", "old", "recent", "other", "partner", "staff"),
    *("revoked", "recipient"),
)
"""No purchaser; Ada's device, and another of hers; her sign-in of an hour ago and of just now;
Grace's; three keys, one revoked; the secret of a recipient's link as if it were a sign-in."""

ADDRESS = (
    '{name: "Ada", country: "US", city: "Mountain View", region: "CA", postalCode: "94043",'
    ' lines: ["100 Castro Street"]}'
)
RECIPIENT = 'recipients: [{email: "kim@example.com"}]'
ERRORS = "userErrors { code }"
PURCHASE_FIELDS = "__typename ... on InvalidPurchase { userErrors { code } }"


def mutation_document(field: str, input: str) -> str:
    """A mutation of one field."""
    return f"mutation {{ {field}(input: {{{input}}}) {{ {ERRORS} }} }}"


def purchase_document(field: str, input: str) -> str:
    """A mutation that buys."""
    return f"mutation {{ {field}(input: {{{input}}}) {{ {PURCHASE_FIELDS} }} }}"


CART = 'cartId: "CART", expectedVersion: 1'
DOCUMENTS: Mapping[str, str] = {
    # -- reading
    "quote": '{ quote(input: {currency: "USD", items: []}) { userErrors { code } } }',
    "node order": '{ node(id: "ORDER") { id } }',
    "nodes": '{ nodes(ids: ["ORDER"]) { id } }',
    "nodes of a collection": '{ nodes(ids: ["COLLECTION"]) { id } }',
    "node gift": '{ node(id: "GIFT") { id } }',
    "node purchaser": '{ node(id: "PURCHASER") { id } }',
    "node address": '{ node(id: "ADDRESS") { id } }',
    "node method": '{ node(id: "METHOD") { id } }',
    "node cart": '{ node(id: "CART") { id } }',
    "node cart of Ada's": '{ node(id: "CLAIMED") { id } }',
    "cart of Ada's": '{ cart(id: "CLAIMED") { id } }',
    "viewer cart": "{ viewer { found: cart { id } } }",
    "viewer purchaser": "{ viewer { found: purchaser { id } } }",
    "viewer openOrders": "{ viewer { found: openOrders { id } } }",
    "viewer orders": "{ viewer { found: orders { nodes { id } } } }",
    "viewer gifts": "{ viewer { found: gifts { nodes { id } } } }",
    "webhooks": "{ webhooks { id url } }",
    "staff orders": "{ staff { found: orders { nodes { id } } } }",
    "staff returns": "{ staff { found: returns { pageInfo { hasNextPage } } } }",
    "staff disputes": "{ staff { found: disputes { pageInfo { hasNextPage } } } }",
    "staff shipments": "{ staff { found: shipments { pageInfo { hasNextPage } } } }",
    "cart": '{ cart(id: "CART") { id } }',
    "products": "{ products(first: 1) { nodes { id } } }",
    "product": '{ product(id: "PRODUCT") { id } }',
    "product that is not listed": '{ product(id: "UNLISTED") { id } }',
    "collection": '{ collection(handle: "kitchen") { id } }',
    "collections": "{ collections(first: 1) { nodes { id } } }",
    "order": '{ order(id: "ORDER") { id } }',
    "orderByIdempotencyKey": '{ orderByIdempotencyKey(key: "order") { id } }',
    "gift": '{ gift(id: "GIFT") { id } }',
    "gift of a partner": '{ gift(id: "PARTNERS") { id } }',
    "gift by number": '{ gift(trackingNumber: "NUMBER") { id } }',
    "giftOrder": '{ giftOrder(id: "GIVEN") { id } }',
    "giftClaim": '{ giftClaim(token: "TOKEN") { status } }',
    "giftClaim of a wrong link": '{ giftClaim(token: "nobodys") { status } }',
    "giftEstimate": '{ giftEstimate(variantId: "VARIANT") { low { amount } } }',
    "paymentProvider": "{ paymentProvider { name } }",
    "staff": "{ staff { found: auditLog { pageInfo { hasNextPage } } } }",
    "countries": "{ countries { code } }",
    "addressFormat": '{ addressFormat(country: "US") { country } }',
    # -- signing in
    "signInRequest": mutation_document("signInRequest", 'email: "ada@example.com"'),
    "signIn": mutation_document("signIn", 'email: "ada@example.com", code: "none"'),
    "purchaserErase": "mutation { purchaserErase { userErrors { code } } }",
    "signOut": "mutation { signOut { userErrors { code } } }",
    # -- what is kept for a purchaser
    "purchaserUpdate": mutation_document("purchaserUpdate", 'locale: "en-US"'),
    "addressSave": mutation_document("addressSave", f'label: "x", address: {ADDRESS}'),
    "addressDelete": mutation_document("addressDelete", 'id: "adr_none"'),
    "paymentSetup": "mutation { paymentSetup { userErrors { code } } }",
    "paymentMethodSave": mutation_document("paymentMethodSave", 'providerToken: "sim_ok"'),
    "paymentMethodDelete": mutation_document("paymentMethodDelete", 'id: "pay_none"'),
    "oneClickEnable": mutation_document(
        "oneClickEnable", 'addressId: "adr_none", paymentMethodId: "pay_none"'
    ),
    "oneClickDisable": mutation_document("oneClickDisable", "scope: THIS_CLIENT"),
    # -- carts
    "cartCreate": mutation_document("cartCreate", "lines: []"),
    "cartLinesAdd": mutation_document("cartLinesAdd", f"{CART}, lines: []"),
    "cartLinesUpdate": mutation_document("cartLinesUpdate", f"{CART}, lines: []"),
    "cartDestinationSet": mutation_document(
        "cartDestinationSet", 'cartId: "CART", expectedVersion: 9, destination: {country: "US"}'
    ),
    "cartDetailsSet": mutation_document("cartDetailsSet", f"{CART}"),
    "cartCustomerSet": mutation_document("cartCustomerSet", f"{CART}, kind: CONSUMER"),
    "cartCustomerSet exempt": mutation_document("cartCustomerSet", f"{CART}, kind: EXEMPT"),
    "cartCodesSet": mutation_document("cartCodesSet", f"{CART}, codes: []"),
    "cartShippingSelect": mutation_document(
        "cartShippingSelect", f'{CART}, shippingOptionId: "none"'
    ),
    "cartClaim": mutation_document("cartClaim", 'cartId: "CART", expectedVersion: 9'),
    "cartLinesAdd of Ada's": mutation_document("cartLinesAdd", 'cartId: "CLAIMED", lines: []'),
    "cartDetailsSet of Ada's": mutation_document("cartDetailsSet", 'cartId: "CLAIMED"'),
    "cartClaim of Ada's": mutation_document("cartClaim", 'cartId: "CLAIMED"'),
    "cartCheckout of Ada's": purchase_document(
        "cartCheckout",
        'cartId: "CLAIMED", expectedVersion: 9, expectedTotal: "0", idempotencyKey: "k", guest:'
        f' {{email: "kim@example.com", providerToken: "sim_ok", address: {ADDRESS}}}',
    ),
    # -- buying
    "cartCheckout": purchase_document(
        "cartCheckout",
        f'{CART}, expectedTotal: "0", idempotencyKey: "k", addressId: "adr_none",'
        ' paymentMethodId: "pay_none"',
    ),
    "cartCheckout and enabling": purchase_document(
        "cartCheckout",
        f'{CART}, expectedTotal: "0", idempotencyKey: "k", addressId: "adr_none",'
        ' paymentMethodId: "pay_none", enableOneClick: true',
    ),
    "cartCheckout as a guest": purchase_document(
        "cartCheckout",
        f'{CART}, expectedTotal: "0", idempotencyKey: "k", guest: {{email: "kim@example.com",'
        f' providerToken: "sim_ok", address: {ADDRESS}}}',
    ),
    "oneClickPurchase": purchase_document(
        "oneClickPurchase", 'variantId: "var_none", idempotencyKey: "k"'
    ),
    "oneClickPurchase again": purchase_document(
        "oneClickPurchase", 'variantId: "VARIANT", idempotencyKey: "order"'
    ),
    "orderCancel": mutation_document("orderCancel", 'orderId: "CANCELLED"'),
    "orderLineUpdate": mutation_document(
        "orderLineUpdate", 'orderId: "CANCELLED", lineId: "orl_none", quantity: 1'
    ),
    "orderAddressSet": mutation_document(
        "orderAddressSet", 'orderId: "CANCELLED", addressId: "ADDRESS"'
    ),
    "orderAccess": mutation_document("orderAccess", 'token: "WRONG"'),
    # -- gifts for those who give them
    "giftCreate": mutation_document(
        "giftCreate", f'variantId: "var_none", {RECIPIENT}, idempotencyKey: "k"'
    ),
    "giftInfoSupply": mutation_document("giftInfoSupply", 'giftId: "OVER", chargeCap: "5"'),
    "giftCancel": mutation_document("giftCancel", 'giftId: "OVER"'),
    "giftCancel of a partner": mutation_document("giftCancel", 'giftId: "PARTNERS_OVER"'),
    # -- gifts for those who are given them
    "giftAccept": mutation_document("giftAccept", f'token: "WRONG", address: {ADDRESS}'),
    "giftDecline": mutation_document("giftDecline", 'token: "WRONG"'),
    "giftThank": mutation_document("giftThank", 'token: "WRONG", message: "Thanks"'),
    "giftReport": mutation_document("giftReport", 'token: "WRONG"'),
    "giftExchange": mutation_document("giftExchange", 'token: "WRONG", variantId: "var_none"'),
    "giftForget": mutation_document("giftForget", 'token: "WRONG"'),
    "giftThank by the link": mutation_document("giftThank", 'token: "TOKEN", message: "Thanks"'),
    # -- keys' own
    "shipmentUpdate": mutation_document("shipmentUpdate", 'id: "gft_none", status: DISPATCHED'),
    "shipmentUpdate of an order": mutation_document(
        "shipmentUpdate", 'id: "ord_none", status: DISPATCHED'
    ),
    "stockAdjust": mutation_document(
        "stockAdjust", 'variantId: "var_none", by: 1, idempotencyKey: "k"'
    ),
    "shipmentDispatch": mutation_document("shipmentDispatch", 'shipmentId: "shm_none"'),
    "orderRefund": mutation_document("orderRefund", 'orderId: "CANCELLED", idempotencyKey: "k"'),
    "returnRequest": mutation_document("returnRequest", 'orderId: "CANCELLED", lines: []'),
    "returnUpdate": mutation_document("returnUpdate", 'returnId: "ret_none", status: APPROVED'),
    "variantUpdate": mutation_document("variantUpdate", 'variantId: "var_none", price: "1"'),
    "giftContactFailed": mutation_document(
        "giftContactFailed", 'giftId: "gft_none", channel: EMAIL'
    ),
    "webhookSave": mutation_document("webhookSave", 'url: "http://none"'),
    "webhookDelete": mutation_document("webhookDelete", 'id: "whk_none"'),
    # -- following
    "orderUpdates": 'subscription { orderUpdates(orderId: "CANCELLED") { sequence } }',
    "giftUpdates": 'subscription { giftUpdates(giftId: "OVER") { sequence } }',
    "giftUpdates of a partner": (
        'subscription { giftUpdates(giftId: "PARTNERS_OVER") { sequence } }'
    ),
    "giftFeed": 'subscription { giftFeed(after: "evt_none") { sequence } }',
}


@dataclass
class PopulatedShop:
    """A shop in which something has happened, everybody, and the ids of what there is."""

    shop: InProcessGateway
    identities: Mapping[str, RequestIdentity]
    ids: Mapping[str, str]

    async def ask_for_code(self, name: str, caller_name: str) -> str:
        """What asking for the row ``name`` comes to."""
        document = DOCUMENTS[name]
        for placeholder, id in sorted(self.ids.items(), key=lambda pair: -len(pair[0])):
            document = document.replace(f'"{placeholder}"', f'"{id}"')
        if document.startswith("subscription"):
            accept = "text/event-stream"
            answer = await self.shop.execute(self.identities[caller_name], document, accept=accept)
            [first, *_] = re.findall(r"^data: (\{.*\})$", answer.body.decode(), re.MULTILINE)
            return answer_code(json.loads(first))
        return answer_code((await self.shop.execute(self.identities[caller_name], document)).json())


def answer_code(answer: object) -> str:
    """The answer in a word: its code, ``null``, or ``ok``."""
    assert isinstance(answer, dict)
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    [value] = answer["data"].values()
    value = value.get("found", value) if isinstance(value, dict) else value
    value = value.get("nodes", value) if isinstance(value, dict) else value
    value = [each for each in value if each] if isinstance(value, list) else value
    if not value:
        return "null"
    if isinstance(value, dict) and value.get("userErrors"):
        return str(value["userErrors"][0]["code"])
    return str(value.get("__typename", "ok")) if isinstance(value, dict) else "ok"


@pytest.fixture
async def scene(demo_folder: Path) -> AsyncIterator[PopulatedShop]:
    async with open_gateway(Settings(data_dir=demo_folder, webhooks_private=True)) as shop:
        yield await populate_shop(shop)


async def populate_shop(shop: InProcessGateway) -> PopulatedShop:
    """Ada has bought and given, and a partner's app has given at her expense."""
    client, recent = await shop.new_client(), RequestIdentity(await shop.sign_in(ADA))
    ada = RequestIdentity(recent.bearer, client)
    old = RequestIdentity(await shop.sign_in(ADA))
    age_digest = hashlib.sha256((old.bearer or "").encode()).hexdigest()
    shop.execute_sql(
        "UPDATE sessions SET authenticated_at = authenticated_at - 3600000000 WHERE digest = ?",
        age_digest,
    )
    partner = RequestIdentity(await shop.add_key("app", ApiKeyRole.PARTNER, ADA))
    await shop.execute_for_data(
        partner, mutation_document("webhookSave", 'url: "http://127.0.0.1:9/"')
    )
    revoked = RequestIdentity(await shop.add_key("lost", ApiKeyRole.STAFF))
    parts = shop.gateway.dependencies
    await revoke_key("lost", database=parts.database, clock=parts.clock)
    another = await shop.new_client()
    await shop.execute_for_data(
        RequestIdentity(recent.bearer, another), "{ viewer { client { id } } }"
    )
    cancelled = await shop.place_order(ada, "cancelled")
    await shop.execute_for_data(recent, mutation_document("orderCancel", f'orderId: "{cancelled}"'))
    order = await shop.place_order(ada)
    gift, over = await shop.create_gift(recent), await shop.create_gift(recent, "lee@example.com")
    partners = await shop.create_gift(partner, "kay@example.com")
    partners_over = await shop.create_gift(partner, "max@example.com")
    for finished_gift in (over, partners_over):
        await shop.execute_for_data(
            recent, mutation_document("giftCancel", f'giftId: "{finished_gift["id"]}"')
        )
    cart = await shop.execute_for_data(
        ANONYMOUS, "mutation { cartCreate(input: {}) { cart { id } } }"
    )
    claimed = await shop.execute_for_data(
        ANONYMOUS, "mutation { cartCreate(input: {}) { cart { id } } }"
    )
    claimed_id = claimed["cartCreate"]["cart"]["id"]
    await shop.execute_for_data(recent, mutation_document("cartClaim", f'cartId: "{claimed_id}"'))
    viewer_data = await shop.execute_for_data(
        recent, "{ viewer { purchaser { id addresses { id } paymentMethods { id } } } }"
    )
    purchaser = viewer_data["viewer"]["purchaser"]
    async with parts.database.begin() as work:
        kitchen = Collection("col_kitchen", "kitchen", "Kitchen")
        await work.collections.save([ListedCollection(kitchen, 0)])
        [listed, unlisted] = await work.catalogue.list_products(2, None)
    shop.execute_sql("UPDATE products SET listed = 0 WHERE id = ?", unlisted.product.id)
    token = mailed_link_token(shop.folder / "outbox", "robin@example.com")
    return PopulatedShop(
        shop,
        {
            "nobody": ANONYMOUS,
            "device": RequestIdentity(client=client),
            "another": RequestIdentity(client=another),
            "old": old,
            "recent": recent,
            "other": RequestIdentity(await shop.sign_in(GRACE)),
            "partner": partner,
            "staff": RequestIdentity(await shop.add_key("carrier", ApiKeyRole.STAFF)),
            "revoked": revoked,
            "recipient": RequestIdentity(token),
        },
        {
            "ORDER": order,
            "CANCELLED": cancelled,
            "GIFT": gift["id"],
            "NUMBER": gift["trackingNumber"],
            "GIVEN": gift["order"]["id"],
            "OVER": over["id"],
            "PARTNERS": partners["id"],
            "PARTNERS_OVER": partners_over["id"],
            "CART": cart["cartCreate"]["cart"]["id"],
            "CLAIMED": claimed_id,
            "PURCHASER": purchaser["id"],
            "ADDRESS": purchaser["addresses"][0]["id"],
            "METHOD": purchaser["paymentMethods"][0]["id"],
            "VARIANT": await shop.find_variant(),
            "TOKEN": token,
            "WRONG": "nobodys",
            "COLLECTION": kitchen.id,
            "PRODUCT": listed.product.id,
            "UNLISTED": unlisted.product.id,
        },
    )


def mailed_link_token(outbox: Path, recipient: str) -> str:
    """The secret in the link that was mailed to ``recipient``."""
    for mail in outbox.glob("*.eml"):
        text = mail.read_text().replace("=\n", "")
        link = re.search(r"/gift#(?:=23)?([\w-]+)", text)
        if f"To: {recipient}" in text and link is not None:
            return link[1]
    raise AssertionError(f"no link was sent to {recipient}")


AUTHORITY_TABLE = """
                           nobody device another old recent other partner staff revoked recipient
quote                      may    may    may     may may    may   may     may   may     may
node order                 -      ok     -       ok  ok     -     -       ok    -       -
nodes                      -      ok     -       ok  ok     -     -       ok    -       -
nodes of a collection      may    may    may     may may    may   may     may   may     may
node gift                  -      -      -       ok  ok     -     -       -     -       -
node purchaser             -      -      -       ok  ok     -     -       -     -       -
node address               -      -      -       ok  ok     -     -       -     -       -
node method                -      -      -       ok  ok     -     -       -     -       -
node cart                  may    may    may     may may    may   may     may   may     may
node cart of Ada's         -      -      -       ok  ok     -     -       -     -       -
cart of Ada's              -      -      -       ok  ok     -     -       -     -       -
viewer cart                -      -      -       ok  ok     -     -       -     -       -
viewer purchaser           -      -      -       ok  ok     ok    -       -     -       -
viewer openOrders          -      ok     -       ok  ok     -     -       -     -       -
viewer orders              -      -      -       ok  ok     -     -       -     -       -
viewer gifts               -      -      -       ok  ok     -     -       -     -       -
webhooks                   -      -      -       -   -      -     ok      -     -       -
staff orders               -      -      -       -   -      -     -       ok    -       -
staff returns              -      -      -       -   -      -     -       ok    -       -
staff disputes             -      -      -       -   -      -     -       ok    -       -
staff shipments            -      -      -       -   -      -     -       ok    -       -
cart                       may    may    may     may may    may   may     may   may     may
products                   may    may    may     may may    may   may     may   may     may
product                    may    may    may     may may    may   may     may   may     may
product that is not listed -      -      -       -   -      -     -       ok    -       -
collection                 may    may    may     may may    may   may     may   may     may
collections                may    may    may     may may    may   may     may   may     may
order                      -      ok     -       ok  ok     -     -       ok    -       -
orderByIdempotencyKey      -      ok     -       ok  ok     -     -       -     -       -
gift                       -      -      -       ok  ok     -     -       -     -       -
gift of a partner          -      -      -       ok  ok     -     ok      -     -       -
gift by number             may    may    may     may may    may   may     may   may     may
giftOrder                  -      -      -       ok  ok     -     -       -     -       -
giftClaim                  may    may    may     may may    may   may     may   may     may
giftClaim of a wrong link  -      -      -       -   -      -     -       -     -       -
giftEstimate               may    may    may     may may    may   may     may   may     may
paymentProvider            may    may    may     may may    may   may     may   may     may
staff                      -      -      -       -   -      -     -       ok    -       -
countries                  may    may    may     may may    may   may     may   may     may
addressFormat              may    may    may     may may    may   may     may   may     may
signInRequest              may    may    may     may may    may   may     may   may     may
signIn                     T      T      T       T   T      T     T       T     T       T
purchaserUpdate            S      R      R       ok  ok     ok    S       S     S       S
addressSave                S      R      R       R   ok     ok    S       S     S       S
addressDelete              S      R      R       R   N      N     S       S     S       S
paymentSetup               S      R      R       R   I      I     S       S     S       S
paymentMethodSave          S      R      R       R   ok     ok    S       S     S       S
paymentMethodDelete        S      R      R       R   N      N     S       S     S       S
oneClickEnable             S      R      R       R   ok     ok    S       S     S       S
cartCreate                 may    may    may     may may    may   may     may   may     may
cartLinesAdd               may    may    may     may may    may   may     may   may     may
cartLinesUpdate            may    may    may     may may    may   may     may   may     may
cartDestinationSet         may    may    may     may may    may   may     may   may     may
cartDetailsSet             may    may    may     may may    may   may     may   may     may
cartCustomerSet            may    may    may     may may    may   may     may   may     may
cartCustomerSet exempt     F      F      F       F   F      F     F       F     F       F
cartClaim                  C      C      C       C   C      C     C       C     C       C
cartLinesAdd of Ada's      N      N      N       ok  ok     N     N       N     N       N
cartDetailsSet of Ada's    N      N      N       ok  ok     N     N       N     N       N
cartClaim of Ada's         N      N      N       ok  ok     N     N       N     N       N
cartCheckout of Ada's      N      N      N       C   C      N     N       N     N       N
cartCodesSet               may    may    may     may may    may   may     may   may     may
cartShippingSelect         may    may    may     may may    may   may     may   may     may
cartCheckout               S      R      R       N   N      N     S       S     S       S
cartCheckout and enabling  S      R      R       R   N      N     S       S     S       S
cartCheckout as a guest    may    may    may     may may    may   may     may   may     may
oneClickPurchase           S      N      F       F   F      F     S       S     S       S
oneClickPurchase again     S      ok     R       ok  ok     F     S       S     S       S
orderCancel                N      M      N       M   M      N     N       M     N       N
orderLineUpdate            N      M      N       M   M      N     N       M     N       N
orderAddressSet            N      R      N       R   M      N     N       M     N       N
orderAccess                T      T      T       T   T      T     T       T     T       T
giftCreate                 S      R      R       N   N      N     N       S     S       S
giftInfoSupply             S      R      R       M   M      N     N       S     S       S
giftCancel                 S      R      R       M   M      N     N       S     S       S
giftCancel of a partner    S      R      R       M   M      N     M       S     S       S
giftAccept                 T      T      T       T   T      T     T       T     T       T
giftDecline                T      T      T       T   T      T     T       T     T       T
giftThank                  T      T      T       T   T      T     T       T     T       T
giftReport                 T      T      T       T   T      T     T       T     T       T
giftExchange               T      T      T       T   T      T     T       T     T       T
giftForget                 T      T      T       T   T      T     T       T     T       T
giftThank by the link      may    may    may     may may    may   may     may   may     may
shipmentUpdate             F      F      F       F   F      F     F       N     F       F
shipmentUpdate of an order F      F      F       F   F      F     F       N     F       F
stockAdjust                F      F      F       F   F      F     F       N     F       F
shipmentDispatch           F      F      F       F   F      F     F       N     F       F
orderRefund                F      F      F       F   F      F     F       M     F       F
returnRequest              N      I      N       I   I      N     N       I     N       N
returnUpdate               F      F      F       F   F      F     F       N     F       F
variantUpdate              F      F      F       F   F      F     F       N     F       F
giftContactFailed          F      F      F       F   F      F     F       N     F       F
webhookSave                F      F      F       F   F      F     may     F     F       F
webhookDelete              F      F      F       F   F      F     N       F     F       F
orderUpdates               N      ok     N       ok  ok     N     N       ok    N       N
giftUpdates                S      R      R       ok  ok     N     N       S     S       S
giftUpdates of a partner   S      R      R       ok  ok     N     ok      S     S       S
giftFeed                   F      F      F       F   F      F     N       F     F       F
oneClickDisable            S      ok     ok      ok  ok     ok    S       S     S       S
purchaserErase             S      R      R       R   M      ok    S       S     S       S
signOut                    may    may    may     may may    may   may     may   may     may
"""
"""What each gets. ``may``: what anything but their authority decides; ``-``: nothing is there. Else
the code: Sign in, sign in again (R), Forbidden, Not found, not Modifiable, Invalid input, invalid
Token, another version (C)."""
CODE_LETTERS = {
    "SIGN_IN_REQUIRED": "S",
    "SignInRequired": "S",
    "REAUTHENTICATION_REQUIRED": "R",
    "ReauthenticationRequired": "R",
    "FORBIDDEN": "F",
    "VERSION_CONFLICT": "C",
    "NOT_FOUND": "N",
    "NOT_MODIFIABLE": "M",
    "INVALID_INPUT": "I",
    "INVALID_TOKEN": "T",
    "null": "-",
    "OrderPlaced": "ok",
}
ROWS_ASKED_LAST = ("oneClickDisable", "purchaserErase", "signOut")
"""What changes who the others are."""


def authority_rows() -> dict[str, list[str]]:
    """The table's rows by their names."""
    head, *lines = AUTHORITY_TABLE.strip("\n").splitlines()
    assert tuple(head.split()) == CALLER_NAMES
    width = head.index(CALLER_NAMES[0])
    return {line[:width].strip(): line[width:].split() for line in lines}


async def test_everybody_may_do_what_the_table_says_and_nothing_else(scene: PopulatedShop) -> None:
    # R97, R103
    expected = authority_rows()
    codes_by_row: dict[str, list[str]] = {}
    for name in (*(code for code in expected if code not in ROWS_ASKED_LAST), *ROWS_ASKED_LAST):
        words = [await scene.ask_for_code(name, who) for who in CALLER_NAMES]
        short = [CODE_LETTERS.get(word, word) for word in words]
        codes_by_row[name] = [
            "may" if expected_code == "may" and code not in "SRF-" else code
            for code, expected_code in zip(short, expected[name], strict=True)
        ]
    assert codes_by_row == expected


def test_every_root_field_has_a_row() -> None:
    # R97
    kinds = (schema._schema.query_type, schema._schema.mutation_type)
    subscriptions = schema._schema.subscription_type
    fields = {
        name
        for kind in (*kinds, subscriptions)
        if isinstance(kind, GraphQLObjectType)
        for name in kind.fields
    }
    assert {each.split()[0] for each in authority_rows()} == fields
    assert authority_rows().keys() == DOCUMENTS.keys()
    assert all(document.count(name.split()[0]) for name, document in DOCUMENTS.items())
