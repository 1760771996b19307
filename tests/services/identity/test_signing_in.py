"""Signing in by code, and signing out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.problems import ErrorCode, UserError
from gateway.services.identity.callers import Caller
from gateway.services.identity.registering import by_id
from gateway.services.identity.signing_in import (
    CODE_LIFE,
    MAIL_SUBJECT,
    MAIL_TEXT,
    MAX_STRANGERS_TRIES,
    MOST_REQUESTS,
    MOST_TRIES,
    SignedIn,
    request_code,
    sign_in,
    sign_out,
)
from gateway.services.outcomes import Outcome
from gateway.services.stepping import DUE
from tests.services.identity.conftest import Shop

ADA = "ada@example.com"
REFUSED: Outcome[SignedIn] = Outcome(
    user_errors=(
        UserError(
            ErrorCode.INVALID_TOKEN,
            ("input", "code"),
            "This code is wrong, was used or has expired.",
        ),
    )
)


async def attempt(
    shop: Shop, email: str, code: str, caller: Caller | None = None
) -> Outcome[SignedIn]:
    caller = caller or await shop.recognise()
    return await sign_in(email, code, caller=caller, parts=shop.parts)


async def ask(shop: Shop, email: str, caller: Caller | None = None) -> Outcome[None]:
    caller = caller or await shop.recognise()
    return await request_code(email, caller=caller, parts=shop.parts)


async def device(shop: Shop, network: str = "192.0.2.1") -> Caller:
    """A client that nobody has signed in on, which shows its identifier."""
    secret = (await shop.recognise()).client.issued
    return replace(await shop.recognise(secret), network_address=network)


def too_often(outcome: Outcome[None]) -> bool:
    [error] = outcome.user_errors or (None,)
    if error is None:
        return False
    assert (error.code, error.field) == (ErrorCode.LIMIT_EXCEEDED, ("input", "email"))
    return True


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_the_first_sign_in_makes_the_purchaser_and_later_ones_find_them(shop: Shop) -> None:
    first = await shop.signed_in(ADA)
    second = await shop.signed_in("Ada@EXAMPLE.com ")
    assert first.caller.purchaser_id == second.caller.purchaser_id
    async with shop.parts.database.read() as reading:
        found = await by_id(
            first.caller.purchaser_id or "", reading=reading, cipher=shop.parts.cipher
        )
    assert found is not None
    assert found.email == ADA


def test_the_mail_holds_one_code_of_six_digits() -> None:
    text = f"{MAIL_SUBJECT} {MAIL_TEXT.format(code='012345')}"
    assert [word for word in text.replace(".", " ").split() if word.isdigit()] == ["012345"]
    # Longer lines would be broken up in transit, by RFC 2045.
    assert max(map(len, text.splitlines())) <= 76


async def test_codes_keep_their_leading_zeros(shop: Shop) -> None:
    for at in range(12):
        await ask(shop, f"ada{at}@example.com")
        assert len(await shop.mailed_code()) == 6


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada@example.com\nBcc: x@y.z", "a@b@c.d"])
async def test_what_is_no_email_is_refused(shop: Shop, email: str) -> None:
    outcome = await ask(shop, email)
    assert [(each.code, each.field) for each in outcome.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "email"))
    ]
    assert await attempt(shop, email, "123456") == REFUSED


async def test_the_mail_leaves_at_once(shop: Shop) -> None:
    with shop.parts.wakeups.subscribe(DUE) as waker:
        await ask(shop, ADA)
        assert await waker.wait(0) is True


async def test_asking_for_a_code_answers_alike_for_known_and_unknown(shop: Shop) -> None:
    await shop.signed_in(ADA)
    for email in (ADA, "nobody@example.com"):
        assert await ask(shop, email) == Outcome()


async def test_wrong_unknown_used_and_expired_codes_are_refused_alike(shop: Shop) -> None:
    await ask(shop, ADA)
    code = await shop.mailed_code()
    assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert await attempt(shop, "nobody@example.com", code) == REFUSED
    assert (await attempt(shop, ADA, f" {code}\n")).value is not None
    assert await attempt(shop, ADA, code) == REFUSED
    await ask(shop, ADA)
    late = await shop.mailed_code()
    shop.clock.advance(CODE_LIFE)
    assert await attempt(shop, ADA, late) == REFUSED


async def test_a_code_is_good_until_its_last_moment(shop: Shop) -> None:
    await ask(shop, ADA)
    code = await shop.mailed_code()
    shop.clock.advance(CODE_LIFE - timedelta(microseconds=1))
    assert (await attempt(shop, ADA, code)).value is not None


async def test_five_wrong_tries_end_a_code(shop: Shop) -> None:
    await ask(shop, ADA)
    code = await shop.mailed_code()
    for _ in range(MOST_TRIES - 1):
        assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert (await attempt(shop, ADA, code)).value is not None
    await ask(shop, ADA)
    code = await shop.mailed_code()
    for _ in range(MOST_TRIES):
        assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert await attempt(shop, ADA, code) == REFUSED


async def test_a_newer_request_ends_a_code(shop: Shop) -> None:
    await ask(shop, ADA)
    older = await shop.mailed_code()
    await ask(shop, ADA)
    newer = await shop.mailed_code()
    assert newer == older or await attempt(shop, ADA, older) == REFUSED
    assert (await attempt(shop, ADA, newer)).value is not None


async def test_one_client_asks_five_times_an_hour_for_one_address(shop: Shop) -> None:
    # R101
    mine, other = await device(shop), await device(shop)
    answers = [await ask(shop, ADA, mine) for _ in range(MOST_REQUESTS)]
    assert answers == [Outcome()] * 5
    assert too_often(await ask(shop, ADA.upper(), mine))
    assert await ask(shop, "bob@example.com", mine) == Outcome()
    assert await ask(shop, ADA, other) == Outcome()
    shop.clock.advance(timedelta(hours=1))
    assert await ask(shop, ADA, mine) == Outcome()


async def test_a_strangers_requests_neither_stop_the_owner_nor_end_their_code(shop: Shop) -> None:
    # R101
    ada = await shop.signed_in(ADA)
    assert await ask(shop, ADA, ada.caller) == Outcome()
    code = await shop.mailed_code()
    for _ in range(5):
        stranger = await device(shop)
        for _ in range(MOST_REQUESTS + 1):
            await ask(shop, ADA, stranger)
        for _ in range(MOST_TRIES + 1):
            assert await attempt(shop, ADA, wrong(code), stranger) == REFUSED
            assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert await ask(shop, ADA, await shop.recognise(ada.identifier)) == Outcome()
    newer = await shop.mailed_code()
    assert (await attempt(shop, ADA, newer, ada.caller)).value is not None


async def test_a_strangers_newer_request_does_not_end_the_code_of_another_client(
    shop: Shop,
) -> None:
    # R101
    mine, stranger = await device(shop), await device(shop)
    await ask(shop, ADA, mine)
    code = await shop.mailed_code()
    await ask(shop, ADA, stranger)
    for _ in range(MOST_TRIES):
        await attempt(shop, ADA, "wrong!", stranger)
        await attempt(shop, ADA, "wrong!")
    assert (await attempt(shop, ADA, code, mine)).value is not None


async def test_a_clients_newer_request_ends_its_own_code(shop: Shop) -> None:
    mine = await device(shop)
    await ask(shop, ADA, mine)
    older = await shop.mailed_code()
    await ask(shop, ADA, mine)
    newer = await shop.mailed_code()
    assert newer == older or await attempt(shop, ADA, older, mine) == REFUSED
    assert (await attempt(shop, ADA, newer, mine)).value is not None


async def test_five_wrong_tries_of_the_client_that_asked_end_its_code(shop: Shop) -> None:
    mine = await device(shop)
    await ask(shop, ADA, mine)
    code = await shop.mailed_code()
    for _ in range(MOST_TRIES):
        assert await attempt(shop, ADA, wrong(code), mine) == REFUSED
    assert await attempt(shop, ADA, code, mine) == REFUSED


async def test_the_code_of_another_client_has_five_tries_of_those_who_did_not_ask(
    shop: Shop,
) -> None:
    await ask(shop, ADA, await device(shop))
    code = await shop.mailed_code()
    for _ in range(MOST_TRIES):
        assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert await attempt(shop, ADA, code) == REFUSED


async def test_guesses_of_strangers_end_however_many_codes_they_ask_for(shop: Shop) -> None:
    # R99
    ada = await shop.signed_in(ADA)
    tries = 1
    while tries < MAX_STRANGERS_TRIES:
        stranger = await device(shop)
        await ask(shop, ADA, stranger)
        code = await shop.mailed_code()
        for _ in range(MOST_TRIES):
            await attempt(shop, ADA, wrong(code), stranger)
        tries += MOST_TRIES
    stranger = await device(shop)
    await ask(shop, ADA, stranger)
    assert await attempt(shop, ADA, await shop.mailed_code(), stranger) == REFUSED
    await ask(shop, ADA, ada.caller)
    assert (await attempt(shop, ADA, await shop.mailed_code(), ada.caller)).value is not None


async def test_one_network_asks_so_often_an_hour_for_whomever(shop: Shop) -> None:
    # R101
    ada = await shop.signed_in(ADA)
    limited = replace(shop, parts=replace(shop.parts, sign_ins_hourly=7))
    at_home = replace(ada.caller, network_address="192.0.2.1")
    answers = [
        too_often(await ask(limited, f"{number}@example.com", await device(shop)))
        for number in range(9)
    ]
    assert answers == [False] * 7 + [True] * 2
    assert too_often(await ask(limited, ADA, await device(shop)))
    assert not too_often(await ask(limited, ADA, await device(shop, "192.0.2.2")))
    # Their own device is known: others in the same network do not lock them out.
    assert not too_often(await ask(limited, ADA, at_home))
    shop.clock.advance(timedelta(hours=1))
    assert not too_often(await ask(limited, "9@example.com", await device(shop)))


async def test_who_shows_no_identifier_is_counted_as_their_network(shop: Shop) -> None:
    # R101
    limited = replace(shop, parts=replace(shop.parts, sign_ins_hourly=100))
    answers = [too_often(await ask(limited, ADA)) for _ in range(7)]
    assert answers == [False] * 5 + [True] * 2


async def test_a_sign_in_changes_the_identifier_and_the_old_one_is_forgotten(shop: Shop) -> None:
    before = await shop.recognise()
    secret = before.client.issued
    ada = await shop.signed_in(ADA, await shop.recognise(secret))
    assert ada.identifier != secret
    assert ada.caller.client.issued is None
    assert ada.caller.client.id == before.client.id
    forgotten = await shop.recognise(secret)
    assert forgotten.client.issued is not None
    assert forgotten.client.id != before.client.id
    assert forgotten.recognised is None


async def test_a_forgotten_identifier_never_counts_again(shop: Shop) -> None:  # R03
    secret = (await shop.recognise()).client.issued
    ada = await shop.signed_in(ADA, await shop.recognise(secret))
    with_bearer = await shop.recognise(secret, ada.token)
    assert with_bearer.client.issued is not None
    assert (await shop.recognise(secret)).recognised is None


async def test_who_signed_in_calls_as_the_next_request_will(shop: Shop) -> None:
    await ask(shop, ADA)
    outcome = await attempt(shop, ADA, await shop.mailed_code())
    assert outcome.value is not None
    caller = outcome.value.caller
    again = await shop.recognise(caller.client.issued, outcome.value.token)
    assert replace(caller, client=replace(caller.client, issued=None)) == again


async def test_signing_out_revokes_the_token_and_unmaps_the_client(shop: Shop) -> None:
    ada = await shop.signed_in(ADA)
    other = await shop.signed_in(ADA)
    out = await sign_out(caller=ada.caller, parts=shop.parts)
    assert out == replace(ada.caller, recognised=None, authentication=None)
    after = (await ada.seen()).caller
    assert (after.recognised, after.authentication) == (None, None)
    assert after.client.id == ada.caller.client.id
    assert (await other.seen()).caller.authentication is not None


async def test_signing_out_without_having_signed_in_changes_nothing(shop: Shop) -> None:
    caller = await shop.recognise()
    assert await sign_out(caller=caller, parts=shop.parts) == caller


async def test_old_requests_are_cleared_away_with_their_keys(shop: Shop) -> None:
    await ask(shop, ADA)
    async with shop.parts.database.begin() as work:
        keys = await work.data_keys.after("", 10)
    assert len(keys) == 1
    shop.clock.advance(timedelta(hours=1, microseconds=1))
    await ask(shop, "bob@example.com")
    async with shop.parts.database.begin() as work:
        assert not keys.keys() & (await work.data_keys.after("", 10)).keys()
