"""Sealed values: readable in their place only, by the right secret only, until the key is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.encryption import EnvelopeCipher
from gateway.services import encryption
from gateway.services.ports.encryption import UnsealFailed
from tests.conftest import AnyDatabase

CIPHER = EnvelopeCipher("a secret")
PLACE = "gifts.message of gft_1"


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_can_be_unsealed(plain: bytes, subject: str, place: str) -> None:
    wrapped = CIPHER.new_key(subject)
    assert (
        CIPHER.unseal(subject, wrapped, CIPHER.seal(subject, wrapped, plain, place), place) == plain
    )


def test_sealing_twice_never_looks_the_same() -> None:
    wrapped = CIPHER.new_key("gft_1")
    sealed = {CIPHER.seal("gft_1", wrapped, b"Main Street 1", PLACE) for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"Main" in one for one in sealed)


def test_a_value_is_bound_to_its_row_its_subject_and_its_bytes() -> None:
    wrapped = CIPHER.new_key("gft_1")
    sealed = CIPHER.seal("gft_1", wrapped, b"Main Street 1", PLACE)
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for subject, value, place in (
        ("gft_1", sealed, "gifts.message of gft_2"),
        ("gft_2", sealed, PLACE),
        ("gft_1", altered, PLACE),
        ("gft_1", sealed[:5], PLACE),
        ("gft_1", b"", PLACE),
    ):
        with pytest.raises(UnsealFailed):
            CIPHER.unseal(subject, wrapped, value, place)


def test_another_secret_opens_nothing() -> None:
    wrapped = CIPHER.new_key("gft_1")
    sealed = CIPHER.seal("gft_1", wrapped, b"Main Street 1", PLACE)
    with pytest.raises(UnsealFailed):
        EnvelopeCipher("another secret").unseal("gft_1", wrapped, sealed, PLACE)


def test_a_blind_index_finds_by_purpose_and_value_under_every_secret() -> None:
    [present] = CIPHER.blind_indexes("email", "ann@example.org")
    assert CIPHER.blind_indexes("email", "ann@example.org") == (present,)
    assert CIPHER.blind_indexes("phone", "ann@example.org") != (present,)
    assert CIPHER.blind_indexes("email", "bob@example.org") != (present,)
    fresh = EnvelopeCipher("fresh", ["a secret"]).blind_indexes("email", "ann@example.org")
    assert fresh == (*EnvelopeCipher("fresh").blind_indexes("email", "ann@example.org"), present)
    assert len(present) == 64


async def sealed_in(database: AnyDatabase, subject: str) -> bytes:
    async with database.begin() as work:
        return await encryption.seal(
            b"Main Street 1", subject=subject, context=PLACE, work=work, cipher=CIPHER
        )


async def read(database: AnyDatabase, sealed: bytes, cipher: EnvelopeCipher) -> bytes | None:
    async with database.read() as reading:
        return await encryption.unseal(
            sealed, subject="gft_1", context=PLACE, reading=reading, cipher=cipher
        )


async def test_one_key_a_subject_until_it_is_forgotten(databases: AnyDatabase) -> None:
    first, second = await sealed_in(databases, "gft_1"), await sealed_in(databases, "gft_1")
    async with databases.read() as reading:
        assert set(await reading.data_keys.find_many(["gft_1", "gft_2"])) == {"gft_1"}
    assert await read(databases, first, CIPHER) == b"Main Street 1"
    async with databases.begin() as work:
        await encryption.delete_data_key("gft_1", work=work)
    assert await read(databases, first, CIPHER) is None
    await sealed_in(databases, "gft_1")
    with pytest.raises(UnsealFailed):
        await read(databases, second, CIPHER)


async def test_a_key_made_meanwhile_is_used(databases: AnyDatabase) -> None:
    async with databases.begin() as work:
        assert await work.data_keys.add("gft_1", b"first") == b"first"
        assert await work.data_keys.add("gft_1", b"second") == b"first"


async def test_after_rotation_the_earlier_secret_is_not_needed(
    databases: AnyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encryption, "KEYS_PER_TRANSACTION", 2)
    sealed = await sealed_in(databases, "gft_1")
    for number in range(2, 6):
        await sealed_in(databases, f"gft_{number}")
    both = EnvelopeCipher("fresh", ["a secret"])
    assert await encryption.rewrap_data_keys(database=databases, cipher=both) == 5
    assert await read(databases, sealed, EnvelopeCipher("fresh")) == b"Main Street 1"
    async with databases.begin() as work:
        assert not await work.data_keys.replace("gft_1", b"stale", b"newer")
