"""Signing in by code, and signing out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.engine.problems import ErrorCode, UserError
from gateway.services.identity.registering import by_id
from gateway.services.identity.signing_in import (
    CODE_LIFE,
    MAIL_SUBJECT,
    MAIL_TEXT,
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


async def attempt(shop: Shop, email: str, code: str) -> Outcome[SignedIn]:
    return await sign_in(email, code, caller=await shop.recognise(), parts=shop.parts)


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
        await request_code(f"ada{at}@example.com", parts=shop.parts)
        assert len(await shop.mailed_code()) == 6


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada@example.com\nBcc: x@y.z", "a@b@c.d"])
async def test_what_is_no_email_is_refused(shop: Shop, email: str) -> None:
    outcome = await request_code(email, parts=shop.parts)
    assert [(each.code, each.field) for each in outcome.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "email"))
    ]
    assert await attempt(shop, email, "123456") == REFUSED


async def test_the_mail_leaves_at_once(shop: Shop) -> None:
    with shop.parts.wakeups.subscribe(DUE) as waker:
        await request_code(ADA, parts=shop.parts)
        assert await waker.wait(0) is True


async def test_asking_for_a_code_answers_alike_for_known_and_unknown(shop: Shop) -> None:
    await shop.signed_in(ADA)
    for email in (ADA, "nobody@example.com"):
        assert await request_code(email, parts=shop.parts) == Outcome()


async def test_wrong_unknown_used_and_expired_codes_are_refused_alike(shop: Shop) -> None:
    await request_code(ADA, parts=shop.parts)
    code = await shop.mailed_code()
    assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert await attempt(shop, "nobody@example.com", code) == REFUSED
    assert (await attempt(shop, ADA, f" {code}\n")).value is not None
    assert await attempt(shop, ADA, code) == REFUSED
    await request_code(ADA, parts=shop.parts)
    late = await shop.mailed_code()
    shop.clock.advance(CODE_LIFE)
    assert await attempt(shop, ADA, late) == REFUSED


async def test_a_code_is_good_until_its_last_moment(shop: Shop) -> None:
    await request_code(ADA, parts=shop.parts)
    code = await shop.mailed_code()
    shop.clock.advance(CODE_LIFE - timedelta(microseconds=1))
    assert (await attempt(shop, ADA, code)).value is not None


async def test_five_wrong_tries_end_a_code(shop: Shop) -> None:
    await request_code(ADA, parts=shop.parts)
    code = await shop.mailed_code()
    for _ in range(MOST_TRIES - 1):
        assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert (await attempt(shop, ADA, code)).value is not None
    await request_code(ADA, parts=shop.parts)
    code = await shop.mailed_code()
    for _ in range(MOST_TRIES):
        assert await attempt(shop, ADA, wrong(code)) == REFUSED
    assert await attempt(shop, ADA, code) == REFUSED


async def test_a_newer_request_ends_a_code(shop: Shop) -> None:
    await request_code(ADA, parts=shop.parts)
    older = await shop.mailed_code()
    await request_code(ADA, parts=shop.parts)
    newer = await shop.mailed_code()
    assert newer == older or await attempt(shop, ADA, older) == REFUSED
    assert (await attempt(shop, ADA, newer)).value is not None


async def test_twenty_requests_an_hour_and_no_more(shop: Shop) -> None:
    for _ in range(MOST_REQUESTS):
        assert await request_code(ADA, parts=shop.parts) == Outcome()
    refused = await request_code(ADA.upper(), parts=shop.parts)
    assert [(each.code, each.field) for each in refused.user_errors] == [
        (ErrorCode.LIMIT_EXCEEDED, ("input", "email"))
    ]
    assert await request_code("bob@example.com", parts=shop.parts) == Outcome()
    shop.clock.advance(timedelta(hours=1))
    assert await request_code(ADA, parts=shop.parts) == Outcome()


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
    await request_code(ADA, parts=shop.parts)
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
    await request_code(ADA, parts=shop.parts)
    async with shop.parts.database.begin() as work:
        keys = await work.data_keys.after("", 10)
    assert len(keys) == 1
    shop.clock.advance(timedelta(hours=1, microseconds=1))
    await request_code("bob@example.com", parts=shop.parts)
    async with shop.parts.database.begin() as work:
        assert not keys.keys() & (await work.data_keys.after("", 10)).keys()
