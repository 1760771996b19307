"""Deleting pictures: what anything shows stays, and what is young."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.picture_files import PictureFiles
from gateway.adapters.repositories.picture_uses import MAX_PRODUCTS
from gateway.engine.catalogue.collections import Collection
from gateway.engine.catalogue.products import Image, Product, Variant
from gateway.services.catalogue.picture_cleanup import delete_unused_pictures
from gateway.services.ports.collections import ListedCollection
from gateway.services.ports.pictures import StoredPicture
from tests.conftest import AnyDatabase
from tests.picture_samples import AVIF, GIF, JPEG, PNG, WEBP


@pytest.fixture
def clock() -> ManualClock:
    """Now, because files tell by the machine's clock how old they are."""
    return ManualClock(datetime.now(UTC))


def picture_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def make_older(folder: Path, clock: ManualClock, age: timedelta) -> None:
    stored_at = (clock.now() - age).timestamp()
    for path in folder.rglob("*"):
        os.utime(path, (stored_at, stored_at))


async def save_catalogue(
    database: AnyDatabase, clock: ManualClock, pictures: list[StoredPicture]
) -> None:
    """Products for two pages; the first, the last, a variant and a collection show one each."""
    first, second, of_variant, of_collection = pictures
    html = f'<p><img src="https://shop.example{second.url}"></p>'
    products = [
        Product(f"prd_{number:03}", f"p{number}", "P") for number in range(MAX_PRODUCTS + 2)
    ]
    shown = (Image(first.url), Image("https://x.example/a.png"))
    products[0] = replace(products[0], images=shown)
    products[-1] = replace(products[-1], listed=False, description_html=html)
    variant = Variant("var_3", "prd_003", "", "V", {}, listed=False, image=Image(of_variant.url))
    collection = Collection("col_1", "c", "C", image=Image(of_collection.url))
    async with database.begin() as work:
        await work.catalogue.save(
            {each: [variant] if each.id == "prd_003" else [] for each in products}, clock.now()
        )
        await work.collections.save([ListedCollection(collection, 1)])


async def test_what_nothing_shows_is_deleted(
    databases: AnyDatabase, clock: ManualClock, tmp_path: Path
) -> None:
    folder = tmp_path / "media"
    store = PictureFiles(folder)
    used = [await store.save(content) for content in (PNG, GIF, WEBP, AVIF)]
    unused = await store.save(JPEG)
    await save_catalogue(databases, clock, used)
    make_older(folder, clock, timedelta(hours=23))
    assert await delete_unused_pictures(store, database=databases, clock=clock) == 0
    make_older(folder, clock, timedelta(hours=25))
    assert await delete_unused_pictures(store, database=databases, clock=clock) == 1
    assert picture_names(folder) == {picture.name for picture in used}
    assert unused not in used
    assert await delete_unused_pictures(store, database=databases, clock=clock) == 0


async def test_what_is_stored_again_is_young_again(
    databases: AnyDatabase, clock: ManualClock, tmp_path: Path
) -> None:
    store = PictureFiles(tmp_path)
    picture = await store.save(PNG)
    await store.record_copy("https://cdn.example/a.png", picture)
    make_older(tmp_path, clock, timedelta(days=2))
    assert await store.find_copy("https://cdn.example/a.png") == picture
    assert await delete_unused_pictures(store, database=databases, clock=clock) == 0
    assert (tmp_path / picture.name).is_file()
