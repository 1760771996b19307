"""What a socket's application has not read yet."""

import asyncio

import pytest

from gateway.web_app.websocket_protocol import SocketInbox


async def test_messages_are_read_in_the_order_they_came() -> None:
    inbox = SocketInbox()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    for number in range(3):
        inbox.put_nowait({"number": number})
    assert [await reading, await inbox.get(), await inbox.get()] == [
        {"number": 0}, {"number": 1}, {"number": 2},
    ]  # fmt: skip
    assert inbox.empty()


async def test_a_reader_who_gives_up_loses_nothing() -> None:
    inbox = SocketInbox()
    leaving = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    leaving.cancel()
    inbox.put_nowait({"kept": True})
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await inbox.get() == {"kept": True}
