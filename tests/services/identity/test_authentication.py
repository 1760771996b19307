"""Who is calling."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.random_ids import RandomIds
from gateway.engine.identity.assurance import Assurance
from gateway.services.api_keys import add_key
from gateway.services.identity.callers import Caller, Credentials
from gateway.services.identity.client_identifiers import ClientIdentifiers
from gateway.services.identity.sign_in import SESSION_LIFETIME, sign_out
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.services.ports.identity_providers import ProviderAccount
from tests.services.identity.conftest import IdentityShop

SECRET = "one secret, long enough to be one"
IDENTIFIERS = ClientIdentifiers(RandomIds(), EnvelopeCipher(SECRET))
RECENT_WINDOW = timedelta(minutes=15)


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
    forged = ClientIdentifiers(RandomIds(), EnvelopeCipher("another secret, just as long")).issue()
    assert IDENTIFIERS.read(forged.secret) is None


def test_an_identifier_survives_a_change_of_the_secret() -> None:
    before = IDENTIFIERS.issue()
    cipher = EnvelopeCipher(
        "a newer secret, long enough too", ["one secret, long enough to be one"]
    )
    read = ClientIdentifiers(RandomIds(), cipher).read(before.secret)
    assert read is not None
    assert read.digest == before.digest


@given(st.text())
def test_anything_else_is_not_known_and_no_error(text: str) -> None:  # R03
    assert IDENTIFIERS.read(text) is None


async def test_a_first_contact_gets_an_identifier_and_leaves_no_row(
    shop: IdentityShop,
) -> None:  # R01
    first = await shop.authenticate()
    assert first.client.new_identifier is not None
    second = await shop.authenticate(first.client.new_identifier)
    assert second.client == replace(first.client, new_identifier=None)
    assert (second.recognised, second.authentication, second.key) == (None, None, None)
    async with shop.dependencies.database.begin() as work:
        assert await work.clients.list_purchaser_candidates(first.client.id, 10) == ()


@pytest.mark.parametrize(
    "identifier", ["", "nonsense", "x" * 22 + "." + "0" * 32, "\0", "x\0" * 5000]
)
async def test_an_unknown_identifier_is_replaced(
    shop: IdentityShop, identifier: str
) -> None:  # R03
    caller = await shop.authenticate(identifier)
    assert caller.client.new_identifier not in (None, identifier)


async def test_a_bearer_and_an_identifier_map_the_one_to_the_other(
    shop: IdentityShop,
) -> None:  # R08
    ada = await shop.sign_in_device("ada@example.com")
    identifier = (await shop.authenticate()).client.new_identifier
    assert (await shop.authenticate(identifier)).recognised is None
    mapped = await shop.authenticate(identifier, ada.token)
    assert mapped.recognised == ada.caller.purchaser_id
    assert (await shop.authenticate(identifier)).recognised == ada.caller.purchaser_id


async def test_a_bearer_with_a_new_identifier_maps_at_the_next_request(shop: IdentityShop) -> None:
    ada = await shop.sign_in_device("ada@example.com")
    first = await shop.authenticate(None, ada.token)
    assert first.purchaser_id == ada.caller.purchaser_id
    assert first.recognised is None
    assert (await shop.authenticate(first.client.new_identifier)).recognised is None


async def test_another_purchasers_bearer_moves_the_mapping(shop: IdentityShop) -> None:  # R08
    ada = await shop.sign_in_device("ada@example.com")
    bob = await shop.sign_in_device("bob@example.com")
    await shop.authenticate(ada.identifier, bob.token)
    assert (await ada.recognise_without_token()).recognised == bob.caller.purchaser_id


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
async def test_an_invalid_bearer_counts_as_absent(shop: IdentityShop, authorization: str) -> None:
    caller = await shop.authenticator.authenticate(Credentials(None, authorization))
    assert (caller.authentication, caller.key) == (None, None)


async def test_a_session_is_recent_then_valid_then_over(shop: IdentityShop) -> None:  # R17
    ada = await shop.sign_in_device("ada@example.com")
    now = shop.clock.now
    assert ada.caller.assurance(now(), RECENT_WINDOW) is Assurance.RECENT
    shop.clock.advance(RECENT_WINDOW + timedelta(seconds=1))
    assert ada.caller.assurance(now(), RECENT_WINDOW) is Assurance.AUTHENTICATED
    shop.clock.advance(SESSION_LIFETIME - RECENT_WINDOW)
    over = (await ada.refresh()).caller
    assert over.assurance(now(), RECENT_WINDOW) is Assurance.RECOGNISED
    assert over.purchaser_id == ada.caller.purchaser_id


async def test_an_api_key_is_a_principal_and_no_purchaser(shop: IdentityShop) -> None:
    ada, parts = await shop.sign_in_device("ada@example.com"), shop.dependencies
    secret = await add_key(
        "carrier",
        ApiKeyRole.STAFF,
        ada.caller.purchaser_id or "",
        database=parts.database,
        ids=parts.ids,
        clock=parts.clock,
    )
    caller = await shop.authenticator.authenticate(Credentials(None, f"bearer  {secret}"))
    assert caller.key is not None
    assert (caller.key.name, caller.key.role, caller.purchaser_id) == ("carrier", "staff", None)
    wrong = await shop.authenticator.authenticate(Credentials(None, f"Bearer {secret}x"))
    assert wrong.key is None


@dataclass
class FakeIdentityProvider:
    accounts: dict[str, ProviderAccount]

    async def find_account(self, token: str) -> ProviderAccount | None:
        return self.accounts.get(token)


async def test_a_providers_account_is_one_purchaser_and_joins_by_verified_email(
    shop: IdentityShop,
) -> None:
    ada = await shop.sign_in_device("ada@example.com")
    ada_id = ada.caller.purchaser_id
    issuer, now = "https://id.example", shop.clock.now()
    provider = FakeIdentityProvider(
        {
            "joined": ProviderAccount(issuer, "1", "ADA@example.com", email_verified=True),
            "unverified": ProviderAccount(issuer, "2", "ada@example.com"),
            "bare": ProviderAccount(issuer, "3", authenticated_at=now),
            "new": ProviderAccount(issuer, "4", "eve@example.com", email_verified=True),
        }
    )
    recogniser = replace(shop.authenticator, provider=provider)

    async def purchaser_id_for(token: str) -> str | None:
        caller = await recogniser.authenticate(Credentials(None, f"Bearer {token}"))
        return caller.purchaser_id

    assert await purchaser_id_for("joined") == ada_id
    purchaser_ids = {token: await purchaser_id_for(token) for token in provider.accounts}
    assert len(set(purchaser_ids.values())) == 4
    assert {token: await purchaser_id_for(token) for token in provider.accounts} == purchaser_ids
    eve = await shop.sign_in_device("eve@example.com")
    assert eve.caller.purchaser_id == purchaser_ids["new"]


async def test_a_providers_token_that_was_signed_out_with_counts_no_more(
    shop: IdentityShop,
) -> None:
    # R97
    until = shop.clock.now() + timedelta(hours=1)
    account = ProviderAccount("https://id.example", "1", expires_at=until)
    tokens = ("head.claims.signature", "head.claims.respelt", "head.others.signature")
    recogniser = replace(
        shop.authenticator, provider=FakeIdentityProvider(dict.fromkeys(tokens, account))
    )

    async def authenticate_token(token: str) -> Caller:
        identifier = (await shop.authenticate()).client.new_identifier
        return await recogniser.authenticate(Credentials(identifier, f"Bearer {token}"))

    caller = await authenticate_token(tokens[0])
    assert caller.authentication is not None
    for _ in range(2):
        await sign_out(caller=caller, dependencies=shop.dependencies)
    purchaser_ids = [(await authenticate_token(each)).purchaser_id for each in tokens]
    assert purchaser_ids == [None, None, caller.purchaser_id]
    async with shop.dependencies.database.begin() as work:
        assert await work.sessions.prune(until, 9) == 0
        assert await work.sessions.prune(until + timedelta(microseconds=1), 9) == 1


async def test_a_providers_recency_is_what_it_says(shop: IdentityShop) -> None:  # R17
    now = shop.clock.now()
    provider = FakeIdentityProvider(
        {
            "recent": ProviderAccount("https://id.example", "1", authenticated_at=now),
            "silent": ProviderAccount("https://id.example", "1"),
        }
    )
    recogniser = replace(shop.authenticator, provider=provider)
    recent = await recogniser.authenticate(Credentials(None, "Bearer recent"))
    assert recent.assurance(now, RECENT_WINDOW) is Assurance.RECENT
    silent = await recogniser.authenticate(Credentials(None, "Bearer silent"))
    assert silent.assurance(now, RECENT_WINDOW) is Assurance.AUTHENTICATED
