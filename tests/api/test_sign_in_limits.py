"""How often sign-in codes are sent, asked from outside."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.app import _api_key
from gateway.preparation import prepare
from gateway.settings import Settings
from gateway.worker import turn
from tests.api.house import NOBODY, House, Who, house

ADA = "ada@example.com"
SIGN_IN = """mutation ($email: String!, $code: String!) {
  signIn(input: {email: $email, code: $code}) { token clientIdentifier userErrors { code field } }
}"""


def requests(*emails: str) -> str:
    """One operation that asks for a code for each."""
    fields = [
        f'r{at}: signInRequest(input: {{email: "{email}"}}) {{ userErrors {{ code }} }}'
        for at, email in enumerate(emails)
    ]
    return f"mutation {{ {' '.join(fields)} }}"


@asynccontextmanager
async def opened(folder: Path, **settings: Any) -> AsyncIterator[House]:  # noqa: ANN401 - as set
    wanted = Settings(data_dir=folder, **settings)
    await prepare(wanted)
    async with house(wanted) as found:
        yield found


async def sent(shop: House, who: Who, *emails: str, **headers: str) -> list[bool]:
    """Whether each of one operation's requests was taken."""
    answer = (await shop.answer(who, requests(*emails), None, **headers)).json()
    assert isinstance(answer, dict)
    codes = [[each["code"] for each in field["userErrors"]] for field in answer["data"].values()]
    assert all(each in ([], ["LIMIT_EXCEEDED"]) for each in codes)
    return [not each for each in codes]


async def mailed_code(shop: House) -> str:
    """The code in the newest mail; the outbox is empty afterwards."""
    while await turn(shop.gateway.steps, datetime.now(UTC)):
        pass
    outbox = shop.folder / "outbox"
    newest = max(outbox.glob("sign-in-*.eml"), key=lambda file: file.stat().st_mtime_ns)
    [code] = re.findall(r"code is (\d{6})", newest.read_text())
    shutil.rmtree(outbox)
    return str(code)


async def test_aliases_of_one_operation_count_each(tmp_path: Path) -> None:
    # R101
    async with opened(tmp_path) as shop:
        client = Who(client=await shop.client())
        assert await sent(shop, client, *[ADA] * 30) == [True] * 5 + [False] * 25
        assert await sent(shop, client, "ADA@example.com", "bob@example.com") == [False, True]


async def test_a_network_has_its_hour_whoever_is_written_to(tmp_path: Path) -> None:
    # R101
    async with opened(tmp_path, sign_ins_hourly=7) as shop:
        strangers = [f"{number}@example.com" for number in range(30)]
        assert await sent(shop, NOBODY, *strangers) == [True] * 7 + [False] * 23
        assert await sent(shop, Who(client=await shop.client()), ADA) == [False]


async def test_a_network_is_seen_through_the_proxies_that_are_trusted(tmp_path: Path) -> None:
    # R101
    trusted = ("203.0.113.0/24",)
    async with opened(tmp_path, sign_ins_hourly=1, trusted_proxies=trusted) as shop:
        taken = [
            await sent(shop, NOBODY, f"{at}@example.com", **{"x-forwarded-for": address})
            for at, address in enumerate(
                ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "198.51.100.7", "198.51.100.7")
            )
        ]
        assert taken == [[True], [False], [True], [True], [False]]


@pytest.mark.parametrize("hourly", [None, 20])
async def test_a_stranger_keeps_nobody_from_signing_in(tmp_path: Path, hourly: int | None) -> None:
    # R101
    async with opened(tmp_path, sign_ins_hourly=hourly) as shop:
        first = Who(client=await shop.client())
        assert await sent(shop, first, ADA) == [True]
        code = await mailed_code(shop)
        answer = (await shop.data(first, SIGN_IN, email=ADA, code=code))["signIn"]
        owner = Who(client=answer["clientIdentifier"])
        assert await sent(shop, owner, ADA) == [True]
        code = await mailed_code(shop)
        for _ in range(5):
            stranger = Who(client=await shop.client())
            await sent(shop, stranger, *[ADA] * 20)
            for _ in range(6):
                refused = await shop.data(stranger, SIGN_IN, email=ADA, code="000000")
                assert refused["signIn"]["userErrors"] == [
                    {"code": "INVALID_TOKEN", "field": ["input", "code"]}
                ]
        assert await sent(shop, NOBODY, "else@example.com") == [hourly is None]
        assert (await shop.data(owner, SIGN_IN, email=ADA, code=code))["signIn"]["token"]


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
