"""Commands that run until they are stopped, each as a process of its own."""

import os
import re
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from gateway.adapters.migrations import head
from tests.running import PATIENCE, environment, free_port, running, until_ready


def test_serving_an_empty_folder(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running("serve", settings=environment(tmp_path, GATEWAY_PORT=str(port))) as process:
        until_ready(url)
        asked = {"query": "{ products(first: 100) { nodes { variants { availableQuantity } } } }"}
        answer = httpx.post(f"{url}/graphql", json=asked).json()
        products = answer["data"]["products"]["nodes"]
        assert len(products) == 21
        assert all(
            variant["availableQuantity"] is None
            for product in products[:12]
            for variant in product["variants"]
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_two_processes_share_a_socket_and_stop_together(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = environment(tmp_path, GATEWAY_PORT=str(port))
    with running("serve", "--processes", "2", settings=settings) as process:
        until_ready(url)
        # One is enough to be ready: a process that has not begun shares nothing.
        started(tmp_path / "log", 2)
        asked = {"query": "{ products(first: 1) { nodes { title } } }"}
        for _ in range(8):
            assert httpx.post(f"{url}/graphql", json=asked).status_code == 200
        counts = httpx.get(f"{url}/metrics").text
        assert 'gateway_requests_total{path="/graphql",status="200"} 8.0' in counts
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert (tmp_path / "log").read_text().count("Started server process") == 2


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with running("serve", settings=environment(tmp_path, GATEWAY_PORT=port)) as process:
            assert process.wait(PATIENCE) == 2
    complaint = f"GATEWAY_HOST, GATEWAY_PORT: 127.0.0.1:{port}: Address already in use"
    assert (tmp_path / "log").read_text().startswith(complaint)


def test_production_does_not_migrate_unasked(tmp_path: Path) -> None:
    settings = environment(
        tmp_path,
        GATEWAY_PRODUCTION="on",
        GATEWAY_SECRET_KEY="s" * 32,
        GATEWAY_PUBLIC_URL="https://shop.example",
        GATEWAY_SMTP_URL="smtp://mail.example",
        GATEWAY_PAYMENTS="sim",
    )
    with running("work", settings=settings) as process:
        assert process.wait(PATIENCE) == 2
        assert (tmp_path / "log").read_text() == (
            f"the database is at revision none, this version needs {head()}: "
            "run `gateway migrate` first\n"
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_is_told_to_stop_closes_its_database(
    tmp_path: Path, number: signal.Signals, processes: str
) -> None:
    """SQLite's last connection takes its log with it."""
    port = free_port()
    settings = environment(tmp_path, GATEWAY_PORT=str(port))
    with running("serve", "--processes", processes, settings=settings) as process:
        until_ready(f"http://127.0.0.1:{port}")
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
    assert sorted(path.name for path in (tmp_path / "data").glob("gateway.db*")) == ["gateway.db"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_closes_its_database(
    tmp_path: Path, number: signal.Signals
) -> None:
    log = tmp_path / "log"
    with running("work", settings=environment(tmp_path)) as process:
        until_logged(log, "waiting work is done here", 1)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
    assert sorted(path.name for path in (tmp_path / "data").glob("gateway.db*")) == ["gateway.db"]


def lines(log: Path, text: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if text in line]


def until_logged(log: Path, text: str, count: int) -> list[str]:
    deadline = time.monotonic() + PATIENCE
    while len(found := lines(log, text)) < count:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found


def started(log: Path, count: int) -> list[int]:
    """The ids of the processes that have begun to serve, in order, once there are ``count``."""
    found = until_logged(log, "Started server process", count)
    return [int(re.findall(r"server process \[(\d+)\]", line)[0]) for line in found]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_a_process_that_ends_is_replaced(tmp_path: Path, number: signal.Signals) -> None:  # R139
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", tmp_path / "log"
    settings = environment(tmp_path, GATEWAY_PORT=str(port))
    with running("serve", "--processes", "2", settings=settings) as process:
        until_ready(url)
        first, second = started(log, 2)
        os.kill(first, number)
        *_, third = started(log, 3)
        assert len({first, second, third}) == 3
        until_ready(url)
        asked = {"query": "{ products(first: 1) { nodes { title } } }"}
        assert [httpx.post(f"{url}/graphql", json=asked).status_code for _ in range(4)] == [200] * 4
        [told] = until_logged(log, "ended unasked", 1)
        end = "exit code 0" if number == signal.SIGTERM else f"killed by {number.name}"
        assert f"({first}) ended unasked: {end}; started again in 0.5 s" in told
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert "Traceback" not in log.read_text()
