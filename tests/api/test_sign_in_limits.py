"""How often sign-in codes are sent, asked from outside."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings
from gateway.web_app.app import _api_key
from gateway.worker import run_due_jobs
from tests.api.house import ANONYMOUS, InProcessGateway, RequestIdentity, open_gateway

ADA = "ada@example.com"
SIGN_IN = """mutation ($email: String!, $code: String!) {
  signIn(input: {email: $email, code: $code}) { token clientIdentifier userErrors { code field } }
}"""


def code_requests(*emails: str) -> str:
    """One operation that asks for a code for each."""
    fields = [
        f'r{at}: signInRequest(input: {{email: "{email}"}}) {{ userErrors {{ code }} }}'
        for at, email in enumerate(emails)
    ]
    return f"mutation {{ {' '.join(fields)} }}"


@asynccontextmanager
async def limited_gateway(folder: Path, **settings: Any) -> AsyncIterator[InProcessGateway]:  # noqa: ANN401 - as set
    all_settings = Settings(data_dir=folder, **settings)
    async with open_gateway(all_settings) as shop:
        yield shop


async def request_codes(
    shop: InProcessGateway, who: RequestIdentity, *emails: str, **headers: str
) -> list[bool]:
    """Whether each of one operation's requests was taken."""
    answer = (await shop.execute(who, code_requests(*emails), None, **headers)).json()
    assert isinstance(answer, dict)
    codes = [[each["code"] for each in field["userErrors"]] for field in answer["data"].values()]
    assert all(each in ([], ["LIMIT_EXCEEDED"]) for each in codes)
    return [not each for each in codes]


async def mailed_code(shop: InProcessGateway) -> str:
    """The code in the newest mail; the outbox is empty afterwards."""
    while await run_due_jobs(shop.gateway.jobs, datetime.now(UTC)):
        pass
    outbox = shop.folder / "outbox"
    newest = max(outbox.glob("sign-in-*.eml"), key=lambda file: file.stat().st_mtime_ns)
    [code] = re.findall(r"code is (\d{6})", newest.read_text())
    shutil.rmtree(outbox)
    return str(code)


async def test_aliases_of_one_operation_count_each(data_folder: Path) -> None:
    # R101
    async with limited_gateway(data_folder) as shop:
        client = RequestIdentity(client=await shop.new_client())
        assert await request_codes(shop, client, *[ADA] * 30) == [True] * 5 + [False] * 25
        assert await request_codes(shop, client, "ADA@example.com", "bob@example.com") == [
            False,
            True,
        ]


async def test_a_network_has_its_hour_whoever_is_written_to(data_folder: Path) -> None:
    # R101
    async with limited_gateway(data_folder, sign_ins_hourly=7) as shop:
        strangers = [f"{number}@example.com" for number in range(30)]
        assert await request_codes(shop, ANONYMOUS, *strangers) == [True] * 7 + [False] * 23
        assert await request_codes(shop, RequestIdentity(client=await shop.new_client()), ADA) == [
            False
        ]


async def test_a_network_is_seen_through_the_proxies_that_are_trusted(data_folder: Path) -> None:
    # R101
    trusted = ("203.0.113.0/24",)
    async with limited_gateway(data_folder, sign_ins_hourly=1, trusted_proxies=trusted) as shop:
        accepted = [
            await request_codes(
                shop, ANONYMOUS, f"{at}@example.com", **{"x-forwarded-for": address}
            )
            for at, address in enumerate(
                ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "198.51.100.7", "198.51.100.7")
            )
        ]
        assert accepted == [[True], [False], [True], [True], [False]]


@pytest.mark.parametrize("hourly", [None, 20])
async def test_a_stranger_keeps_nobody_from_signing_in(
    data_folder: Path, hourly: int | None
) -> None:
    # R101
    async with limited_gateway(data_folder, sign_ins_hourly=hourly) as shop:
        first = RequestIdentity(client=await shop.new_client())
        assert await request_codes(shop, first, ADA) == [True]
        code = await mailed_code(shop)
        answer = (await shop.execute_for_data(first, SIGN_IN, email=ADA, code=code))["signIn"]
        owner = RequestIdentity(client=answer["clientIdentifier"])
        assert await request_codes(shop, owner, ADA) == [True]
        code = await mailed_code(shop)
        for _ in range(5):
            stranger = RequestIdentity(client=await shop.new_client())
            await request_codes(shop, stranger, *[ADA] * 20)
            for _ in range(6):
                refused = await shop.execute_for_data(stranger, SIGN_IN, email=ADA, code="000000")
                assert refused["signIn"]["userErrors"] == [
                    {"code": "INVALID_TOKEN", "field": ["input", "code"]}
                ]
        assert await request_codes(shop, ANONYMOUS, "else@example.com") == [hourly is None]
        assert (await shop.execute_for_data(owner, SIGN_IN, email=ADA, code=code))["signIn"][
            "token"
        ]


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer gw_1", "gw_1"),
        ("bearer  gw_1 ", "gw_1"),
        ("BEARER gw_1", "gw_1"),
        ("Bearer gs_1", None),
        ("gw_1", None),
        ("", None),
    ],
)
def test_a_key_is_counted_however_it_is_written(header: str, key: str | None) -> None:
    # R101
    assert _api_key(header) == key
