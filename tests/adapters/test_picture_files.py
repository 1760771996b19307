"""Stored pictures: what is one, what it is called, and which are deleted."""

import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.picture_files import PICTURE_NAME, PictureFiles
from gateway.services.ports.pictures import (
    MAX_PICTURE_BYTES,
    InvalidPicture,
    PictureStore,
    StoredPicture,
)
from tests.picture_samples import AVIF, GIF, JPEG, PNG, SAMPLES, WEBP, build_png

NOW = datetime.now(UTC)
STORE: PictureStore = PictureFiles(Path("nowhere"))


@pytest.mark.parametrize("suffix", SAMPLES)
async def test_a_picture_is_stored_under_its_hash(tmp_path: Path, suffix: str) -> None:
    content = SAMPLES[suffix]
    folder = tmp_path / "media"
    store = PictureFiles(folder)
    picture = StoredPicture(f"{hashlib.sha256(content).hexdigest()}.{suffix}", 6, 4)
    assert await store.save(content) == picture
    assert picture.url == f"/media/{picture.name}"
    assert [path.name for path in folder.iterdir()] == [picture.name]
    path = folder / picture.name
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (content, 0o600)
    written = path.stat().st_ino
    assert await store.save(content) == picture
    assert path.stat().st_ino == written


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is of another type: save it as PNG, JPEG, WebP, AVIF or GIF"),
        (b"hello", "it is of another type: save it as PNG, JPEG, WebP, AVIF or GIF"),
        (b"<html><img></html>", "it is of another type: save it as PNG, JPEG, WebP, AVIF or GIF"),
        (b"%PDF-1.7", "it is of another type: save it as PNG, JPEG, WebP, AVIF or GIF"),
        (b"BM" + bytes(40), "it is of another type: save it as PNG, JPEG, WebP, AVIF or GIF"),
        (
            b"<?xml version='1.0'?><SVG width='1' height='1'/>",
            "it is SVG, which may hold scripts: save it as PNG, JPEG, WebP, AVIF or GIF",
        ),
        (
            AVIF.replace(b"avif", b"heic"),
            "it is of another type: save it as PNG, JPEG, WebP, AVIF or GIF",
        ),
        (PNG[:20], "it is damaged: its size cannot be read"),
        (JPEG[:20], "it is damaged: its size cannot be read"),
        (WEBP[:16], "it is damaged: its size cannot be read"),
        (AVIF[:40], "it is damaged: its size cannot be read"),
        (build_png(0, 4), "it is damaged: its size cannot be read"),
        (GIF[:6] + b"\xff\xff\xff\xff" + GIF[10:], "it is damaged: its size cannot be read"),
        (
            build_png(50_000, 50_000),
            "it has 50,000 by 50,000 pixels, and pictures have 50,000,000 in all at most",
        ),
        (
            PNG + bytes(MAX_PICTURE_BYTES),
            "it has 20,000,077 bytes, and pictures have 20,000,000 at most",
        ),
    ],
)
async def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InvalidPicture) as refusal:
        await PictureFiles(tmp_path).save(content)
    assert str(refusal.value) == message
    assert list(tmp_path.iterdir()) == []


@given(st.sampled_from([b"", *(sample[:12] for sample in SAMPLES.values())]), st.binary())
def test_no_file_breaks_the_reader(start: bytes, end: bytes) -> None:
    try:
        picture = STORE.examine(start + end)
    except InvalidPicture:
        return
    assert PICTURE_NAME.fullmatch(picture.name)
    assert picture.width > 0 < picture.height


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


MANY_SIZES = box(b"ipco", box(b"ispe", bytes(4) + b"\0\0\0\6\0\0\0\4") * 60_000)
HOSTILE_PICTURES = {
    "segments": JPEG[:2] + b"\xff\xe0\0\2" * 4_900_000,
    "fill bytes": JPEG[:2] + b"\xff" * 19_000_000,
    "boxes": AVIF[:32] + box(b"free", b"") * 2_400_000,
    "sizes": AVIF[:32] + box(b"meta", bytes(4) + box(b"iprp", MANY_SIZES)),
}


@pytest.mark.parametrize("content", HOSTILE_PICTURES.values(), ids=HOSTILE_PICTURES)
def test_no_picture_takes_long(content: bytes) -> None:
    start = process_time()
    with suppress(InvalidPicture):
        STORE.examine(content)
    assert process_time() - start < 10


def test_the_size_is_found_before_a_long_content() -> None:
    start = AVIF.index(b"mdat") - 4
    picture = STORE.examine(AVIF[:start] + box(b"mdat", bytes(5_000_000)))
    assert (picture.width, picture.height) == (6, 4)


async def test_what_was_copied_from_an_address_is_known_while_it_is_there(tmp_path: Path) -> None:
    store = PictureFiles(tmp_path)
    address = "https://cdn.example/mug.png?key=secret"
    assert await store.find_copy(address) is None
    picture = await store.save(PNG)
    await store.record_copy(address, picture)
    assert await store.find_copy(address) == picture
    assert await store.find_copy(address + "&v=2") is None
    (tmp_path / picture.name).unlink()
    assert await store.find_copy(address) is None


async def test_a_record_that_is_damaged_is_none(tmp_path: Path) -> None:
    store = PictureFiles(tmp_path)
    await store.record_copy("https://cdn.example/a", StoredPicture("../secret", 1, 1))
    (tmp_path.parent / "secret").touch()
    assert await store.find_copy("https://cdn.example/a") is None
    next((tmp_path / "sources").iterdir()).write_bytes(b"{")
    assert await store.find_copy("https://cdn.example/a") is None


async def test_old_pictures_that_nothing_shows_are_deleted(tmp_path: Path) -> None:
    store = PictureFiles(tmp_path / "media")
    assert await store.delete_except((), older_than=NOW) == 0
    shown, hidden, new = [await store.save(content) for content in (PNG, GIF, WEBP)]
    for number, picture in enumerate((shown, hidden)):
        await store.record_copy(f"https://cdn.example/{number}", picture)
    other_file = tmp_path / "media" / "notes.txt"
    other_file.touch()
    last_week = (NOW - timedelta(days=7)).timestamp()
    for path in (tmp_path / "media").rglob("*"):
        if path.is_file() and path.name != new.name:
            os.utime(path, (last_week, last_week))
    day_ago = NOW - timedelta(days=1)
    assert await store.delete_except([shown.name], older_than=day_ago) == 1
    assert {path.name for path in (tmp_path / "media").iterdir() if path.is_file()} == {
        shown.name,
        new.name,
        "notes.txt",
    }
    assert len(list((tmp_path / "media" / "sources").iterdir())) == 1
    assert await store.find_copy("https://cdn.example/0") == shown
    assert await store.delete_except((), older_than=day_ago) == 0
