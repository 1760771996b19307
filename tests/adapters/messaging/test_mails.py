"""Ways out for mails and text messages: files, SMTP, HTTP."""

import asyncio
import email.policy
import os
import stat
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.adapters.clocks import ManualClock
from gateway.adapters.messaging.message_files import FileMailSender, FileSmsSender
from gateway.adapters.messaging.sms import HttpSmsSender
from gateway.adapters.messaging.smtp import MailDeferred, SmtpMailSender, SmtpServer
from gateway.services.ports.messages import Mail, Sms, UndeliverableMessage
from tests.dripping import dripping_server

SENDER = "The Shop <shop@example.org>"
MAIL = Mail(
    "gift-1.claim", "Ann <ann@example.com>", "A gift für Ann", "Hello, Ann!\n", "<p>Hello</p>"
)


def parse_mail(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "outbox"


@pytest.fixture
def files(folder: Path, clock: ManualClock) -> FileMailSender:
    return FileMailSender(folder, SENDER, clock)


async def test_a_mail_becomes_one_whole_file(files: FileMailSender, folder: Path) -> None:
    await files.send(MAIL)
    [file] = folder.iterdir()
    assert file.name == "gift-1.claim.eml"
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (
        0o700,
        0o600,
    )
    message = parse_mail(file.read_bytes())
    assert [(name, message[name]) for name in ("From", "To", "Subject", "Date", "Message-ID")] == [
        ("From", "The Shop <shop@example.org>"),
        ("To", "Ann <ann@example.com>"),
        ("Subject", "A gift für Ann"),
        ("Date", "Mon, 02 Nov 2026 12:00:00 +0000"),
        ("Message-ID", "<gift-1.claim@example.org>"),
    ]
    assert text(message) == "Hello, Ann!\r\n"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("to", "header"),
    [
        ("vera@gro\u00dfmann.example.com", b"To: vera@xn--gromann-2va.example.com\r\n"),
        ("vera@GROSSMANN.example.com", b"To: vera@grossmann.example.com\r\n"),
        ("\u00e9va@example.com", "To: \u00e9va@example.com\r\n".encode()),
    ],
)
async def test_a_mail_goes_to_the_domain_that_was_meant(
    files: FileMailSender, folder: Path, to: str, header: bytes
) -> None:
    # R96
    await files.send(Mail("k", to, "One", "first"))
    [file] = folder.iterdir()
    assert header in file.read_bytes()


async def test_a_repetition_replaces_the_file(files: FileMailSender, folder: Path) -> None:
    await files.send(Mail("k", "ann@example.com", "One", "first"))
    await files.send(Mail("k", "ann@example.com", "Two", "second"))
    [file] = folder.iterdir()
    assert text(parse_mail(file.read_bytes())) == "second\r\n"


async def test_what_cannot_be_written_leaves_nothing(
    files: FileMailSender, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        await files.send(MAIL)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "mail",
    [
        Mail("k", "ann@example.com\r\nBcc: eve@example.com", "Hi", "text"),
        Mail("k", "ann@example.com", "Hi\r\nBcc: eve@example.com", "text"),
        Mail("k", "ann@example.com", "Hi\nBcc: eve@example.com", "text"),
        Mail("k", "ann", "Hi", "text"),
        Mail("k", "", "Hi", "text"),
        Mail("../k", "ann@example.com", "Hi", "text"),
        Mail("k/../../x", "ann@example.com", "Hi", "text"),
        Mail("", "ann@example.com", "Hi", "text"),
        Mail("k>\r\nBcc: eve", "ann@example.com", "Hi", "text"),
    ],
)
async def test_nothing_is_smuggled_into_headers_or_paths(
    files: FileMailSender, folder: Path, mail: Mail
) -> None:
    with pytest.raises(UndeliverableMessage):
        await files.send(mail)
    assert not folder.exists()


async def test_a_text_message_becomes_a_file(folder: Path) -> None:
    await FileSmsSender(folder).send(Sms("gift-1.sms", "+14155550123", "A gift for you"))
    [file] = folder.iterdir()
    assert file.name == "gift-1.sms.sms"
    assert file.read_text() == "+14155550123\n\nA gift for you\n"
    with pytest.raises(UndeliverableMessage):
        await FileSmsSender(folder).send(Sms("../up", "+14155550123", "x"))


class FakeSmtpServer:
    """An SMTP server that keeps what it takes, or answers every recipient with ``refusal``."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refusal = ""

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox() -> FakeSmtpServer:
    return FakeSmtpServer()


@pytest.fixture
def smtp_url(mailbox: FakeSmtpServer, unused_tcp_port_factory: Callable[[], int]) -> Iterator[str]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=unused_tcp_port_factory())
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


async def test_a_mail_is_handed_over(
    smtp_url: str, mailbox: FakeSmtpServer, clock: ManualClock
) -> None:
    await SmtpMailSender(SmtpServer.from_url(smtp_url), SENDER, clock).send(MAIL)
    [envelope] = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("shop@example.org", ["ann@example.com"])
    assert isinstance(envelope.content, bytes)
    message = parse_mail(envelope.content)
    assert message["Message-ID"] == "<gift-1.claim@example.org>"
    assert text(message).splitlines() == ["Hello, Ann!"]


@pytest.mark.parametrize(
    ("refusal", "raised"),
    [
        ("550 no ann@example.com here", UndeliverableMessage),
        ("451 ann@example.com later", MailDeferred),
    ],
)
async def test_a_refusal_is_final_or_passing_and_repeats_no_address(
    smtp_url: str,
    mailbox: FakeSmtpServer,
    clock: ManualClock,
    refusal: str,
    raised: type[Exception],
) -> None:
    mailbox.refusal = refusal
    with pytest.raises(raised, match=f"^the mail server answered {refusal[:3]}$"):
        await SmtpMailSender(SmtpServer.from_url(smtp_url), SENDER, clock).send(MAIL)
    assert mailbox.envelopes == []


def test_servers_by_their_url() -> None:
    assert SmtpServer.from_url("smtp://mail.example") == SmtpServer(
        "mail.example", 587, None, None, encrypted=False
    )
    assert SmtpServer.from_url("smtps://a%40b:c%2Fd@mail.example") == SmtpServer(
        "mail.example", 465, "a@b", "c/d", encrypted=True
    )
    for url in ("http://mail.example", "smtp://", "mail.example:25"):
        with pytest.raises(ValueError, match="must be smtp"):
            SmtpServer.from_url(url)


async def send_text(status: int) -> list[httpx.Request]:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        texts = HttpSmsSender("https://sms.example/send", client)
        await texts.send(Sms("gift-1.sms", "+14155550123", "A gift"))
    return requests


async def test_a_text_message_is_posted() -> None:
    [request] = await send_text(202)
    assert (request.method, str(request.url)) == ("POST", "https://sms.example/send")
    assert request.headers["Idempotency-Key"] == "gift-1.sms"
    assert request.read() == b'{"to":"+14155550123","text":"A gift"}'


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refused_text_message_is_given_up(status: int) -> None:
    with pytest.raises(UndeliverableMessage, match=f"^the SMS service refused with {status}$"):
        await send_text(status)


@pytest.mark.parametrize("status", [302, 408, 409, 429, 500, 503])
async def test_a_text_message_refused_for_now_is_tried_again(status: int) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await send_text(status)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"", b""),  # silent
        (b"", b"220-wait\r\n"),  # a greeting without end
        (b"220 mail.example\r\n", b"250-more\r\n"),
    ],
)
async def test_a_mail_server_that_drips_is_cut(
    first: bytes, again: bytes, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line is in time: what counts is the whole conversation."""
    monkeypatch.setattr("gateway.adapters.messaging.smtp.TIMEOUT_SECONDS", 0.3)
    async with dripping_server(first, again, sends_first=True) as url:
        server = SmtpServer.from_url(url.replace("http:", "smtp:").removesuffix("/hook"))
        with pytest.raises((MailDeferred, aiosmtplib.SMTPException)):
            await asyncio.wait_for(SmtpMailSender(server, SENDER, clock).send(MAIL), 30)


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n"])
async def test_an_sms_service_that_drips_is_cut(
    first: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.adapters.messaging.sms.TIMEOUT_SECONDS", 0.3)
    async with dripping_server(first, b"x: y\r\n") as url, httpx.AsyncClient() as client:
        with pytest.raises(httpx.HTTPError):
            await asyncio.wait_for(
                HttpSmsSender(url, client).send(Sms("k", "+14155550123", "t")), 30
            )


async def test_what_an_sms_service_answers_beside_its_status_is_not_read() -> None:
    head = b"HTTP/1.1 202 Accepted\r\ncontent-length: 99999999\r\n\r\n"
    async with dripping_server(head, b"x" * 65_536) as url, httpx.AsyncClient() as client:
        await asyncio.wait_for(HttpSmsSender(url, client).send(Sms("k", "+14155550123", "t")), 30)
