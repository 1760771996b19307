"""Copying pictures: each once, and what cannot be copied has a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.adapters.picture_files import PictureFiles
from gateway.services.catalogue.picture_copies import PictureCopier
from gateway.services.ports.pictures import PictureUnavailable
from tests.picture_samples import GIF, PNG

MUG, CUP, NOWHERE = "https://cdn.example/mug", "https://cdn.example/cup", "https://cdn.example/0"
TEXT = "https://cdn.example/text"


@dataclass
class Pictures:
    """The web, or a folder, with ``contents`` by address."""

    contents: Mapping[str, bytes]
    is_remote: bool = True
    reads: list[str] = field(default_factory=list)

    async def read(self, address: str) -> bytes:
        self.reads.append(address)
        if address not in self.contents:
            raise PictureUnavailable("it is not there")
        return self.contents[address]


def shop_pictures(*, is_remote: bool = True) -> Pictures:
    return Pictures({MUG: PNG, CUP: GIF, TEXT: b"text"}, is_remote)


async def test_each_address_is_read_once(tmp_path: Path) -> None:
    source, store = shop_pictures(), PictureFiles(tmp_path)
    copier = PictureCopier(source, store)
    copies = await copier.copy([MUG, CUP, MUG, NOWHERE, TEXT, "/media/own.png"])
    assert copies.pictures == {MUG: store.examine(PNG), CUP: store.examine(GIF)}
    assert copies.problems == {
        NOWHERE: "it is not there",
        TEXT: "it is of another type: save it as PNG, JPEG, WebP, AVIF or GIF",
    }
    assert sorted(source.reads) == sorted([MUG, CUP, NOWHERE, TEXT])
    assert await copier.copy([MUG, NOWHERE]) == await copier.copy([NOWHERE, MUG])
    assert len(source.reads) == 4


async def test_a_later_run_asks_only_for_what_is_not_there(tmp_path: Path) -> None:
    store = PictureFiles(tmp_path)
    await PictureCopier(shop_pictures(), store).copy([MUG, NOWHERE])
    source = shop_pictures()
    copies = await PictureCopier(source, store).copy([MUG, CUP, NOWHERE])
    assert set(copies.pictures) == {MUG, CUP}
    assert sorted(source.reads) == sorted([CUP, NOWHERE])
    (tmp_path / copies.pictures[MUG].name).unlink()
    await PictureCopier(source, store).copy([MUG])
    assert source.reads.count(MUG) == 1


async def test_a_file_that_changed_under_its_name_is_copied_anew(tmp_path: Path) -> None:
    store = PictureFiles(tmp_path)
    source = Pictures({"mug.png": PNG}, is_remote=False)
    await PictureCopier(source, store).copy(["mug.png"])
    source.contents = {"mug.png": GIF}
    copies = await PictureCopier(source, store).copy(["mug.png"])
    assert copies.pictures == {"mug.png": store.examine(GIF)}


@pytest.mark.parametrize("is_remote", [True, False])
async def test_a_trial_stores_nothing_and_asks_nobody(tmp_path: Path, *, is_remote: bool) -> None:
    store = PictureFiles(tmp_path / "media")
    source = shop_pictures(is_remote=is_remote)
    copies = await PictureCopier(source, store, saves=False).copy([MUG, NOWHERE])
    assert not (tmp_path / "media").exists()
    if is_remote:
        assert (copies.pictures, copies.problems, source.reads) == ({}, {}, [])
    else:
        assert copies.pictures == {MUG: store.examine(PNG)}
        assert copies.problems == {NOWHERE: "it is not there"}
