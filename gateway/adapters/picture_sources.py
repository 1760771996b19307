"""Where pictures are copied from: a folder, or the web."""

import asyncio
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from gateway.adapters.public_calls import WEB_SCHEMES, PublicHosts, PublicRequest, send_request
from gateway.services.ports.pictures import MAX_PICTURE_BYTES, PictureUnavailable

FETCH_TIMEOUT_SECONDS = 30.0
"""A picture takes no longer, from the first look-up of an address to its last byte."""
MAX_REDIRECTS = 3
"""A picture that leads on to more addresses is not fetched."""
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
ACCEPTED_TYPES = "image/avif, image/webp, image/png, image/jpeg, image/gif"
TOO_LARGE = f"it has more than {MAX_PICTURE_BYTES:,} bytes"


class FolderPictures:
    """The files in ``folder`` and below, found by the last part of a picture's address.

    Small and capital letters are the same, and so are the ways to write an accent. Links that lead
    out of the folder are no files of it.
    """

    is_remote = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths = _files_by_name(folder)

    async def read(self, address: str) -> bytes:
        """The file with the name at the end of ``address``.

        Raises:
            PictureUnavailable: there is none, or there are several, or it is too large.

        """
        return await asyncio.to_thread(self._read, address)

    def _read(self, address: str) -> bytes:
        name = _file_name(address)
        paths = self._paths.get(_name_key(name), ())
        if len(paths) != 1:
            number = "several files are" if paths else "no file is"
            raise PictureUnavailable(f"{number} called {name} in {self._folder}")
        try:
            with paths[0].open("rb") as file:
                # One byte more tells that it is too large, however large it is.
                return file.read(MAX_PICTURE_BYTES + 1)
        except OSError as error:
            raise PictureUnavailable(f"{name} cannot be read: {error.strerror}") from error


def _files_by_name(folder: Path) -> Mapping[str, tuple[Path, ...]]:
    paths: dict[str, tuple[Path, ...]] = {}
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.resolve().is_relative_to(root):
            key = _name_key(path.name)
            paths[key] = (*paths.get(key, ()), path)
    return paths


def _name_key(name: str) -> str:
    """``name`` without regard to case, and to how a system writes accents in names of files."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _file_name(address: str) -> str:
    """The file's name in an address, or in the name of a file."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    path = parts.path if parts.scheme in WEB_SCHEMES else address
    return unquote(path).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class FetchedPictures:
    """Pictures on the web, at public addresses; each redirection is checked anew.

    ``hosts`` decides which addresses may be asked.
    """

    client: httpx.AsyncClient
    hosts: PublicHosts = field(default_factory=lambda: PublicHosts(WEB_SCHEMES))
    timeout_seconds: float = FETCH_TIMEOUT_SECONDS

    @property
    def is_remote(self) -> bool:
        """Whether other machines are asked: yes."""
        return True

    async def read(self, address: str) -> bytes:
        """The picture at ``address``.

        Raises:
            PictureUnavailable: it is not there, may not be asked for, or is too large.

        """
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await self._fetch(address)
        except TimeoutError:
            message = f"it did not come within {self.timeout_seconds:g} seconds"
            raise PictureUnavailable(message) from None
        except (OSError, httpx.HTTPError):
            # What went wrong may name addresses of the private network.
            raise PictureUnavailable("its host cannot be reached") from None

    async def _fetch(self, address: str) -> bytes:
        url = address
        for _ in range(MAX_REDIRECTS + 1):
            addresses = await self.hosts.find_addresses(url)
            if not addresses:
                raise PictureUnavailable("it is not at a public address of the web")
            request = PublicRequest("GET", url, addresses, {"accept": ACCEPTED_TYPES})
            response = await send_request(self.client, request, self.timeout_seconds)
            try:
                if response.status_code not in REDIRECTS:
                    return await _read_body(response)
                url = urljoin(url, response.headers.get("location", ""))
            finally:
                await response.aclose()
        raise PictureUnavailable(f"it leads on more than {MAX_REDIRECTS} times")


async def _read_body(response: httpx.Response) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise PictureUnavailable(f"its host answered with status {response.status_code}")
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > MAX_PICTURE_BYTES:
        raise PictureUnavailable(TOO_LARGE)
    content = bytearray()
    # As it comes: nothing is unpacked.
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > MAX_PICTURE_BYTES:
            raise PictureUnavailable(TOO_LARGE)
    return bytes(content)
