"""The drawings of the demonstration's products, which come with the package."""

import hashlib
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import imagesize

from gateway.services.ports.pictures import StoredPicture

FOLDER: Final = Path(__file__).parent / "pictures"


@cache
def demo_drawings() -> Mapping[str, StoredPicture]:
    """The drawings by their titles, such as ``stoneware-mug``, named by the hashes of contents."""
    return {path.stem: _stored_picture(path.read_bytes()) for path in FOLDER.glob("*.svg")}


@cache
def drawing_paths() -> Mapping[str, Path]:
    """The files of the drawings by the names that they are served under."""
    return {picture.name: FOLDER / f"{stem}.svg" for stem, picture in demo_drawings().items()}


def _stored_picture(content: bytes) -> StoredPicture:
    width, height = imagesize.get(io.BytesIO(content))
    return StoredPicture(f"{hashlib.sha256(content).hexdigest()}.svg", width, height)
