"""One mailbox, one account: which spellings of an e-mail address are the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.services.gifts.contacts import blind_of, blinds_of_wishes, email_of
from gateway.services.identity.emails import mailbox, normalised
from gateway.services.identity.registering import by_email, email_indexes
from tests.services.identity.conftest import Shop

# Each pair can belong to two people.
APART = [
    ("vera@grossmann.example.com", "vera@gro\u00dfmann.example.com"),
    ("vera@fass.example.com", "vera@fa\u00df.example.com"),
    ("a@\u03c3\u03c3.example.com", "a@\u03c3\u03c2.example.com"),
    ("vera@strasse.example.com", "vera@STRA\u1e9eE.example.com"),
    ("gro\u00df@example.com", "gross@example.com"),
    ("kim@example.com", "\u212aim@example.com"),
    ("\u00e9@example.com", "e\u0301@example.com"),
    ("fi@example.com", "\ufb01@example.com"),
    ("\u017fam@example.com", "sam@example.com"),
    ("istanbul@example.com", "\u0130stanbul@example.com"),
    ("\u00e9@example.com", "\u00c9@example.com"),
    ("e@example.com", "\u00e9@example.com"),
]
# Each pair leads to one mailbox.
SAME = [
    ("Ada@EXAMPLE.com", "ada@example.com"),
    ("a@gro\u00dfmann.example.com", "A@xn--gromann-2va.EXAMPLE.com"),
    ("a@B\u00dcCHER.example.com", "a@bu\u0308cher.example.com"),
    ("a@b\u00fccher.example.com", "a@XN--BCHER-KVA.example.com"),
    ("a@b\u00fccher\u3002example.com", "a@b\u00fccher.example.com"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_a_mail_server_keeps_apart_is_not_one_mailbox(one: str, other: str) -> None:
    # R96
    first, second = normalised(one), normalised(other)
    assert first
    assert second
    assert mailbox(first) != mailbox(second)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_mailbox_are_compared_alike(one: str, other: str) -> None:
    # R96
    assert mailbox(normalised(one) or "") == mailbox(normalised(other) or "?")


@pytest.mark.parametrize(
    "text",
    [
        "a@oa\u212a.example.com",
        "a@\ufb01.example.com",
        "a@\u017fam.example.com",
        "a@1\u00aa.example",
    ],
)
def test_a_domain_that_no_registry_holds_is_no_address(text: str) -> None:
    # R96
    assert normalised(text) is None


def test_a_text_too_long_to_be_an_address_is_none() -> None:
    # R98
    assert normalised(" " * 300 + "ada@example.com") == "ada@example.com"
    assert normalised(" " * 1_000_000 + "ada@example.com") is None
    assert normalised("a" * 64 + "@" + "b" * 300 + ".example.com") is None


def test_what_is_copied_along_unseen_is_left_out() -> None:
    assert normalised("\ufeff \u200bada@example.com\u00a0\u2069\n") == "ada@example.com"


LETTERS = st.characters(categories=("Ll", "Lu", "Lo", "Mn"))


@given(st.text(LETTERS, min_size=1, max_size=12), st.text(LETTERS, min_size=1, max_size=12))
@example("k", "\u212a")
@example("gross", "gro\u00df")
def test_two_local_parts_are_one_only_by_case_in_ascii(one: str, other: str) -> None:
    """R96: whatever Unicode takes for one."""

    def folded(text: str) -> str:
        return "".join(each.lower() if each.isascii() else each for each in text)

    first, second = normalised(f"{one}@example.com"), normalised(f"{other}@example.com")
    if first and second:
        assert (mailbox(first) == mailbox(second)) == (folded(one) == folded(other))


@given(st.emails() | st.text(LETTERS, min_size=1, max_size=9).map("a@{}.example.com".format))
def test_an_address_keeps_its_mailbox_when_it_is_read_again(text: str) -> None:
    """R96: one normal form, which reading does not change."""
    first = normalised(text)
    if first is not None:
        assert mailbox(normalised(first) or "") == mailbox(first)
        assert normalised(mailbox(first)) is not None


@pytest.mark.parametrize(("one", "other"), APART)
async def test_two_mailboxes_are_two_purchasers(one: str, other: str, shop: Shop) -> None:
    # R96
    first, second = await shop.signed_in(one), await shop.signed_in(other)
    assert first.caller.purchaser_id != second.caller.purchaser_id
    again = await shop.signed_in(one)
    assert again.caller.purchaser_id == first.caller.purchaser_id


@pytest.mark.parametrize(("one", "other"), SAME)
async def test_one_mailbox_is_one_purchaser(one: str, other: str, shop: Shop) -> None:
    # R96
    first, second = await shop.signed_in(one), await shop.signed_in(other)
    assert first.caller.purchaser_id == second.caller.purchaser_id


async def with_the_index_of_earlier_days(email: str, shop: Shop) -> str:
    """The id of a purchaser who signed up while letters were folded."""
    device = await shop.signed_in(email)
    assert device.caller.purchaser_id
    folded = shop.parts.cipher.blind("purchaser e-mail", email.casefold())[0]
    async with shop.parts.database.begin() as work:
        await work.purchasers.index(device.caller.purchaser_id, folded)
    return device.caller.purchaser_id


@pytest.mark.parametrize(
    ("kept", "comes"),
    [APART[0], APART[0][::-1], APART[4], APART[4][::-1], APART[5], APART[5][::-1]],
)
async def test_who_signed_up_while_letters_were_folded_stays_and_the_other_is_somebody_else(
    kept: str, comes: str, shop: Shop
) -> None:
    # R96
    earlier = await with_the_index_of_earlier_days(kept, shop)
    new = (await shop.signed_in(comes)).caller.purchaser_id
    assert new != earlier
    async with shop.parts.database.read() as reading:
        cipher = shop.parts.cipher
        assert await by_email(kept, reading=reading, cipher=cipher) == earlier
        assert await by_email(comes, reading=reading, cipher=cipher) == new


@pytest.mark.parametrize(("one", "other"), APART)
def test_a_recipient_is_not_found_by_anothers_contact(one: str, other: str, shop: Shop) -> None:
    # R96
    first, second = email_of(one) or "", email_of(other) or ""
    assert not {*blind_of(first, shop.parts.cipher)} & {*blind_of(second, shop.parts.cipher)}


def test_a_wish_of_earlier_days_still_counts(shop: Shop) -> None:
    # R96
    contact, cipher = "vera@gro\u00dfmann.example.com", shop.parts.cipher
    earlier = cipher.blind("recipient's contact", contact.casefold())[0]
    assert earlier in blinds_of_wishes(contact, cipher)
    assert email_indexes("Ada@example.com", cipher) == cipher.blind(
        "purchaser e-mail", "ada@example.com"
    )
