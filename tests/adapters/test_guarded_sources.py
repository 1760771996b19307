"""A source that is a plug-in may fail in any way: it is skipped, and asked again (R52)."""

import asyncio
import logging

import pytest

from gateway.adapters import guarded_sources
from gateway.adapters.guarded_sources import GuardedSource
from gateway.services.ports.sources import SourceRecord, SourceUnavailable


class PlugIn:
    name = "alumni"
    family = "register"

    def __init__(self, failure: BaseException | None = None) -> None:
        self.failure = failure

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        if self.failure is not None:
            raise self.failure
        return (SourceRecord(name=f"{key} for {asking}"),)


class SilentPlugIn(PlugIn):
    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        await asyncio.Event().wait()
        return ()


async def test_what_it_says_is_passed_on() -> None:
    source = GuardedSource(PlugIn())
    assert (source.name, source.family) == ("alumni", "register")
    [record] = await source.records("name:Ada", asking="gft_1")
    assert record.name == "name:Ada for gft_1"


@pytest.mark.parametrize(
    "failure",
    [SourceUnavailable("away"), OSError("away"), KeyError("ada@example.com"), RecursionError()],
    ids=lambda each: type(each).__name__,
)
async def test_whatever_it_raises_is_one_failure(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:  # R52
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceUnavailable) as raised:
        await GuardedSource(PlugIn(failure)).records("email:ada@example.com", asking="gft_1")
    assert "ada@" not in caplog.text + str(raised.value)


async def test_a_source_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_sources, "TIMEOUT_SECONDS", 0.01)
    with pytest.raises(SourceUnavailable):
        await GuardedSource(SilentPlugIn()).records("name:Ada", asking="gft_1")


async def test_a_worker_that_is_stopped_stops() -> None:
    with pytest.raises(asyncio.CancelledError):
        await GuardedSource(PlugIn(asyncio.CancelledError())).records("name:Ada", asking="gft_1")
