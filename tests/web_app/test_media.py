"""Pictures at /media: how they are sent, kept by clients, and that nothing else is sent."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.adapters.demo.drawings import demo_drawings
from gateway.adapters.picture_files import PictureFiles
from gateway.bootstrap import bootstrap
from gateway.settings import Settings
from gateway.web_app.app import application
from gateway.web_app.media import media_routes
from tests.picture_samples import PNG, SAMPLES

MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}


def media_client(folder: Path) -> httpx.AsyncClient:
    app = Starlette(routes=media_routes(folder))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


@pytest.mark.parametrize("suffix", SAMPLES)
async def test_a_picture_is_sent_to_be_kept(tmp_path: Path, suffix: str) -> None:
    picture = await PictureFiles(tmp_path).save(SAMPLES[suffix])
    async with media_client(tmp_path) as client:
        answer = await client.get(picture.url)
        head = await client.head(picture.url)
    assert (answer.status_code, answer.content) == (200, SAMPLES[suffix])
    assert (head.status_code, head.content) == (200, b"")
    headers = dict(answer.headers)
    assert dict(head.headers) == headers
    del headers["last-modified"]
    assert headers == {
        "accept-ranges": "bytes",
        "cache-control": "public, max-age=31536000, immutable",
        "content-length": str(len(SAMPLES[suffix])),
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "content-type": MEDIA_TYPES[suffix],
        "cross-origin-resource-policy": "cross-origin",
        "etag": f'"{picture.name}"',
        "x-content-type-options": "nosniff",
    }


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
async def test_who_has_it_is_sent_nothing(tmp_path: Path, form: str) -> None:
    picture = await PictureFiles(tmp_path).save(PNG)
    async with media_client(tmp_path) as client:
        entity_tag = (await client.head(picture.url)).headers["etag"]
        headers = {"If-None-Match": form.format(entity_tag)}
        answer = await client.get(picture.url, headers=headers)
        changed = await client.get(picture.url, headers={"If-None-Match": '"other"'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", entity_tag)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (changed.status_code, changed.content) == (200, PNG)


@pytest.mark.parametrize(
    "path",
    [
        "/media",
        "/media/",
        "/media/secret_key",
        "/media/../secret_key",
        "/media/%2e%2e%2fsecret_key",
        "/media/..%2Fsecret_key",
        "/media/%2e%2e/secret_key",
        "/media//etc/passwd",
        "/media/sources",
        "/media/sources/x",
        "/media/" + "0" * 64 + ".png",
        "/media/" + "0" * 64 + ".png%00",
        "/media/" + "0" * 64 + ".svg",
        "/media/" + "a" * 5000,
    ],
)
async def test_nothing_else_is_sent(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "media"
    await PictureFiles(folder).save(PNG)
    for file in (tmp_path / "secret_key", folder / "secret_key", folder / ("0" * 64 + ".svg")):
        file.write_text("secret")
    async with media_client(folder) as client:
        answer = await client.get(path)
        written = await client.post(path)
    assert (answer.status_code, "secret" in answer.text) == (404, False)
    assert written.status_code in {404, 405}


async def test_a_drawing_is_sent_as_the_package_has_it(tmp_path: Path) -> None:
    async with media_client(tmp_path / "not there yet") as client:
        for drawing in demo_drawings().values():
            answer = await client.get(drawing.url)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "image/svg+xml"
            assert answer.headers["content-security-policy"].endswith("; sandbox")
            assert drawing.width == drawing.height == 640


async def test_pictures_count_towards_no_limit(data_folder: Path) -> None:
    settings = Settings(data_dir=data_folder, rate_limit=1)
    picture = await PictureFiles(settings.media_folder).save(PNG)
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answers = [await client.get(picture.url) for _ in range(3)]
            limited = [(await client.get("/gift")).status_code for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert limited[1] == 429
    assert answers[0].headers["cross-origin-resource-policy"] == "cross-origin"
    assert answers[0].headers["content-security-policy"].endswith("; sandbox")
