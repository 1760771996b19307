"""All that a giver and a partner ever get, and all that is logged: nothing says where it goes."""

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import httpx
import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query

from gateway.bootstrap import bootstrap
from gateway.services.gifts.gift_store import load_gift
from gateway.settings import Settings
from tests.api.serving import command_output, start_gateway
from tests.gifts.real_shop import GIVER, MUG, Listening, RealShop, open_real_shop, wait_until
from tests.gifts.telltales import find_telltales, spelling_pattern
from tests.gifts.whole_selections import field_selections, full_selection
from tests.running import START_TIMEOUT_SECONDS

STREET, TOWN, POSTAL, PHONE = "1729 Ramanujan Terrace", "Esquimalt", "V9A 4T4", "+1 250 383 0134"
ADDRESS = {
    "name": "Robin Friend",
    "country": "CA",
    "region": "BC",
    "city": TOWN,
    "postalCode": POSTAL,
    "lines": [STREET],
    "phone": PHONE,
}
CARD = "4111 1111 1111 1111"
PLACE = {
    "street": spelling_pattern("Ramanujan"),
    "town": spelling_pattern("Esquimalt"),
    "postal code": spelling_pattern("V9A", "4T4"),
    "phone": spelling_pattern("250", "383", "0134"),
    "card": spelling_pattern("4111", "1111", "1111", "1111"),
}
# In the log nobody is named at all, not even who buys.
PERSONS = {
    **PLACE,
    "recipient's name": spelling_pattern("Robin", "Friend"),
    "recipient": spelling_pattern("robin", "example"),
    "who is looked for": spelling_pattern("kim", "example"),
    "giver": spelling_pattern("grace", "example"),
    "guest": spelling_pattern("olga", "example"),
    "guest's street": spelling_pattern("Kovalevskaya"),
    "provider's token": re.compile("sim_3ds"),
}
GIVERS_MAILS = 8
"""Two gifts arrived, three went off, three times the giver was needed."""
DIRECTORY = f"""\
BEGIN:VCARD
VERSION:3.0
FN:Kim Friend
N:Friend;Kim;;;
EMAIL:{{email}}
TEL:{PHONE}
ADR:;;{STREET};{TOWN};BC;{POSTAL};Canada
REV:{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}
END:VCARD
"""
ACCEPT = """mutation ($input: GiftAcceptInput!) {
  giftAccept(input: $input) { claim { status } userErrors { code } }
}"""
GUEST = """mutation ($input: CartCheckoutInput!) {
  cartCheckout(input: $input) { __typename ... on PaymentActionRequired { redirectUrl } }
}"""
CART = """mutation ($input: CartCreateInput!) {
  cartCreate(input: $input) { cart { id version } }
}"""


class GivenGift(NamedTuple):
    """A gift, and whether a partner made it: its giver, who pays, sees it either way."""

    id: str
    partner: bool = False


@dataclass
class Transcript:
    """All that somebody got, as text."""

    heard: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """All of it."""
        return "\n".join(self.heard)

    async def listen(
        self,
        frames: Listening,
        document: str,
        bearer: str,
        until: str | None = None,
        **named: object,
    ) -> None:
        """Hear a subscription to its end, or to the event ``until``."""
        async with aclosing(frames(document, bearer, **named)) as heard:
            async for frame in heard:
                self.heard.append(frame)
                if f'"type":"{until}"' in frame:
                    return


@dataclass
class PrivacyScenario:
    """The shop, its schema, and everybody who could hear something."""

    shop: RealShop
    partner_key: str
    schema: GraphQLSchema
    giver: Transcript = field(default_factory=Transcript)
    partner: Transcript = field(default_factory=Transcript)
    endpoint: Transcript = field(default_factory=Transcript)
    secrets: list[str] = field(default_factory=list)

    async def ask(self, document: str, *, partner: bool = False, **variables: object) -> str:
        """What the giver or the partner is answered, which is kept."""
        bearer = self.partner_key if partner else self.shop.giver
        answer = await self.shop.execute(document, bearer, **variables)
        ears = self.partner if partner else self.giver
        ears.heard.append(f"{answer.headers}\n{answer.text}")
        return answer.text

    async def query_everything(self, gift: GivenGift) -> None:
        """See all there is of a gift, in every way."""
        gift_of, event_of = (
            full_selection(self.schema, "Gift"),
            full_selection(self.schema, "GiftEvent"),
        )
        named = f"query ($id: ID!) {{ node(id: $id) {{ ...on Gift {gift_of} }} }}"
        tracked = f"query ($number: String!) {{ gift(trackingNumber: $number) {gift_of} }}"
        event = f"query ($id: ID!) {{ node(id: $id) {{ ...on GiftEvent {event_of} }} }}"
        viewed = [
            *(f"{{ viewer {{ {part} }} }}" for part in field_selections(self.schema, "Viewer")),
            *(
                f"{{ products(first: 1) {{ nodes {{ {part} }} }} }}"
                for part in field_selections(self.schema, "Product")
            ),
            *(
                f"{{ products(first: 1) {{ nodes {{ variants {{ {part} }} }} }} }}"
                for part in field_selections(self.schema, "Variant")
            ),
        ]
        seen = json.loads(await self.ask(named, partner=gift.partner, id=gift.id))["data"]["node"]
        for partner in (False, True):
            for text in (
                await self.ask(named, partner=partner, id=gift.id),
                await self.ask(tracked, partner=partner, number=seen["trackingNumber"]),
                *[await self.ask(document, partner=partner) for document in viewed],
            ):
                assert "errors" not in json.loads(text)
            for gift_event in seen["events"]["nodes"]:
                answer = await self.ask(event, partner=partner, id=gift_event["id"])
                assert (gift_event["type"] in answer) == (gift.partner or not partner)

    async def run_mutation(self, operation: str, *, partner: bool = False, **input: object) -> str:
        """What a mutation of gifts answers, all of it."""
        type_ = operation[0].upper() + operation[1:]
        payload = str(self.schema.mutation_type.fields[operation].type).rstrip("!")  # type: ignore[union-attr]
        document = (
            f"mutation ($input: {type_}Input!) "
            f"{{ {operation}(input: $input) {full_selection(self.schema, payload)} }}"
        )
        return await self.ask(document, partner=partner, input=input)

    async def create_gift(self, *, partner: bool = False, **fields: object) -> GivenGift:
        """A new gift."""
        [product] = (await self.shop.execute_for_data(MUG))["products"]["nodes"]
        answer = await self.run_mutation(
            "giftCreate",
            partner=partner,
            variantId=product["variants"][0]["id"],
            idempotencyKey=str(fields),
            **fields,
        )
        return GivenGift(json.loads(answer)["data"]["giftCreate"]["gifts"][0]["id"], partner)

    async def wait_for_status(self, gift: GivenGift, status: str) -> None:
        """Wait until the gift has come so far."""
        document = "query ($id: ID!) { gift(id: $id) { status events { nodes { type } } } }"
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while status not in (seen := await self.ask(document, partner=gift.partner, id=gift.id)):
            assert time.monotonic() < deadline, seen
            await asyncio.sleep(0.1)

    async def accept_gift(self, recipient: str) -> None:
        """The recipient answers, with mistakes first."""
        secret = (await self.shop.wait_for_link(recipient)).partition("#")[2]
        self.secrets.append(secret)
        for wrong in ({"postalCode": "V9A"}, {"lines": [f"{STREET} {CARD}"]}, {"city": None}):
            accept_input = {"token": secret, "address": {**ADDRESS, **wrong}}
            refused = await self.shop.execute_for_data(ACCEPT, input=accept_input)
            assert refused["giftAccept"]["userErrors"] != []
        answer = await self.shop.execute_for_data(
            ACCEPT, input={"token": secret, "address": ADDRESS}
        )
        assert answer["giftAccept"]["userErrors"] == []


@asynccontextmanager
async def recording_endpoint(transcript: Transcript) -> AsyncIterator[str]:
    """A partner's webhook endpoint, which keeps all it gets."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        assert length is not None
        transcript.heard.append(head + (await reader.readexactly(int(length[1]))).decode())
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[PrivacyScenario]:
    with start_gateway(tmp_path, GATEWAY_WEBHOOKS_PRIVATE="on") as served:
        shop = open_real_shop(served)
        key = command_output(served, "key", "add", "app", "--role", "partner", "--purchaser", GIVER)
        schema = build_client_schema(await shop.execute_for_data(get_introspection_query()))  # type: ignore[arg-type]
        yield PrivacyScenario(shop, key, schema)


async def buy_as_guest(street: PrivacyScenario) -> None:
    """A guest buys, and confirms the payment on the page whose address is a secret."""
    [product] = (await street.shop.execute_for_data(MUG))["products"]["nodes"]
    lines = [{"variantId": product["variants"][0]["id"], "quantity": 1}]
    cart = (await street.shop.execute_for_data(CART, input={"currency": "USD", "lines": lines}))[
        "cartCreate"
    ]
    checkout_input = {
        "cartId": cart["cart"]["id"],
        "expectedVersion": cart["cart"]["version"],
        "expectedTotal": "500.00",
        "idempotencyKey": "bought",
        "guest": {
            "email": "olga@example.com",
            "providerToken": "sim_3ds",
            "address": {**ADDRESS, "lines": ["7 Kovalevskaya Road"]},
        },
    }
    answer = (await street.shop.execute_for_data(GUEST, input=checkout_input))["cartCheckout"]
    assert answer["__typename"] == "PaymentActionRequired"
    async with httpx.AsyncClient() as client:
        assert (await client.get(answer["redirectUrl"])).status_code == 200
        assert (await client.post(answer["redirectUrl"])).status_code == 200
    street.secrets.append(answer["redirectUrl"].rpartition("/")[2])
    assert (await street.shop.execute_for_data(GUEST, input=checkout_input))["cartCheckout"] == {
        "__typename": "OrderPlaced"
    }


async def give_to_known_address(street: PrivacyScenario, folder: Path) -> GivenGift:
    """A surprise: the recipient's address is found, and the giver confirms it at the second try."""
    cards = folder / "cards.vcf"
    cards.write_text(DIRECTORY.format(email="kim@example.com"))
    command_output(street.shop.served, "import-directory", str(cards))
    gift = await street.create_gift(
        recipients=[{"email": "kim@example.com"}], contactRecipient=False
    )
    await street.wait_for_status(gift, "AWAITING_GIVER")
    await street.query_everything(gift)
    for town in ("Saanich", TOWN):
        postal = {"country": "CA", "city": town}
        await street.run_mutation("giftInfoSupply", giftId=gift.id, recipient={"postal": postal})
    return gift


async def send_malformed_requests(street: PrivacyScenario) -> None:
    """Requests that are wrong in ways that tempt a server to write them down."""
    secrets_text = f"{STREET}, {TOWN} {POSTAL} {PHONE} {CARD} robin@example.com"
    async with httpx.AsyncClient() as client:
        for body in (
            secrets_text,
            f'{{"query": "{{ {secrets_text} }}"}}',
            f'{{"query": 5, "{secrets_text}": 1}}',
        ):
            headers = {"content-type": "application/json"}
            await client.post(street.shop.served.graphql, content=body, headers=headers)
        await client.get(
            street.shop.served.graphql, params={"query": f'{{ a(b: "{secrets_text}") }}'}
        )
        await client.get(f"{street.shop.served.url}/gift/{quote(secrets_text)}")
        await client.get(f"{street.shop.served.url}/gift", headers={"X-Client-Id": secrets_text})


async def run_gift_scenarios(street: PrivacyScenario, folder: Path) -> tuple[GivenGift, ...]:
    """Three gifts from their beginning to their end, and whoever may look looks all the while."""
    shop, event = street.shop, full_selection(street.schema, "GiftEvent")
    followed = f"subscription ($id: ID!) {{ giftUpdates(giftId: $id) {event} }}"
    feed = f"subscription {{ giftFeed {event} }}"
    robin, two = "robin@example.com", "robin.two@example.com"
    mine = await street.create_gift(recipients=[{"email": robin}])
    theirs = await street.create_gift(partner=True, recipients=[{"email": two}])
    async with asyncio.TaskGroup() as group:
        for frames in (shop.socket_frames, shop.stream_frames):
            group.create_task(street.giver.listen(frames, followed, shop.giver, id=mine.id))
            key, ears = street.partner_key, street.partner
            group.create_task(ears.listen(frames, followed, key, id=theirs.id))
            group.create_task(ears.listen(frames, feed, key, until="cancelled"))
        await street.accept_gift(robin)
        await street.accept_gift(two)
        surprise = await give_to_known_address(street, folder)
        for gift in (mine, theirs, surprise):
            await street.wait_for_status(gift, "RESOLVED")
            await street.query_everything(gift)
            await shop.update_shipment(gift.id, "DISPATCHED")
            await street.query_everything(gift)
            await street.run_mutation("giftCancel", partner=gift.partner, giftId=gift.id)
        await shop.update_shipment(theirs.id, "RETURNED")
        await street.query_everything(theirs)
        wrong = {"giftId": theirs.id, "recipient": {"name": CARD}}
        await street.run_mutation("giftInfoSupply", partner=True, **wrong)
        await street.run_mutation("giftCancel", partner=True, giftId=theirs.id)
        for gift in (mine, surprise):
            await shop.update_shipment(gift.id, "DELIVERED")
            await street.query_everything(gift)
    return mine, theirs, surprise


# R19, R54, R60, R69
async def test_nobody_else_is_told_where_a_gift_goes(
    street: PrivacyScenario, tmp_path: Path
) -> None:
    shop = street.shop
    async with recording_endpoint(street.endpoint) as url:
        hook = json.loads(await street.run_mutation("webhookSave", partner=True, url=url))
        await buy_as_guest(street)
        await send_malformed_requests(street)
        gifts = await run_gift_scenarios(street, tmp_path)
        await wait_until(lambda: "gift.cancelled" in str(street.endpoint))
        await wait_until(lambda: len(shop.sent_mails(GIVER)) >= GIVERS_MAILS)
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{shop.served.url}/metrics")).text
    assert_heard_enough(street)
    mails = "\n".join(each.as_string() for each in shop.sent_mails(GIVER))
    for heard in (str(street.giver), str(street.partner), str(street.endpoint), mails):
        assert find_telltales(heard, PLACE) == set()
        assert [each for each in street.secrets if each in heard] == []
    bearers = [shop.giver, shop.staff, street.partner_key]
    secrets = [*street.secrets, *bearers, hook["data"]["webhookSave"]["webhook"]["secret"]]
    for written in (shop.served.log.read_text(), metrics):
        assert len(written.splitlines()) > 20
        assert find_telltales(written, PERSONS) == set()
        assert [each for each in secrets if each in written] == []
    await assert_kept(shop, gifts)


def assert_heard_enough(street: PrivacyScenario) -> None:
    """Those who heard no place heard of all else."""
    for type_ in ("reply", "valid", "dispatch", "delivered", "nothing_found", "giver_input"):
        assert f'"type":"{type_}"' in str(street.giver)
    for type_ in ("reply", "valid", "dispatch", "returned"):
        assert f'"type":"{type_}"' in str(street.partner)
        assert f'"type":"gift.{type_}"' in str(street.endpoint)
    assert '"kind":"PHONE","source":"directory"' in str(street.giver)


async def assert_kept(shop: RealShop, gifts: Iterable[GivenGift]) -> None:
    """The search finds what there is to be found: in what is kept sealed, once it is opened."""
    async with bootstrap(Settings(data_dir=shop.served.data)) as opened:
        for gift in gifts:
            async with opened.database.read() as reading:
                versioned_gift = await load_gift(
                    gift.id, reading=reading, dependencies=opened.gift_dependencies
                )
            assert versioned_gift is not None
            assert find_telltales(str(asdict(versioned_gift.gift)), PLACE) == set(PLACE) - {"card"}


@pytest.mark.parametrize(
    "wrapped",
    [
        f"{STREET}, {TOWN} {POSTAL}, {PHONE}, {CARD}",
        f"{STREET}{TOWN}{POSTAL}{PHONE}{CARD}".upper().replace(" ", ""),
        "1729-ramanujan_terrace esquimalt v9a-4t4 (250) 383-0134 4111-1111-1111-1111",
        quote(f"{STREET} {TOWN} {POSTAL} {PHONE} {CARD}"),
        "".join(f"\\u{ord(each):04x}" for each in f"{STREET}{TOWN}{POSTAL}{PHONE}{CARD}"),
        "".join(f"&#{ord(each)};" for each in f"{STREET}{TOWN}{POSTAL}{PHONE}{CARD}"),
        "".join(f"={ord(each):02X}" for each in f"{STREET}{TOWN}{POSTAL}{PHONE}{CARD}"),
        "xx" + base64.b64encode(f"{STREET}{TOWN}{POSTAL}{PHONE}{CARD}".encode()).decode(),
    ],
)
def test_what_is_told_is_found_however_it_is_spelled(wrapped: str) -> None:
    assert find_telltales(wrapped, PLACE) == set(PLACE)
    assert find_telltales("The gift gft_250 is on its way to 1729.", PLACE) == set()
