"""Addresses and payment methods: who may change them, what is kept, and how."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.addresses.address import PostalAddress
from gateway.engine.identity.purchasers import SavedAddress
from gateway.engine.user_errors import ErrorCode
from gateway.services.identity.addresses import (
    MAX_ADDRESSES,
    AddressDraft,
    delete_address,
    list_addresses,
    save_address,
)
from gateway.services.identity.callers import Caller
from gateway.services.identity.payment_methods import (
    MAX_METHODS,
    delete_method,
    list_methods,
    save_method,
)
from tests.services.identity.conftest import HOME, LONDON, MOMENT, Device, IdentityShop

CARD_NUMBER = "4242 4242 4242 4242"
ErrorRows = list[tuple[ErrorCode, tuple[str, ...] | None]]


@pytest.fixture
async def ada(shop: IdentityShop) -> Device:
    return await shop.sign_in_device("ada@example.com")


async def load_addresses(device: Device) -> tuple[SavedAddress, ...]:
    async with device.shop.dependencies.database.read() as reading:
        return await list_addresses(
            device.caller.purchaser_id or "",
            reading=reading,
            cipher=device.shop.dependencies.cipher,
        )


async def save_errors(
    device: Device, draft: AddressDraft, caller: Caller | None = None
) -> ErrorRows:
    caller = caller or device.caller
    outcome = await save_address(draft, caller=caller, dependencies=device.shop.dependencies)
    assert outcome.value is None
    return [(each.code, each.field) for each in outcome.user_errors]


def address_draft(label: str = "home", /, **changes: object) -> AddressDraft:
    return AddressDraft(None, label, replace(LONDON, **changes))  # type: ignore[arg-type]


async def test_an_address_is_kept_as_it_was_cleaned(ada: Device) -> None:
    typed = PostalAddress(
        " Ada  King Lovelace", "GB", None, "London ", "sw1y 4jh", ("12 St James's Square", ""),
        "020 7946 0018",
    )  # fmt: skip
    outcome = await save_address(
        AddressDraft(None, " Home ", typed, use_for_gifts=True),
        caller=ada.caller,
        dependencies=ada.shop.dependencies,
    )
    assert outcome.value is not None
    assert outcome.value == SavedAddress(
        outcome.value.id,
        ada.caller.purchaser_id or "",
        "Home",
        replace(LONDON, phone="+442079460018"),
        use_for_gifts=True,
    )
    assert await load_addresses(ada) == (outcome.value,)


async def test_changing_addresses_needs_a_recent_sign_in(ada: Device) -> None:  # R17
    stranger = await ada.shop.authenticate()
    assert await save_errors(ada, HOME, stranger) == [(ErrorCode.SIGN_IN_REQUIRED, None)]
    recognised = await ada.recognise_without_token()
    assert await save_errors(ada, HOME, recognised) == [(ErrorCode.REAUTHENTICATION_REQUIRED, None)]
    ada.shop.clock.advance(timedelta(minutes=15, seconds=1))
    assert await save_errors(ada, HOME) == [(ErrorCode.REAUTHENTICATION_REQUIRED, None)]
    refused = await delete_address("adr_1", caller=ada.caller, dependencies=ada.shop.dependencies)
    assert [each.code for each in refused.user_errors] == [ErrorCode.REAUTHENTICATION_REQUIRED]
    assert await load_addresses(ada) == ()


async def test_a_label_is_unique_in_any_case(ada: Device) -> None:  # R15
    first = await ada.add_address()
    assert await save_errors(ada, address_draft("HOME")) == [
        (ErrorCode.INVALID_INPUT, ("input", "label"))
    ]
    office = await ada.add_address(address_draft("office"))
    duplicate = replace(address_draft("home"), id=office)
    assert await save_errors(ada, duplicate) == [(ErrorCode.INVALID_INPUT, ("input", "label"))]
    assert [each.id for each in await load_addresses(ada)] == [first, office]
    bob = await ada.shop.sign_in_device("bob@example.com")
    await bob.add_address()


async def test_an_address_is_changed_in_place(ada: Device) -> None:
    first = await ada.add_address()
    again = replace(address_draft("home", name="Ada Byron"), id=first)
    outcome = await save_address(again, caller=ada.caller, dependencies=ada.shop.dependencies)
    assert outcome.value is not None
    assert await load_addresses(ada) == (outcome.value,)
    assert (outcome.value.id, outcome.value.name) == (first, "Ada Byron")


async def test_anothers_address_is_not_found(ada: Device) -> None:
    home = await ada.add_address()
    bob = await ada.shop.sign_in_device("bob@example.com")
    assert await save_errors(bob, replace(HOME, id=home)) == [
        (ErrorCode.NOT_FOUND, ("input", "id"))
    ]
    refused = await delete_address(home, caller=bob.caller, dependencies=bob.shop.dependencies)
    assert [(each.code, each.field) for each in refused.user_errors] == [
        (ErrorCode.NOT_FOUND, ("input", "id"))
    ]
    assert len(await load_addresses(ada)) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Stra\u00dfe", "Strasse"), ("\u03c2", "\u03c3"), ("ma\u00dfe", "masse")]
)
async def test_labels_that_are_other_words_are_two(ada: Device, one: str, other: str) -> None:
    # R96
    assert await ada.add_address(address_draft(one)) != await ada.add_address(address_draft(other))
    assert await save_errors(ada, address_draft(f" {other} ")) == [
        (ErrorCode.INVALID_INPUT, ("input", "label"))
    ]


async def test_a_deleted_address_is_gone_and_its_label_free(ada: Device) -> None:
    home = await ada.add_address()
    gone = await delete_address(home, caller=ada.caller, dependencies=ada.shop.dependencies)
    assert gone.value is not None
    assert gone.value.id == home
    assert await load_addresses(ada) == ()
    await ada.add_address()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": CARD_NUMBER}, ("name",)),
        ({"lines": ("12 St James's Square", f"c/o {CARD_NUMBER}")}, ("lines", "1")),
        ({"city": CARD_NUMBER}, ("city",)),
        ({"region": CARD_NUMBER}, ("region",)),
        ({"name": "x" * 201}, ("name",)),
        ({"lines": ("x",) * 21}, ("lines",)),
        ({"phone": "not a number"}, ("phone",)),
    ],
)
async def test_what_must_not_be_kept_is_refused_where_it_stands(
    ada: Device, change: dict[str, object], path: tuple[str, ...]
) -> None:
    assert await save_errors(ada, address_draft("home", **change)) == [
        (ErrorCode.INVALID_INPUT, ("input", "address", *path))
    ]
    assert await load_addresses(ada) == ()


@pytest.mark.parametrize("label", ["", "  \n", "x" * 61, "x" * 501, CARD_NUMBER])
async def test_a_label_that_is_none_is_refused(ada: Device, label: str) -> None:
    assert await save_errors(ada, address_draft(label)) == [
        (ErrorCode.INVALID_INPUT, ("input", "label"))
    ]


async def test_a_phone_number_is_no_card_number(ada: Device) -> None:
    await ada.add_address(address_draft(phone="+44 20 7946 0018"))


async def test_everything_wrong_is_said_at_once(ada: Device) -> None:
    wrong = address_draft("", city=None, postal_code="ABC", name="")
    assert await save_errors(ada, wrong) == [
        (ErrorCode.INVALID_INPUT, ("input", "label")),
        (ErrorCode.ADDRESS_INSUFFICIENT, ("input", "address", "name")),
        (ErrorCode.ADDRESS_INSUFFICIENT, ("input", "address", "city")),
        (ErrorCode.ADDRESS_INSUFFICIENT, ("input", "address", "postalCode")),
    ]


async def test_a_refusal_says_whether_it_may_be_confirmed(ada: Device) -> None:
    async def is_confirmable(**changes: object) -> list[bool]:
        draft = address_draft(**changes)
        dependencies = ada.shop.dependencies
        outcome = await save_address(draft, caller=ada.caller, dependencies=dependencies)
        return [error.confirmable for error in outcome.user_errors]

    assert await is_confirmable(lines=("PO Box 7",)) == [True]
    assert await is_confirmable(postal_code="ABC") == [False]


async def test_a_warning_is_refused_unless_it_is_confirmed(ada: Device) -> None:
    box = address_draft("box", lines=("PO Box 17",))
    assert await save_errors(ada, box) == [
        (ErrorCode.ADDRESS_INSUFFICIENT, ("input", "address", "lines"))
    ]
    await ada.add_address(replace(box, confirm_warnings=True))
    insufficient = replace(address_draft("other", postal_code="ABC"), confirm_warnings=True)
    assert await save_errors(ada, insufficient) == [
        (ErrorCode.ADDRESS_INSUFFICIENT, ("input", "address", "postalCode"))
    ]


async def test_addresses_are_limited(ada: Device) -> None:
    for index in range(MAX_ADDRESSES):
        await ada.add_address(address_draft(f"home {index}"))
    assert await save_errors(ada, HOME) == [(ErrorCode.LIMIT_EXCEEDED, ("input",))]


async def test_a_payment_method_is_known_by_its_nickname_or_last_digits(
    ada: Device,
) -> None:  # R14
    plain = await save_method("sim_ok", None, caller=ada.caller, dependencies=ada.shop.dependencies)
    ada.shop.clock.advance(MOMENT)
    named = await save_method(
        "sim_3ds", " blue ", caller=ada.caller, dependencies=ada.shop.dependencies
    )
    assert plain.value is not None
    assert named.value is not None
    assert [plain.value.hint, named.value.hint] == ["0001", "blue"]
    async with ada.shop.dependencies.database.read() as reading:
        methods = await list_methods(
            ada.caller.purchaser_id or "", reading=reading, cipher=ada.shop.dependencies.cipher
        )
    assert methods == (plain.value, named.value)


@pytest.mark.parametrize(
    ("token", "nickname", "field"),
    [
        ("4242424242424242", None, "providerToken"),
        ("sim_unheard_of", None, "providerToken"),
        ("x" * 256, None, "providerToken"),
        ("sim_ok", CARD_NUMBER, "nickname"),
        ("sim_ok", "x" * 61, "nickname"),
    ],
)
async def test_a_method_that_must_not_be_kept_is_refused(
    ada: Device, token: str, nickname: str | None, field: str
) -> None:
    outcome = await save_method(
        token, nickname, caller=ada.caller, dependencies=ada.shop.dependencies
    )
    assert [(each.code, each.field) for each in outcome.user_errors] == [
        (ErrorCode.INVALID_INPUT, ("input", field))
    ]
    assert token not in str(outcome.user_errors)


async def test_changing_payment_methods_needs_a_recent_sign_in(ada: Device) -> None:  # R17
    method = await ada.add_method()
    recognised = await ada.recognise_without_token()
    saved = await save_method("sim_ok", None, caller=recognised, dependencies=ada.shop.dependencies)
    deleted = await delete_method(method, caller=recognised, dependencies=ada.shop.dependencies)
    for outcome in (saved, deleted):
        assert [each.code for each in outcome.user_errors] == [ErrorCode.REAUTHENTICATION_REQUIRED]


async def test_a_method_is_deleted_by_its_purchaser_only(ada: Device) -> None:
    method = await ada.add_method()
    bob = await ada.shop.sign_in_device("bob@example.com")
    refused = await delete_method(method, caller=bob.caller, dependencies=ada.shop.dependencies)
    assert [each.code for each in refused.user_errors] == [ErrorCode.NOT_FOUND]
    gone = await delete_method(method, caller=ada.caller, dependencies=ada.shop.dependencies)
    assert gone.value is not None
    again = await delete_method(method, caller=ada.caller, dependencies=ada.shop.dependencies)
    assert [each.code for each in again.user_errors] == [ErrorCode.NOT_FOUND]


async def test_payment_methods_are_limited(ada: Device) -> None:
    for _ in range(MAX_METHODS):
        await ada.add_method()
    outcome = await save_method(
        "sim_ok", None, caller=ada.caller, dependencies=ada.shop.dependencies
    )
    assert [each.code for each in outcome.user_errors] == [ErrorCode.LIMIT_EXCEEDED]


async def test_nothing_personal_stands_in_the_database(
    ada: Device, database: SqliteDatabase
) -> None:
    await ada.add_address()
    await ada.add_method(nickname="blue card")
    dump = "\n".join(database._reader.iterdump())
    for text in ("ada@example.com", "Lovelace", "London", "SW1Y", "sim_ok", "blue card"):
        assert text not in dump
        assert text.encode().hex() not in dump.lower()
    assert ada.identifier not in dump
    assert (ada.token or "") not in dump
