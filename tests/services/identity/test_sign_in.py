"""Signing in by code, and signing out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.user_errors import ErrorCode, UserError
from gateway.services.identity.callers import Caller
from gateway.services.identity.registration import find_purchaser
from gateway.services.identity.sign_in import (
    CODE_LIFETIME,
    MAIL_SUBJECT,
    MAIL_TEXT,
    MAX_REQUESTS,
    MAX_TRIES,
    MAX_TRIES_BY_OTHERS,
    SignInResult,
    request_code,
    sign_in,
    sign_out,
)
from gateway.services.jobs import DUE_TOPIC
from gateway.services.outcomes import Outcome
from tests.services.identity.conftest import IdentityShop

ADA = "ada@example.com"
INVALID_CODE: Outcome[SignInResult] = Outcome(
    user_errors=(
        UserError(
            ErrorCode.INVALID_TOKEN,
            ("input", "code"),
            "This code is wrong, was used or has expired.",
        ),
    )
)


async def try_code(
    shop: IdentityShop, email: str, code: str, caller: Caller | None = None
) -> Outcome[SignInResult]:
    caller = caller or await shop.authenticate()
    return await sign_in(email, code, caller=caller, dependencies=shop.dependencies)


async def ask_for_code(
    shop: IdentityShop, email: str, caller: Caller | None = None
) -> Outcome[None]:
    caller = caller or await shop.authenticate()
    return await request_code(email, caller=caller, dependencies=shop.dependencies)


async def known_client(shop: IdentityShop, network: str = "192.0.2.1") -> Caller:
    """A client that nobody has signed in on, which shows its identifier."""
    secret = (await shop.authenticate()).client.new_identifier
    return replace(await shop.authenticate(secret), network_address=network)


def is_limited(outcome: Outcome[None]) -> bool:
    [error] = outcome.user_errors or (None,)
    if error is None:
        return False
    assert (error.code, error.field) == (ErrorCode.LIMIT_EXCEEDED, ("input", "email"))
    return True


def wrong_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_the_first_sign_in_makes_the_purchaser_and_later_ones_find_them(
    shop: IdentityShop,
) -> None:
    first = await shop.sign_in_device(ADA)
    second = await shop.sign_in_device("Ada@EXAMPLE.com ")
    assert first.caller.purchaser_id == second.caller.purchaser_id
    async with shop.dependencies.database.read() as reading:
        purchaser = await find_purchaser(
            first.caller.purchaser_id or "", reading=reading, cipher=shop.dependencies.cipher
        )
    assert purchaser is not None
    assert purchaser.email == ADA


def test_the_mail_holds_one_code_of_six_digits() -> None:
    text = f"{MAIL_SUBJECT} {MAIL_TEXT.format(code='012345')}"
    assert [word for word in text.replace(".", " ").split() if word.isdigit()] == ["012345"]
    # Longer lines would be broken up in transit, by RFC 2045.
    assert max(map(len, text.splitlines())) <= 76


async def test_codes_keep_their_leading_zeros(shop: IdentityShop) -> None:
    for index in range(12):
        await ask_for_code(shop, f"ada{index}@example.com")
        assert len(await shop.latest_code()) == 6


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada@example.com\nBcc: x@y.z", "a@b@c.d"])
async def test_what_is_no_email_is_refused(shop: IdentityShop, email: str) -> None:
    outcome = await ask_for_code(shop, email)
    assert [(each.code, each.field) for each in outcome.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "email"))
    ]
    assert await try_code(shop, email, "123456") == INVALID_CODE


async def test_the_mail_leaves_at_once(shop: IdentityShop) -> None:
    with shop.dependencies.wakeups.subscribe(DUE_TOPIC) as waker:
        await ask_for_code(shop, ADA)
        assert await waker.wait(0) is True


async def test_asking_for_a_code_answers_alike_for_known_and_unknown(shop: IdentityShop) -> None:
    await shop.sign_in_device(ADA)
    for email in (ADA, "nobody@example.com"):
        assert await ask_for_code(shop, email) == Outcome()


async def test_wrong_unknown_used_and_expired_codes_are_refused_alike(shop: IdentityShop) -> None:
    await ask_for_code(shop, ADA)
    code = await shop.latest_code()
    assert await try_code(shop, ADA, wrong_code(code)) == INVALID_CODE
    assert await try_code(shop, "nobody@example.com", code) == INVALID_CODE
    assert (await try_code(shop, ADA, f" {code}\n")).value is not None
    assert await try_code(shop, ADA, code) == INVALID_CODE
    await ask_for_code(shop, ADA)
    late = await shop.latest_code()
    shop.clock.advance(CODE_LIFETIME)
    assert await try_code(shop, ADA, late) == INVALID_CODE


async def test_a_code_is_good_until_its_last_moment(shop: IdentityShop) -> None:
    await ask_for_code(shop, ADA)
    code = await shop.latest_code()
    shop.clock.advance(CODE_LIFETIME - timedelta(microseconds=1))
    assert (await try_code(shop, ADA, code)).value is not None


async def test_five_wrong_tries_end_a_code(shop: IdentityShop) -> None:
    await ask_for_code(shop, ADA)
    code = await shop.latest_code()
    for _ in range(MAX_TRIES - 1):
        assert await try_code(shop, ADA, wrong_code(code)) == INVALID_CODE
    assert (await try_code(shop, ADA, code)).value is not None
    await ask_for_code(shop, ADA)
    code = await shop.latest_code()
    for _ in range(MAX_TRIES):
        assert await try_code(shop, ADA, wrong_code(code)) == INVALID_CODE
    assert await try_code(shop, ADA, code) == INVALID_CODE


async def test_a_newer_request_ends_a_code(shop: IdentityShop) -> None:
    await ask_for_code(shop, ADA)
    older = await shop.latest_code()
    await ask_for_code(shop, ADA)
    newer = await shop.latest_code()
    assert newer == older or await try_code(shop, ADA, older) == INVALID_CODE
    assert (await try_code(shop, ADA, newer)).value is not None


async def test_one_client_asks_five_times_an_hour_for_one_address(shop: IdentityShop) -> None:
    # R101
    mine, other_client = await known_client(shop), await known_client(shop)
    answers = [await ask_for_code(shop, ADA, mine) for _ in range(MAX_REQUESTS)]
    assert answers == [Outcome()] * 5
    assert is_limited(await ask_for_code(shop, ADA.upper(), mine))
    assert await ask_for_code(shop, "bob@example.com", mine) == Outcome()
    assert await ask_for_code(shop, ADA, other_client) == Outcome()
    shop.clock.advance(timedelta(hours=1))
    assert await ask_for_code(shop, ADA, mine) == Outcome()


async def test_a_strangers_requests_neither_stop_the_owner_nor_end_their_code(
    shop: IdentityShop,
) -> None:
    # R101
    ada = await shop.sign_in_device(ADA)
    assert await ask_for_code(shop, ADA, ada.caller) == Outcome()
    code = await shop.latest_code()
    for _ in range(5):
        stranger = await known_client(shop)
        for _ in range(MAX_REQUESTS + 1):
            await ask_for_code(shop, ADA, stranger)
        for _ in range(MAX_TRIES + 1):
            assert await try_code(shop, ADA, wrong_code(code), stranger) == INVALID_CODE
            assert await try_code(shop, ADA, wrong_code(code)) == INVALID_CODE
    assert await ask_for_code(shop, ADA, await shop.authenticate(ada.identifier)) == Outcome()
    newer = await shop.latest_code()
    assert (await try_code(shop, ADA, newer, ada.caller)).value is not None


async def test_a_strangers_newer_request_does_not_end_the_code_of_another_client(
    shop: IdentityShop,
) -> None:
    # R101
    mine, stranger = await known_client(shop), await known_client(shop)
    await ask_for_code(shop, ADA, mine)
    code = await shop.latest_code()
    await ask_for_code(shop, ADA, stranger)
    for _ in range(MAX_TRIES):
        await try_code(shop, ADA, "wrong!", stranger)
        await try_code(shop, ADA, "wrong!")
    assert (await try_code(shop, ADA, code, mine)).value is not None


async def test_a_clients_newer_request_ends_its_own_code(shop: IdentityShop) -> None:
    mine = await known_client(shop)
    await ask_for_code(shop, ADA, mine)
    older = await shop.latest_code()
    await ask_for_code(shop, ADA, mine)
    newer = await shop.latest_code()
    assert newer == older or await try_code(shop, ADA, older, mine) == INVALID_CODE
    assert (await try_code(shop, ADA, newer, mine)).value is not None


async def test_five_wrong_tries_of_the_client_that_asked_end_its_code(shop: IdentityShop) -> None:
    mine = await known_client(shop)
    await ask_for_code(shop, ADA, mine)
    code = await shop.latest_code()
    for _ in range(MAX_TRIES):
        assert await try_code(shop, ADA, wrong_code(code), mine) == INVALID_CODE
    assert await try_code(shop, ADA, code, mine) == INVALID_CODE


async def test_the_code_of_another_client_has_five_tries_of_those_who_did_not_ask(
    shop: IdentityShop,
) -> None:
    await ask_for_code(shop, ADA, await known_client(shop))
    code = await shop.latest_code()
    for _ in range(MAX_TRIES):
        assert await try_code(shop, ADA, wrong_code(code)) == INVALID_CODE
    assert await try_code(shop, ADA, code) == INVALID_CODE


async def test_guesses_of_strangers_end_however_many_codes_they_ask_for(shop: IdentityShop) -> None:
    # R99
    ada = await shop.sign_in_device(ADA)
    tries = 1
    while tries < MAX_TRIES_BY_OTHERS:
        stranger = await known_client(shop)
        await ask_for_code(shop, ADA, stranger)
        code = await shop.latest_code()
        for _ in range(MAX_TRIES):
            await try_code(shop, ADA, wrong_code(code), stranger)
        tries += MAX_TRIES
    stranger = await known_client(shop)
    await ask_for_code(shop, ADA, stranger)
    assert await try_code(shop, ADA, await shop.latest_code(), stranger) == INVALID_CODE
    await ask_for_code(shop, ADA, ada.caller)
    assert (await try_code(shop, ADA, await shop.latest_code(), ada.caller)).value is not None


async def test_one_network_asks_so_often_an_hour_for_whomever(shop: IdentityShop) -> None:
    # R101
    ada = await shop.sign_in_device(ADA)
    limited = replace(shop, dependencies=replace(shop.dependencies, sign_in_codes_per_hour=7))
    at_home = replace(ada.caller, network_address="192.0.2.1")
    answers = [
        is_limited(await ask_for_code(limited, f"{number}@example.com", await known_client(shop)))
        for number in range(9)
    ]
    assert answers == [False] * 7 + [True] * 2
    assert is_limited(await ask_for_code(limited, ADA, await known_client(shop)))
    assert not is_limited(await ask_for_code(limited, ADA, await known_client(shop, "192.0.2.2")))
    # Their own device is known: others in the same network do not lock them out.
    assert not is_limited(await ask_for_code(limited, ADA, at_home))
    shop.clock.advance(timedelta(hours=1))
    assert not is_limited(await ask_for_code(limited, "9@example.com", await known_client(shop)))


async def test_who_shows_no_identifier_is_counted_as_their_network(shop: IdentityShop) -> None:
    # R101
    limited = replace(shop, dependencies=replace(shop.dependencies, sign_in_codes_per_hour=100))
    answers = [is_limited(await ask_for_code(limited, ADA)) for _ in range(7)]
    assert answers == [False] * 5 + [True] * 2


async def test_a_sign_in_changes_the_identifier_and_the_old_one_is_forgotten(
    shop: IdentityShop,
) -> None:
    before = await shop.authenticate()
    secret = before.client.new_identifier
    ada = await shop.sign_in_device(ADA, await shop.authenticate(secret))
    assert ada.identifier != secret
    assert ada.caller.client.new_identifier is None
    assert ada.caller.client.id == before.client.id
    forgotten = await shop.authenticate(secret)
    assert forgotten.client.new_identifier is not None
    assert forgotten.client.id != before.client.id
    assert forgotten.recognised is None


async def test_a_forgotten_identifier_never_counts_again(shop: IdentityShop) -> None:  # R03
    secret = (await shop.authenticate()).client.new_identifier
    ada = await shop.sign_in_device(ADA, await shop.authenticate(secret))
    with_bearer = await shop.authenticate(secret, ada.token)
    assert with_bearer.client.new_identifier is not None
    assert (await shop.authenticate(secret)).recognised is None


async def test_who_signed_in_calls_as_the_next_request_will(shop: IdentityShop) -> None:
    await ask_for_code(shop, ADA)
    outcome = await try_code(shop, ADA, await shop.latest_code())
    assert outcome.value is not None
    caller = outcome.value.caller
    again = await shop.authenticate(caller.client.new_identifier, outcome.value.token)
    assert replace(caller, client=replace(caller.client, new_identifier=None)) == again


async def test_signing_out_revokes_the_token_and_unmaps_the_client(shop: IdentityShop) -> None:
    ada = await shop.sign_in_device(ADA)
    second_device = await shop.sign_in_device(ADA)
    out = await sign_out(caller=ada.caller, dependencies=shop.dependencies)
    assert out == replace(ada.caller, recognised=None, authentication=None)
    after = (await ada.refresh()).caller
    assert (after.recognised, after.authentication) == (None, None)
    assert after.client.id == ada.caller.client.id
    assert (await second_device.refresh()).caller.authentication is not None


async def test_signing_out_without_having_signed_in_changes_nothing(shop: IdentityShop) -> None:
    caller = await shop.authenticate()
    assert await sign_out(caller=caller, dependencies=shop.dependencies) == caller


async def test_old_requests_are_cleared_away_with_their_keys(shop: IdentityShop) -> None:
    await ask_for_code(shop, ADA)
    async with shop.dependencies.database.begin() as work:
        keys = await work.data_keys.list_after("", 10)
    assert len(keys) == 1
    shop.clock.advance(timedelta(hours=1, microseconds=1))
    await ask_for_code(shop, "bob@example.com")
    async with shop.dependencies.database.begin() as work:
        assert not keys.keys() & (await work.data_keys.list_after("", 10)).keys()
