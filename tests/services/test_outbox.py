"""Posting and sending: nothing is sent that was rolled back, nothing is lost that was not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.sql.statements import Statement
from gateway.services import encryption, outbox
from gateway.services.outbox import (
    MailDelivery,
    MessageSender,
    OutboxSender,
    OutboxWriter,
    SmsDelivery,
)
from gateway.services.ports.messages import Mail, Sms, UndeliverableMessage
from gateway.services.ports.outbox import MessageKind
from gateway.worker import LEASE_DURATION, run_due_jobs

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MAIL = Mail("gift-1.claim", "ann@example.com", "A gift", "Hello", "<p>Hello</p>")
SMS = Sms("gift-1.sms", "+14155550123", "Hello")
STATES: Statement[tuple[str, str, int, str | None]] = Statement(
    text("SELECT dedupe_key, state, attempts, failure FROM outbox ORDER BY dedupe_key")
)


@dataclass
class RecordingSender:
    """A way out that remembers, and fails with ``faults`` first."""

    mails: list[Mail] = field(default_factory=list)
    texts: list[Sms] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    async def send(self, message: Mail | Sms) -> None:
        if self.faults:
            raise self.faults.pop(0)
        if isinstance(message, Mail):
            self.mails.append(message)
        else:
            self.texts.append(message)


@pytest.fixture
def sent() -> RecordingSender:
    return RecordingSender()


@pytest.fixture
def cipher() -> EnvelopeCipher:
    return EnvelopeCipher("a secret")


@pytest.fixture
def poster(cipher: EnvelopeCipher) -> OutboxWriter:
    return OutboxWriter(RandomIds(), cipher)


@pytest.fixture
def step(database: SqliteDatabase, cipher: EnvelopeCipher, sent: RecordingSender) -> OutboxSender:
    couriers: dict[MessageKind, MessageSender] = {
        MessageKind.MAIL: MailDelivery(sent),
        MessageKind.SMS: SmsDelivery(sent),
    }
    return OutboxSender(database, cipher, couriers)


async def post(database: SqliteDatabase, poster: OutboxWriter, due: datetime = NOON) -> list[bool]:
    async with database.begin() as work:
        postings = (
            outbox.mail_message(MAIL, subject="gft_1"),
            outbox.sms_message(SMS, subject="gft_1"),
        )
        return [await poster.post(posting, due=due, now=NOON, work=work) for posting in postings]


async def states(database: SqliteDatabase) -> list[tuple[str, str, int, str | None]]:
    async with database.read() as reading:
        return await reading.session.fetch_all(STATES)


async def test_what_was_posted_is_sent_once(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    assert await post(database, poster) == [True, True]
    assert await post(database, poster) == [False, False]
    assert (await run_due_jobs([step], NOON), await run_due_jobs([step], NOON)) == (2, 0)
    assert (sent.mails, sent.texts) == ([MAIL], [SMS])
    assert await states(database) == [
        ("gift-1.claim", "SENT", 1, None),
        ("gift-1.sms", "SENT", 1, None),
    ]


async def test_what_was_rolled_back_is_never_sent(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    async def fail() -> None:
        async with database.begin() as work:
            await poster.post(
                outbox.mail_message(MAIL, subject="gft_1"), due=NOON, now=NOON, work=work
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await run_due_jobs([step], NOON) == 0
    assert sent.mails == []


async def test_a_body_is_not_readable_in_the_table(
    database: SqliteDatabase, poster: OutboxWriter
) -> None:
    await post(database, poster)
    async with database.read() as reading:
        rows = await reading.session.fetch_all(Statement(text("SELECT payload FROM outbox")))
    assert not any(b"ann@example.com" in row[0] or b"+1415" in row[0] for row in rows)


async def test_a_message_waits_until_it_is_due(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    await post(database, poster, due=NOON + timedelta(hours=72))
    assert await run_due_jobs([step], NOON + timedelta(hours=71)) == 0
    assert await run_due_jobs([step], NOON + timedelta(hours=72)) == 2
    assert sent.mails == [MAIL]


async def test_a_failing_way_out_is_tried_again_later_each_time(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    async with database.begin() as work:
        await poster.post(outbox.mail_message(MAIL, subject="gft_1"), due=NOON, now=NOON, work=work)
    sent.faults = [OSError("ann@example.com is away"), OSError("still")]
    now, waits = NOON, []
    while await run_due_jobs([step], now):
        due = await step.next_due(now)
        waits.append(due and (due - now).total_seconds())
        now = due or now
    assert waits == [5.0, 10.0, None]
    assert sent.mails == [MAIL]
    assert await states(database) == [("gift-1.claim", "SENT", 3, None)]


async def test_a_failure_is_kept_by_its_kind_alone(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    await post(database, poster)
    sent.faults = [OSError("ann@example.com is away")] * 2
    await run_due_jobs([step], NOON)
    assert [row[3] for row in await states(database)] == ["OSError", "OSError"]


async def test_what_cannot_be_sent_is_given_up(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    await post(database, poster)
    sent.faults = [UndeliverableMessage("the mail server answered 550")]
    assert await run_due_jobs([step], NOON) == 2
    assert sorted(row[1:] for row in await states(database)) == [
        ("FAILED", 1, "the mail server answered 550"),
        ("SENT", 1, None),
    ]


async def test_what_was_tried_long_enough_is_given_up(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    async with database.begin() as work:
        await poster.post(outbox.mail_message(MAIL, subject="gft_1"), due=NOON, now=NOON, work=work)
    sent.faults = [OSError()] * 100
    now: datetime | None = NOON
    while now is not None:
        await run_due_jobs([step], now)
        now = await step.next_due(now)
    assert await states(database) == [("gift-1.claim", "FAILED", 18, "OSError")]


async def test_nobody_hears_of_a_forgotten_person(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    await post(database, poster)
    async with database.begin() as work:
        await encryption.delete_data_key("gft_1", work=work)
    await run_due_jobs([step], NOON)
    assert (sent.mails, sent.texts) == ([], [])
    forgotten = "the person it was for has been forgotten"
    assert [row[1:] for row in await states(database)] == [("FAILED", 1, forgotten)] * 2


async def test_a_crash_after_sending_repeats_the_message_under_its_key(
    database: SqliteDatabase, poster: OutboxWriter, step: OutboxSender, sent: RecordingSender
) -> None:
    await post(database, poster)
    claimed = await step.claim(NOON, NOON + LEASE_DURATION, 20)
    for message in claimed:
        assert await step._send(message) is None  # sent, then the process is gone
    assert await run_due_jobs([step], NOON + LEASE_DURATION - timedelta(seconds=1)) == 0
    assert await run_due_jobs([step], NOON + LEASE_DURATION) == 2
    assert sent.mails == [MAIL, MAIL]
    assert [row[1:3] for row in await states(database)] == [("SENT", 2)] * 2
