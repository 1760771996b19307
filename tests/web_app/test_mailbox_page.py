"""The page of sent mails: for who develops on this machine, and for nobody else."""

import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.adapters.messaging.mailbox import MAX_FILE_BYTES, MessageFolder
from gateway.web_app.mailbox_page import MAX_MESSAGES_SHOWN, mailbox_routes

MAIL = """\
To: robin@example.com
Subject: A <gift> for you
Content-Type: text/plain; charset=utf-8

Open https://shop.example/gift#secret&more and say "yes".
"""
LOCAL = ("127.0.0.1", 50_000)


def write(folder: Path, name: str, content: str, second: int) -> None:
    (folder / name).write_text(content)
    os.utime(folder / name, (second, second))


def mailbox(
    folder: Path, *, url: str = "http://localhost:8000", client: tuple[str, int] = LOCAL
) -> TestClient:
    app = Starlette(routes=mailbox_routes(MessageFolder(folder)))
    return TestClient(app, base_url=url, client=client)


def test_the_latest_is_first(tmp_path: Path) -> None:
    write(tmp_path, "one.eml", MAIL, 1_000)
    write(tmp_path, "two.sms", "+15550100\n\nYour code is 123456\n", 2_000)
    write(tmp_path, "unrelated.txt", "x", 3_000)
    write(tmp_path, "huge.eml", "x" * (MAX_FILE_BYTES + 1), 4_000)
    assert mailbox(tmp_path).get("/outbox/messages").json() == [
        {
            "to": "+15550100",
            "subject": "SMS",
            "text": "Your code is 123456\n",
            "sentAt": "1970-01-01T00:33:20+00:00",
        },
        {
            "to": "robin@example.com",
            "subject": "A <gift> for you",
            "text": 'Open https://shop.example/gift#secret&more and say "yes".\n',
            "sentAt": "1970-01-01T00:16:40+00:00",
        },
    ]


def test_the_page_links_addresses_and_escapes_what_was_written(tmp_path: Path) -> None:
    write(tmp_path, "one.eml", MAIL, 1_000)
    answer = mailbox(tmp_path).get("/outbox")
    address = "https://shop.example/gift#secret&amp;more"
    assert f'Open <a href="{address}">{address}</a> and say &quot;yes&quot;.' in answer.text
    assert "<h2>A &lt;gift&gt; for you</h2>" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "Nothing was sent yet." in mailbox(tmp_path / "none").get("/outbox").text
    assert mailbox(tmp_path / "none").get("/outbox/messages").json() == []


def test_no_more_than_a_page(tmp_path: Path) -> None:
    for number in range(MAX_MESSAGES_SHOWN + 5):
        write(tmp_path, f"{number}.sms", f"{number}\n\nx", number)
    messages = mailbox(tmp_path).get("/outbox/messages").json()
    assert [message["to"] for message in messages] == [
        str(number) for number in range(MAX_MESSAGES_SHOWN + 4, 4, -1)
    ]


@pytest.mark.parametrize("path", ["/outbox", "/outbox/messages"])
@pytest.mark.parametrize(
    ("url", "client", "headers"),
    [
        ("http://attacker.example:8000", LOCAL, {}),
        ("http://192.0.2.7:8000", LOCAL, {}),
        ("http://localhost:8000", ("192.0.2.7", 50_000), {}),
        ("http://localhost:8000", ("", 0), {}),
        ("http://localhost:8000", LOCAL, {"x-forwarded-for": "192.0.2.7"}),
        ("http://localhost:8000", LOCAL, {"forwarded": "for=192.0.2.7"}),
    ],
)
def test_nobody_elsewhere_reads_it(
    tmp_path: Path, path: str, url: str, client: tuple[str, int], headers: dict[str, str]
) -> None:
    """Not by a name that resolves to this machine, either."""
    write(tmp_path, "one.eml", MAIL, 1_000)
    answer = mailbox(tmp_path, url=url, client=client).get(path, headers=headers)
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "127.9.8.7"])
@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"])
def test_this_machine_has_many_names(tmp_path: Path, url: str, client: str) -> None:
    assert mailbox(tmp_path, url=url, client=(client, 1)).get("/outbox").status_code == 200
