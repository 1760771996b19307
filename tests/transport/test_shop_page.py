"""The shop's page: one for all addresses, with its first answer in it, under a strict policy."""

import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from gateway.transport.requests import GraphQLRequest
from gateway.transport.service import PageAnswer
from gateway.transport.shop_page import shop_routes
from tests.transport.test_static_pages import PAGE

PAGE_TEXT = (
    '<!doctype html><script src="./assets/shop-abc.js"></script>'
    '<script type="application/json" id="first-list"></script>'
)
FIRST_REQUEST = {"query": "query A { a }", "operationName": "A", "variables": {"first": 24}}
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types shop-descriptions; frame-ancestors 'none'"
)


class Answers:
    """Answers every request with ``answer``, and keeps the requests."""

    def __init__(self, answer: PageAnswer | None) -> None:
        self.answer = answer
        self.requests: list[GraphQLRequest] = []

    async def __call__(self, _: Request, request: GraphQLRequest) -> PageAnswer | None:
        self.requests.append(request)
        return self.answer


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "shop.html").write_text(PAGE_TEXT)
    (tmp_path / "first-list.json").write_text(json.dumps(FIRST_REQUEST))
    return tmp_path


def client(built: Path, answers: Answers, *picture_hosts: str) -> TestClient:
    return TestClient(Starlette(routes=shop_routes(answers, picture_hosts, built)))


def test_the_first_page_brings_its_answer_along(built: Path) -> None:
    headers = (("set-cookie", "client=new"), ("x-client-id", "new"))
    answers = Answers(PageAnswer({"a": "</script><!--"}, headers))
    answer = client(built, answers).get("/shop")
    assert answer.text == PAGE_TEXT.replace('list">', 'list">{"a":"\\u003c/script>\\u003c!--"}')
    assert dict(answer.headers) == PAGE | {
        "content-length": str(len(answer.content)),
        "content-security-policy": POLICY,
        "set-cookie": "client=new",
        "x-client-id": "new",
    }
    assert answers.requests == [GraphQLRequest("query A { a }", "A", {"first": 24})]


def test_a_page_without_its_answer_asks_by_itself(built: Path) -> None:
    answer = client(built, Answers(None)).get("/shop")
    assert (answer.status_code, answer.text) == (200, PAGE_TEXT)


@pytest.mark.parametrize(
    ("path", "assets"),
    [
        ("/shop?sort=NEWEST", "./assets/"),
        ("/shop/search?q=mug", "../assets/"),
        ("/shop/products/mug", "../../assets/"),
        ("/shop/products/mug/", "../../../assets/"),
    ],
)
def test_other_addresses_show_the_same_page(built: Path, path: str, assets: str) -> None:
    answers = Answers(PageAnswer({"a": 1}, ()))
    answer = client(built, answers).get(path)
    assert answer.text == PAGE_TEXT.replace("./assets/", assets)
    assert answers.requests == []


def test_pictures_come_of_the_hosts_that_are_named(built: Path) -> None:
    answer = client(built, Answers(None), "https://a.example", "https://b.example").get("/shop")
    assert answer.headers["content-security-policy"] == POLICY.replace(
        "img-src 'self'", "img-src 'self' https://a.example https://b.example"
    )


def test_the_shop_is_only_read(built: Path) -> None:
    assert client(built, Answers(None)).post("/shop").status_code == 405


def test_a_missing_build_says_how_to_make_it(tmp_path: Path) -> None:
    answer = client(tmp_path, Answers(None)).get("/shop")
    assert (answer.status_code, answer.headers["content-security-policy"]) == (503, POLICY)
    assert answer.text == (
        "This page has not been built. Run `make web`, then start the gateway again.\n"
    )
