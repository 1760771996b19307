"""Who is calling."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.ids import RandomIds
from gateway.adapters.vault import EnvelopeCipher
from gateway.engine.assurance import Assurance
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.identifiers import Identifiers
from gateway.services.identity.signing_in import SESSION_LIFE, sign_out
from gateway.services.keys import add_key
from gateway.services.ports.identity_providers import ProviderAccount
from gateway.services.ports.keys import Role
from tests.services.identity.conftest import Shop

SECRET = "one secret, long enough to be one"
IDENTIFIERS = Identifiers(RandomIds(), EnvelopeCipher(SECRET))
QUARTER = timedelta(minutes=15)


def test_an_identifier_of_ours_is_known_without_having_been_kept() -> None:  # R02, R03
    issued = IDENTIFIERS.issue()
    assert IDENTIFIERS.read(issued.secret) == issued
    assert issued.handle.startswith("cli_")
    assert issued.handle.removeprefix("cli_") not in issued.secret
    assert issued.secret not in repr(issued)


def test_identifiers_are_made_of_130_random_bits_and_differ() -> None:  # R02
    seeds = {IDENTIFIERS.issue().secret.split(".")[0] for _ in range(500)}
    assert len(seeds) == 500
    assert {len(seed) for seed in seeds} == {22}  # of 62 letters and digits: 62^22 > 2^130


def test_an_identifier_made_elsewhere_is_not_known() -> None:  # R03
    forged = Identifiers(RandomIds(), EnvelopeCipher("another secret, just as long")).issue()
    assert IDENTIFIERS.read(forged.secret) is None


def test_an_identifier_survives_a_change_of_the_secret() -> None:
    before = IDENTIFIERS.issue()
    cipher = EnvelopeCipher(
        "a newer secret, long enough too", ["one secret, long enough to be one"]
    )
    read = Identifiers(RandomIds(), cipher).read(before.secret)
    assert read is not None
    assert read.digest == before.digest


@given(st.text())
def test_anything_else_is_not_known_and_no_error(text: str) -> None:  # R03
    assert IDENTIFIERS.read(text) is None


async def test_a_first_contact_gets_an_identifier_and_leaves_no_row(shop: Shop) -> None:  # R01
    first = await shop.recognise()
    assert first.client.issued is not None
    second = await shop.recognise(first.client.issued)
    assert second.client == replace(first.client, issued=None)
    assert (second.recognised, second.authentication, second.key) == (None, None, None)
    async with shop.parts.database.begin() as work:
        assert await work.clients.candidates(first.client.id, 10) == ()


@pytest.mark.parametrize(
    "identifier", ["", "nonsense", "x" * 22 + "." + "0" * 32, "\0", "x\0" * 5000]
)
async def test_an_unknown_identifier_is_replaced(shop: Shop, identifier: str) -> None:  # R03
    caller = await shop.recognise(identifier)
    assert caller.client.issued not in (None, identifier)


async def test_a_bearer_and_an_identifier_map_the_one_to_the_other(shop: Shop) -> None:  # R08
    ada = await shop.signed_in("ada@example.com")
    other = (await shop.recognise()).client.issued
    assert (await shop.recognise(other)).recognised is None
    mapped = await shop.recognise(other, ada.token)
    assert mapped.recognised == ada.caller.purchaser_id
    assert (await shop.recognise(other)).recognised == ada.caller.purchaser_id


async def test_a_bearer_with_a_new_identifier_maps_at_the_next_request(shop: Shop) -> None:
    ada = await shop.signed_in("ada@example.com")
    first = await shop.recognise(None, ada.token)
    assert first.purchaser_id == ada.caller.purchaser_id
    assert first.recognised is None
    assert (await shop.recognise(first.client.issued)).recognised is None


async def test_another_purchasers_bearer_moves_the_mapping(shop: Shop) -> None:  # R08
    ada = await shop.signed_in("ada@example.com")
    bob = await shop.signed_in("bob@example.com")
    await shop.recognise(ada.identifier, bob.token)
    assert (await ada.recognised()).recognised == bob.caller.purchaser_id


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer gs_unknown",
        "Bearer gw_unknown",
        "Bearer a.b.c",
        "Basic eA==",
        "Bearer",
        "",
        "x y z",
        "Bearer \0",
        "Bearer gs_\0",
        "Bearer gw_\0",
        "\0",
    ],
)
async def test_an_invalid_bearer_counts_as_absent(shop: Shop, authorization: str) -> None:
    caller = await shop.recogniser.recognise(Credentials(None, authorization))
    assert (caller.authentication, caller.key) == (None, None)


async def test_a_session_is_recent_then_valid_then_over(shop: Shop) -> None:  # R17
    ada = await shop.signed_in("ada@example.com")
    now = shop.clock.now
    assert ada.caller.assurance(now(), QUARTER) is Assurance.RECENT
    shop.clock.advance(QUARTER + timedelta(seconds=1))
    assert ada.caller.assurance(now(), QUARTER) is Assurance.AUTHENTICATED
    shop.clock.advance(SESSION_LIFE - QUARTER)
    over = (await ada.seen()).caller
    assert over.assurance(now(), QUARTER) is Assurance.RECOGNISED
    assert over.purchaser_id == ada.caller.purchaser_id


async def test_an_api_key_is_a_principal_and_no_purchaser(shop: Shop) -> None:
    ada, parts = await shop.signed_in("ada@example.com"), shop.parts
    secret = await add_key(
        "carrier",
        Role.STAFF,
        ada.caller.purchaser_id or "",
        database=parts.database,
        ids=parts.ids,
        clock=parts.clock,
    )
    caller = await shop.recogniser.recognise(Credentials(None, f"bearer  {secret}"))
    assert caller.key is not None
    assert (caller.key.name, caller.key.role, caller.purchaser_id) == ("carrier", "staff", None)
    wrong = await shop.recogniser.recognise(Credentials(None, f"Bearer {secret}x"))
    assert wrong.key is None


@dataclass
class Provider:
    accounts: dict[str, ProviderAccount]

    async def account(self, token: str) -> ProviderAccount | None:
        return self.accounts.get(token)


async def test_a_providers_account_is_one_purchaser_and_joins_by_verified_email(
    shop: Shop,
) -> None:
    ada = await shop.signed_in("ada@example.com")
    ada_id = ada.caller.purchaser_id
    issuer, now = "https://id.example", shop.clock.now()
    provider = Provider(
        {
            "joined": ProviderAccount(issuer, "1", "ADA@example.com", verified=True),
            "unverified": ProviderAccount(issuer, "2", "ada@example.com"),
            "bare": ProviderAccount(issuer, "3", authenticated_at=now),
            "new": ProviderAccount(issuer, "4", "eve@example.com", verified=True),
        }
    )
    recogniser = replace(shop.recogniser, provider=provider)

    async def purchaser(token: str) -> str | None:
        caller = await recogniser.recognise(Credentials(None, f"Bearer {token}"))
        return caller.purchaser_id

    assert await purchaser("joined") == ada_id
    found = {token: await purchaser(token) for token in provider.accounts}
    assert len(set(found.values())) == 4
    assert {token: await purchaser(token) for token in provider.accounts} == found
    eve = await shop.signed_in("eve@example.com")
    assert eve.caller.purchaser_id == found["new"]


async def test_a_providers_token_that_was_signed_out_with_counts_no_more(shop: Shop) -> None:
    # R97
    until = shop.clock.now() + timedelta(hours=1)
    account = ProviderAccount("https://id.example", "1", expires_at=until)
    tokens = ("head.claims.signature", "head.claims.respelt", "head.others.signature")
    recogniser = replace(shop.recogniser, provider=Provider(dict.fromkeys(tokens, account)))

    async def signed_in(token: str) -> Caller:
        identifier = (await shop.recognise()).client.issued
        return await recogniser.recognise(Credentials(identifier, f"Bearer {token}"))

    caller = await signed_in(tokens[0])
    assert caller.authentication is not None
    for _ in range(2):
        await sign_out(caller=caller, parts=shop.parts)
    found = [(await signed_in(each)).purchaser_id for each in tokens]
    assert found == [None, None, caller.purchaser_id]
    async with shop.parts.database.begin() as work:
        assert await work.sessions.prune(until, 9) == 0
        assert await work.sessions.prune(until + timedelta(microseconds=1), 9) == 1


async def test_a_providers_recency_is_what_it_says(shop: Shop) -> None:  # R17
    now = shop.clock.now()
    provider = Provider(
        {
            "recent": ProviderAccount("https://id.example", "1", authenticated_at=now),
            "silent": ProviderAccount("https://id.example", "1"),
        }
    )
    recogniser = replace(shop.recogniser, provider=provider)
    recent = await recogniser.recognise(Credentials(None, "Bearer recent"))
    assert recent.assurance(now, QUARTER) is Assurance.RECENT
    silent = await recogniser.recognise(Credentials(None, "Bearer silent"))
    assert silent.assurance(now, QUARTER) is Assurance.AUTHENTICATED
