"""One mailbox, one account: which spellings of an e-mail address are the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.services.gifts.contacts import (
    contact_indexes,
    normalize_contact_email,
    opt_out_indexes,
)
from gateway.services.identity.emails import mailbox_key, normalize_email
from gateway.services.identity.registration import email_indexes, find_purchaser_id
from tests.services.identity.conftest import IdentityShop

# Each pair can belong to two people.
DIFFERENT_MAILBOXES = [
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
SAME_MAILBOX = [
    ("Ada@EXAMPLE.com", "ada@example.com"),
    ("a@gro\u00dfmann.example.com", "A@xn--gromann-2va.EXAMPLE.com"),
    ("a@B\u00dcCHER.example.com", "a@bu\u0308cher.example.com"),
    ("a@b\u00fccher.example.com", "a@XN--BCHER-KVA.example.com"),
    ("a@b\u00fccher\u3002example.com", "a@b\u00fccher.example.com"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT_MAILBOXES)
def test_what_a_mail_server_keeps_apart_is_not_one_mailbox(one: str, other: str) -> None:
    # R96
    first, second = normalize_email(one), normalize_email(other)
    assert first
    assert second
    assert mailbox_key(first) != mailbox_key(second)


@pytest.mark.parametrize(("one", "other"), SAME_MAILBOX)
def test_spellings_of_one_mailbox_are_compared_alike(one: str, other: str) -> None:
    # R96
    assert mailbox_key(normalize_email(one) or "") == mailbox_key(normalize_email(other) or "?")


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
    assert normalize_email(text) is None


def test_a_text_too_long_to_be_an_address_is_none() -> None:
    # R98
    assert normalize_email(" " * 300 + "ada@example.com") == "ada@example.com"
    assert normalize_email(" " * 1_000_000 + "ada@example.com") is None
    assert normalize_email("a" * 64 + "@" + "b" * 300 + ".example.com") is None


def test_what_is_copied_along_unseen_is_left_out() -> None:
    assert normalize_email("\ufeff \u200bada@example.com\u00a0\u2069\n") == "ada@example.com"


LETTERS = st.characters(categories=("Ll", "Lu", "Lo", "Mn"))


@given(st.text(LETTERS, min_size=1, max_size=12), st.text(LETTERS, min_size=1, max_size=12))
@example("k", "\u212a")
@example("gross", "gro\u00df")
def test_two_local_parts_are_one_only_by_case_in_ascii(left: str, right: str) -> None:
    """R96: whatever Unicode takes for one."""

    def lower_ascii(text: str) -> str:
        return "".join(each.lower() if each.isascii() else each for each in text)

    first, second = normalize_email(f"{left}@example.com"), normalize_email(f"{right}@example.com")
    if first and second:
        assert (mailbox_key(first) == mailbox_key(second)) == (
            lower_ascii(left) == lower_ascii(right)
        )


@given(st.emails() | st.text(LETTERS, min_size=1, max_size=9).map("a@{}.example.com".format))
def test_an_address_keeps_its_mailbox_when_it_is_read_again(text: str) -> None:
    """R96: one normal form, which reading does not change."""
    first = normalize_email(text)
    if first is not None:
        assert mailbox_key(normalize_email(first) or "") == mailbox_key(first)
        assert normalize_email(mailbox_key(first)) is not None


@pytest.mark.parametrize(("one", "other"), DIFFERENT_MAILBOXES)
async def test_two_mailboxes_are_two_purchasers(one: str, other: str, shop: IdentityShop) -> None:
    # R96
    first, second = await shop.sign_in_device(one), await shop.sign_in_device(other)
    assert first.caller.purchaser_id != second.caller.purchaser_id
    again = await shop.sign_in_device(one)
    assert again.caller.purchaser_id == first.caller.purchaser_id


@pytest.mark.parametrize(("one", "other"), SAME_MAILBOX)
async def test_one_mailbox_is_one_purchaser(one: str, other: str, shop: IdentityShop) -> None:
    # R96
    first, second = await shop.sign_in_device(one), await shop.sign_in_device(other)
    assert first.caller.purchaser_id == second.caller.purchaser_id


async def purchaser_with_old_index(email: str, shop: IdentityShop) -> str:
    """The id of a purchaser who signed up while letters were folded."""
    device = await shop.sign_in_device(email)
    assert device.caller.purchaser_id
    blind_index = shop.dependencies.cipher.blind_indexes("purchaser e-mail", email.casefold())[0]
    async with shop.dependencies.database.begin() as work:
        await work.purchasers.set_email_index(device.caller.purchaser_id, blind_index)
    return device.caller.purchaser_id


@pytest.mark.parametrize(
    ("kept", "comes"),
    [
        DIFFERENT_MAILBOXES[0],
        DIFFERENT_MAILBOXES[0][::-1],
        DIFFERENT_MAILBOXES[4],
        DIFFERENT_MAILBOXES[4][::-1],
        DIFFERENT_MAILBOXES[5],
        DIFFERENT_MAILBOXES[5][::-1],
    ],
)
async def test_who_signed_up_while_letters_were_folded_stays_and_the_other_is_somebody_else(
    kept: str, comes: str, shop: IdentityShop
) -> None:
    # R96
    earlier = await purchaser_with_old_index(kept, shop)
    new = (await shop.sign_in_device(comes)).caller.purchaser_id
    assert new != earlier
    async with shop.dependencies.database.read() as reading:
        cipher = shop.dependencies.cipher
        assert await find_purchaser_id(kept, reading=reading, cipher=cipher) == earlier
        assert await find_purchaser_id(comes, reading=reading, cipher=cipher) == new


@pytest.mark.parametrize(("one", "other"), DIFFERENT_MAILBOXES)
def test_a_recipient_is_not_found_by_anothers_contact(
    one: str, other: str, shop: IdentityShop
) -> None:
    # R96
    first, second = normalize_contact_email(one) or "", normalize_contact_email(other) or ""
    assert not {*contact_indexes(first, shop.dependencies.cipher)} & {
        *contact_indexes(second, shop.dependencies.cipher)
    }


def test_a_wish_of_earlier_days_still_counts(shop: IdentityShop) -> None:
    # R96
    contact, cipher = "vera@gro\u00dfmann.example.com", shop.dependencies.cipher
    earlier = cipher.blind_indexes("recipient's contact", contact.casefold())[0]
    assert earlier in opt_out_indexes(contact, cipher)
    assert email_indexes("Ada@example.com", cipher) == cipher.blind_indexes(
        "purchaser e-mail", "ada@example.com"
    )
