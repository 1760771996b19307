"""Where pictures are copied from: what of a folder and of the web is read, and what is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from gateway.adapters.picture_sources import FetchedPictures, FolderPictures
from gateway.adapters.public_calls import WEB_SCHEMES, PublicHosts
from gateway.services.ports.pictures import (
    MAX_PICTURE_BYTES,
    PictureSource,
    PictureUnavailable,
)
from tests.dripping import dripping_server
from tests.picture_samples import GIF, PNG

PUBLIC = "93.184.216.34"
Handler = Callable[[httpx.Request], httpx.Response]


async def problem(source: PictureSource, address: str) -> str:
    with pytest.raises(PictureUnavailable) as refusal:
        await source.read(address)
    return str(refusal.value)


# -- a folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = tmp_path / "pictures"
    (pictures / "more").mkdir(parents=True)
    (pictures / "mug.png").write_bytes(PNG)
    (pictures / "more" / "Blue mug.GIF").write_bytes(GIF)
    (pictures / "cafe\u0301.png").write_bytes(PNG)
    (pictures / "th\u00e9.png").write_bytes(GIF)
    (pictures / "twice.png").write_bytes(PNG)
    (pictures / "more" / "Twice.png").write_bytes(GIF)
    (tmp_path / "secret.png").write_bytes(b"secret")
    (pictures / "link.png").symlink_to(tmp_path / "secret.png")
    return pictures


@pytest.mark.parametrize(
    ("address", "content"),
    [
        ("mug.png", PNG),
        ("MUG.PNG", PNG),
        ("https://cdn.example/files/mug.png?v=1700000000", PNG),
        ("https://cdn.example/files/blue%20mug.gif", GIF),
        ("Blue mug.gif", GIF),
        ("more/blue mug.gif", GIF),
        # However an accent is written, there and here.
        ("caf\u00e9.png", PNG),
        ("CAFE\u0301.png", PNG),
        ("the\u0301.png", GIF),
        ("https://cdn.example/th%C3%89.png", GIF),
        ("https://cdn.example/the%CC%81.png", GIF),
    ],
)
async def test_a_file_is_found_by_its_name(folder: Path, address: str, content: bytes) -> None:
    assert await FolderPictures(folder).read(address) == content


@pytest.mark.parametrize(
    ("address", "name", "message"),
    [
        ("cup.png", "cup.png", "no file is called cup.png in "),
        ("twice.png", "twice.png", "several files are called twice.png in "),
        ("../secret.png", "secret.png", "no file is called secret.png in "),
        ("..%2fsecret.png", "secret.png", "no file is called secret.png in "),
        ("https://cdn.example/..%2F..%2Fsecret.png", "secret.png", "no file is called secret.png"),
        ("link.png", "link.png", "no file is called link.png in "),
        ("https://cdn.example", "", "no file is called  in "),
        ("http://[", "", "no file is called http://[ in "),
    ],
)
async def test_no_other_file_is_read(folder: Path, address: str, name: str, message: str) -> None:
    del name
    assert (await problem(FolderPictures(folder), address)).startswith(message)


async def test_of_a_huge_file_no_more_is_read_than_tells_so(tmp_path: Path) -> None:
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(MAX_PICTURE_BYTES * 10)
    assert len(await FolderPictures(tmp_path).read("huge.png")) == MAX_PICTURE_BYTES + 1


# -- the web


async def stream(content: bytes) -> AsyncIterator[bytes]:
    yield content


def build_source(handle: Handler, *, private: bool = False) -> FetchedPictures:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return FetchedPictures(client, PublicHosts(WEB_SCHEMES, private))


def redirecting(*locations: str) -> tuple[Handler, list[str]]:
    """Leads on to each of ``locations``, then sends a picture; and the addresses asked for."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.headers['host']}{request.url.raw_path.decode()}")
        if len(asked) <= len(locations):
            return httpx.Response(302, headers={"location": locations[len(asked) - 1]})
        return httpx.Response(200, content=stream(PNG))

    return handle, asked


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_picture_is_fetched(scheme: str) -> None:
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, content=stream(PNG))

    assert await build_source(handle).read(f"{scheme}://{PUBLIC}/mug.png?v=1") == PNG
    (request,) = requests
    assert (request.method, str(request.url)) == ("GET", f"{scheme}://{PUBLIC}/mug.png?v=1")
    assert (request.headers["host"], request.headers["accept-encoding"]) == (PUBLIC, "identity")
    assert "cookie" not in request.headers
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/a.png",
        "http://localhost/a.png",
        "https://10.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://[::ffff:127.0.0.1]/a.png",
        "https://2130706433/a.png",
        "https://user:password@93.184.216.34/a.png",
        "ftp://93.184.216.34/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "a.png",
        "",
    ],
)
async def test_other_places_are_not_asked(address: str) -> None:
    handle, asked = redirecting()
    message = "it is not at a public address of the web"
    assert await problem(build_source(handle), address) == message
    # Nor by a detour.
    handle, asked = redirecting(address)
    if address and address != "a.png":
        # What is no address of a host at all, the client itself cannot read.
        reason = "its host cannot be reached" if address.startswith("data:") else message
        assert await problem(build_source(handle), f"https://{PUBLIC}/a.png") == reason
        assert asked == [f"{PUBLIC}/a.png"]


async def test_redirections_are_followed_a_few_times() -> None:
    handle, asked = redirecting("/b.png", "https://93.184.216.35/c.png", "d.png")
    assert await build_source(handle).read(f"https://{PUBLIC}/a/a.png") == PNG
    assert asked == [
        f"{PUBLIC}/a/a.png",
        f"{PUBLIC}/b.png",
        "93.184.216.35/c.png",
        "93.184.216.35/d.png",
    ]
    handle, asked = redirecting("/1", "/2", "/3", "/4")
    assert (
        await problem(build_source(handle), f"https://{PUBLIC}/0")
        == "it leads on more than 3 times"
    )
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (httpx.Response(404), "its host answered with status 404"),
        (httpx.Response(500, content=PNG), "its host answered with status 500"),
        (
            httpx.Response(200, headers={"content-length": "20000001"}, content=PNG),
            "it has more than 20,000,000 bytes",
        ),
        (
            httpx.Response(200, headers={"content-length": "9" * 5000}, content=PNG),
            "it has more than 20,000,000 bytes",
        ),
    ],
)
async def test_what_is_no_picture_is_not_read(response: httpx.Response, message: str) -> None:
    source = build_source(lambda _: response)
    assert await problem(source, f"https://{PUBLIC}/a.png") == message


async def test_an_endless_picture_ends() -> None:
    sent = 0

    async def drip() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1_000_000
            yield bytes(1_000_000)

    source = build_source(lambda _: httpx.Response(200, content=drip()))
    assert await problem(source, f"https://{PUBLIC}/a.png") == "it has more than 20,000,000 bytes"
    assert sent == 21_000_000


async def test_a_host_that_does_not_answer_is_not_named_further() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("10.0.0.7 refused", request=request)

    assert await problem(build_source(handle), f"https://{PUBLIC}/a.png") == (
        "its host cannot be reached"
    )


async def test_a_picture_comes_from_a_real_server() -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(PNG)}\r\n\r\n".encode()
    async with dripping_server(head + PNG) as url, httpx.AsyncClient() as client:
        source = FetchedPictures(client, PublicHosts(WEB_SCHEMES, allows_private=True))
        assert await source.read(url) == PNG
        # Unless private addresses are allowed, the same is not asked for.
        assert await problem(FetchedPictures(client), url) == (
            "it is not at a public address of the web"
        )


async def test_a_picture_that_drips_takes_no_longer_than_its_time() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n"
    async with dripping_server(head, b"x") as url:
        source = FetchedPictures(
            httpx.AsyncClient(), PublicHosts(WEB_SCHEMES, allows_private=True), 0.3
        )
        async with asyncio.timeout(20):
            assert await problem(source, url) == ("it did not come within 0.3 seconds")
