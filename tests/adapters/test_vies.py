"""VIES on a real port: asked, distrusted, remembered, and never a reason to refuse when away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import orjson
import pytest

from gateway.adapters import vies
from gateway.adapters.clocks import ManualClock, SystemClock
from gateway.adapters.vies import MAX_LOOK_UPS, ViesRegister
from gateway.bootstrap import _build_tax_id_register
from gateway.engine.pricing.purchase_details import TaxIdConsultation
from gateway.services.ports.tax_ids import RegisterAnswer, Registration, TaxId
from gateway.settings import Settings
from tests.dripping import dripping_server
from tests.endpoints import answer_text

PARIS_ID = TaxId("FR40303265045", "FR")
ATHENS_ID = TaxId("EL094259216", "GR")
VALID = {"valid": True, "requestIdentifier": "WAPIAAAAW1", "userError": "VALID", "name": "---"}
INVALID = {"valid": False, "userError": "INVALID"}
UNAVAILABLE = RegisterAnswer(Registration.UNAVAILABLE)


@dataclass
class ViesPeer:
    """The Commission's side: answers as it is told to, and keeps what it was asked."""

    answer: str = ""
    bodies: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    busy: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        request_line, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (each.partition(": ") for each in lines)
        }
        self.paths.append(request_line.split(" ")[1])
        self.bodies.append(orjson.loads(await reader.readexactly(int(headers["content-length"]))))
        if len(self.bodies) == MAX_LOOK_UPS:
            self.busy.set()
        if self.gate is not None:
            await self.gate.wait()
        writer.write(self.answer.encode())
        await writer.drain()
        writer.close()

    def say(self, document: object, status: str = "200 OK") -> None:
        self.answer = answer_text(status, orjson.dumps(document).decode())


@asynccontextmanager
async def open_register(
    peer: ViesPeer, clock: ManualClock, requester: str | None = None
) -> AsyncIterator[ViesRegister]:
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    async with server, httpx.AsyncClient() as client:
        port = server.sockets[0].getsockname()[1]
        yield ViesRegister(f"http://127.0.0.1:{port}/rest-api/", client, clock, requester)


async def test_a_registered_id_is_confirmed_with_evidence(clock: ManualClock) -> None:
    """R134: asked once; what it said counts for a day."""
    peer = ViesPeer()
    peer.say(VALID)
    async with open_register(peer, clock, "DE136695976") as register:
        asked_at = clock.now()
        confirmed = RegisterAnswer(
            Registration.REGISTERED, TaxIdConsultation(asked_at, "WAPIAAAAW1")
        )
        assert await register.look_up(PARIS_ID) == confirmed
        clock.advance(timedelta(hours=23))
        assert await register.look_up(PARIS_ID) == confirmed
        assert peer.paths == ["/rest-api/check-vat-number"]
        assert peer.bodies == [
            {
                "countryCode": "FR",
                "vatNumber": "40303265045",
                "requesterMemberStateCode": "DE",
                "requesterNumber": "136695976",
            }
        ]
        clock.advance(timedelta(hours=1))
        peer.say({**VALID, "requestIdentifier": ""})
        assert await register.look_up(PARIS_ID) == RegisterAnswer(
            Registration.REGISTERED, TaxIdConsultation(clock.now())
        )


async def test_greek_ids_have_a_code_of_their_own(clock: ManualClock) -> None:
    peer = ViesPeer()
    peer.say(VALID)
    async with open_register(peer, clock) as register:
        await register.look_up(ATHENS_ID)
    assert peer.bodies == [{"countryCode": "EL", "vatNumber": "094259216"}]


async def test_what_is_not_registered_may_be_soon(clock: ManualClock) -> None:
    peer = ViesPeer()
    async with open_register(peer, clock) as register:
        peer.say(INVALID)
        assert await register.look_up(PARIS_ID) == RegisterAnswer(Registration.UNREGISTERED)
        peer.say(VALID)
        clock.advance(timedelta(minutes=9))
        assert await register.look_up(PARIS_ID) == RegisterAnswer(Registration.UNREGISTERED)
        clock.advance(timedelta(minutes=1))
        answer = await register.look_up(PARIS_ID)
        assert answer.registration is Registration.REGISTERED


@pytest.mark.parametrize(
    "answer",
    [
        answer_text("500 Internal Server Error"),
        answer_text("302 Found"),
        answer_text("200 OK", "<html>"),
        answer_text("200 OK", "[]"),
        answer_text("200 OK", '{"valid": "false"}'),
        answer_text("200 OK", '{"valid": 0}'),
        answer_text("200 OK", '{"actionSucceed": false, "errorWrappers": [{"error": "X"}]}'),
        answer_text("200 OK", '{"valid": false, "userError": "MS_UNAVAILABLE"}'),
        answer_text("200 OK", '{"valid": false, "userError": "MS_MAX_CONCURRENT_REQ"}'),
        answer_text("200 OK", " " * 100_000 + '{"valid": false}'),
        "",
    ],
)
async def test_no_answer_is_never_a_no(answer: str, clock: ManualClock) -> None:
    """R134: nor is it remembered."""
    peer = ViesPeer(answer)
    async with open_register(peer, clock) as register:
        assert await register.look_up(PARIS_ID) == UNAVAILABLE
        peer.say(VALID)
        assert (await register.look_up(PARIS_ID)).registration is Registration.REGISTERED


async def test_one_that_is_away_is_left_alone_for_a_while(clock: ManualClock) -> None:
    peer = ViesPeer(answer_text("503 Service Unavailable"))
    async with open_register(peer, clock) as register:
        assert [await register.look_up(PARIS_ID) for _ in range(5)] == [UNAVAILABLE] * 5
        assert len(peer.paths) == 3
        peer.say(VALID)
        clock.advance(timedelta(seconds=4))
        assert (await register.look_up(PARIS_ID)).registration is Registration.REGISTERED


async def test_nobody_waits_beyond_a_bound(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R134: not for one that never ends its answer."""
    monkeypatch.setattr(vies, "TIMEOUT_SECONDS", 0.2)
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n"
    async with dripping_server(head, b" ") as url, httpx.AsyncClient() as client:
        async with asyncio.timeout(30):
            assert await ViesRegister(url, client, clock).look_up(PARIS_ID) == UNAVAILABLE


async def test_only_so_many_are_asked_at_once(clock: ManualClock) -> None:
    peer = ViesPeer(gate=asyncio.Event())
    peer.say(VALID)
    ids = [TaxId(f"FR{number:011}", "FR") for number in range(MAX_LOOK_UPS + 1)]
    async with open_register(peer, clock) as register, asyncio.TaskGroup() as group:
        tasks = [group.create_task(register.look_up(each)) for each in ids[:-1]]
        await peer.busy.wait()
        assert await register.look_up(ids[-1]) == UNAVAILABLE
        assert peer.gate is not None
        peer.gate.set()
    assert {task.result().registration for task in tasks} == {Registration.REGISTERED}


async def test_ids_of_other_countries_are_not_asked_for(clock: ManualClock) -> None:
    peer = ViesPeer()
    async with open_register(peer, clock) as register:
        answer = await register.look_up(TaxId("GB980780684", "GB"))
    assert (answer, peer.paths) == (RegisterAnswer(Registration.NOT_KEPT), [])


async def test_the_oldest_answers_are_forgotten_first(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vies, "MAX_CACHED_ANSWERS", 1)
    peer = ViesPeer()
    peer.say(VALID)
    async with open_register(peer, clock) as register:
        for tax_id in (PARIS_ID, ATHENS_ID, PARIS_ID):
            await register.look_up(tax_id)
    assert len(peer.paths) == 3


async def test_the_settings_choose_the_register() -> None:
    """R134: off by default."""
    async with httpx.AsyncClient() as client:
        assert _build_tax_id_register(Settings(), SystemClock(), client) is None
        url = "https://vies.example/rest-api"
        settings = Settings(vies_url=url, vies_requester="DE 136695976")
        register = _build_tax_id_register(settings, SystemClock(), client)
    assert register is not None
    assert (register.url, register.requester) == (url, "DE136695976")


async def test_no_id_stands_in_a_representation(clock: ManualClock) -> None:
    """R134: ids of sole traders are personal data."""
    async with open_register(ViesPeer(), clock, "DE136695976") as register:
        assert "136695976" not in repr(register)
        assert "40303265045" not in repr(PARIS_ID)
