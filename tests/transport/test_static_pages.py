"""The built pages are served with exact headers."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from gateway.transport.static_pages import graphiql_page, page_routes

SCRIPT = "document.title = 'x';"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "gift.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "order.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "graphiql.html").write_text("<!doctype html><title>graphiql</title>")
    (tmp_path / "assets" / "gift-abc.js").write_text(SCRIPT)
    (tmp_path / "assets" / "gift-abc.js.gz").write_bytes(b"packed")
    (tmp_path / "assets" / "gift-abc.svg").write_text("<svg/>")
    (tmp_path / "operations.json").write_text("{}")
    return tmp_path


def client(built: Path) -> TestClient:
    routes = [*page_routes(built), Route("/graphql", graphiql_page(built))]
    return TestClient(Starlette(routes=routes))


COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
PAGE = COMMON | {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "content-type": "text/html; charset=utf-8",
}


@pytest.mark.parametrize("path", ["/gift", "/order"])
def test_headers_of_pages_behind_secret_links(built: Path, path: str) -> None:
    answer = client(built).get(path)
    assert answer.status_code == 200
    assert answer.text == "<!doctype html><title>page</title>"
    assert dict(answer.headers) == PAGE | {
        "content-length": "34",
        "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
        "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'",
    }


def test_graphiql_page_headers(built: Path) -> None:
    answer = client(built).get("/graphql")
    assert answer.text == "<!doctype html><title>graphiql</title>"
    assert dict(answer.headers) == PAGE | {
        "content-length": "38",
        "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
        "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'",
    }


def test_assets_never_change(built: Path) -> None:
    answer = client(built).get("/assets/gift-abc.svg")
    assert answer.text == "<svg/>"
    safe_headers = {
        name: answer.headers[name] for name in (*COMMON, "cache-control", "content-type")
    }
    assert safe_headers == COMMON | {
        "cache-control": "public, max-age=31536000, immutable",
        "content-type": "image/svg+xml",
    }


def test_compressed_assets_go_to_clients_that_take_them(built: Path) -> None:
    plain = client(built).get("/assets/gift-abc.js", headers={"accept-encoding": "identity"})
    assert (plain.text, plain.headers["vary"]) == (SCRIPT, "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    with client(built).stream("GET", "/assets/gift-abc.js") as packed:
        assert b"".join(packed.iter_raw()) == b"packed"
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
        assert packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/absent.js",
        "/assets/..",
        "/assets/%2e%2e/gift.html",
        "/assets/..%2foperations.json",
        "/assets/gift-abc.js.gz",
        "/assets/",
        "/gift/",
    ],
)
def test_nothing_else_is_served(built: Path, path: str) -> None:
    answer = client(built).get(path, follow_redirects=True)
    assert answer.status_code == 404 or (path == "/gift/" and answer.text.startswith("<!doctype"))


@pytest.mark.parametrize("path", ["/gift", "/order"])
def test_pages_are_only_read(built: Path, path: str) -> None:
    assert client(built).post(path, content=b"x").status_code == 405


def test_missing_build_says_how_to_make_it(tmp_path: Path) -> None:
    for path in ("/gift", "/order", "/graphql"):
        answer = client(tmp_path).get(path)
        assert answer.status_code == 503
        assert answer.text == (
            "This page has not been built. Run `make web`, then start the gateway again.\n"
        )
        assert answer.headers["cache-control"] == "no-store"
    assert client(tmp_path).get("/assets/gift-abc.js").status_code == 404
