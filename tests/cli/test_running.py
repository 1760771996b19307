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
from tests.running import (
    START_TIMEOUT_SECONDS,
    free_port,
    gateway_command,
    process_environment,
    wait_until_ready,
)


def test_serving_an_empty_folder(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with gateway_command(
        "serve", settings=process_environment(tmp_path, GATEWAY_PORT=str(port))
    ) as process:
        wait_until_ready(url)
        asked = {"query": "{ products(first: 100) { nodes { variants { availableQuantity } } } }"}
        answer = httpx.post(f"{url}/graphql", json=asked).json()
        products = answer["data"]["products"]["nodes"]
        assert len(products) == 22
        assert all(
            variant["availableQuantity"] is None
            for product in products[:12]
            for variant in product["variants"]
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(START_TIMEOUT_SECONDS) == 0


def test_two_processes_share_a_socket_and_stop_together(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = process_environment(tmp_path, GATEWAY_PORT=str(port))
    with gateway_command("serve", "--processes", "2", settings=settings) as process:
        wait_until_ready(url)
        # One is enough to be ready: a process that has not begun shares nothing.
        started_process_ids(tmp_path / "log", 2)
        asked = {"query": "{ products(first: 1) { nodes { title } } }"}
        for _ in range(8):
            assert httpx.post(f"{url}/graphql", json=asked).status_code == 200
        counts = httpx.get(f"{url}/metrics").text
        assert 'gateway_requests_total{path="/graphql",status="200"} 8.0' in counts
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_TIMEOUT_SECONDS) == 0
    assert (tmp_path / "log").read_text().count("Started server process") == 2


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        with gateway_command(
            "serve", settings=process_environment(tmp_path, GATEWAY_PORT=port)
        ) as process:
            assert process.wait(START_TIMEOUT_SECONDS) == 2
    complaint = f"GATEWAY_HOST, GATEWAY_PORT: 127.0.0.1:{port}: Address already in use"
    assert (tmp_path / "log").read_text().startswith(complaint)


def test_production_does_not_migrate_unasked(tmp_path: Path) -> None:
    settings = process_environment(
        tmp_path,
        GATEWAY_PRODUCTION="on",
        GATEWAY_SECRET_KEY="s" * 32,
        GATEWAY_PUBLIC_URL="https://shop.example",
        GATEWAY_SMTP_URL="smtp://mail.example",
        GATEWAY_PAYMENTS="sim",
    )
    with gateway_command("work", settings=settings) as process:
        assert process.wait(START_TIMEOUT_SECONDS) == 2
        assert (tmp_path / "log").read_text() == (
            f"the database is at revision none, this version needs {head()}: "
            "run `gateway migrate` first\n"
        )


@pytest.mark.usefixtures("demo_folder")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_is_told_to_stop_closes_its_database(
    tmp_path: Path, number: signal.Signals, processes: str
) -> None:
    """SQLite's last connection takes its log with it."""
    port = free_port()
    settings = process_environment(tmp_path, GATEWAY_PORT=str(port))
    with gateway_command("serve", "--processes", processes, settings=settings) as process:
        wait_until_ready(f"http://127.0.0.1:{port}")
        process.send_signal(number)
        assert process.wait(START_TIMEOUT_SECONDS) == 0
    assert sorted(path.name for path in (tmp_path / "data").glob("gateway.db*")) == ["gateway.db"]


@pytest.mark.usefixtures("demo_folder")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_closes_its_database(
    tmp_path: Path, number: signal.Signals
) -> None:
    log = tmp_path / "log"
    with gateway_command("work", settings=process_environment(tmp_path)) as process:
        wait_until_logged(log, "waiting work is done here", 1)
        process.send_signal(number)
        assert process.wait(START_TIMEOUT_SECONDS) == 0
    assert sorted(path.name for path in (tmp_path / "data").glob("gateway.db*")) == ["gateway.db"]


def lines_with(log: Path, text: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if text in line]


def wait_until_logged(log: Path, text: str, count: int) -> list[str]:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while len(logged := lines_with(log, text)) < count:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return logged


def started_process_ids(log: Path, count: int) -> list[int]:
    """The ids of the processes that have begun to serve, in order, once there are ``count``."""
    logged = wait_until_logged(log, "Started server process", count)
    return [int(re.findall(r"server process \[(\d+)\]", line)[0]) for line in logged]


@pytest.mark.usefixtures("demo_folder")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_a_process_that_ends_is_replaced(tmp_path: Path, number: signal.Signals) -> None:  # R139
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", tmp_path / "log"
    settings = process_environment(tmp_path, GATEWAY_PORT=str(port))
    with gateway_command("serve", "--processes", "2", settings=settings) as process:
        wait_until_ready(url)
        first, second = started_process_ids(log, 2)
        os.kill(first, number)
        *_, third = started_process_ids(log, 3)
        assert len({first, second, third}) == 3
        wait_until_ready(url)
        asked = {"query": "{ products(first: 1) { nodes { title } } }"}
        assert [httpx.post(f"{url}/graphql", json=asked).status_code for _ in range(4)] == [200] * 4
        [message] = wait_until_logged(log, "ended unasked", 1)
        end = "exit code 0" if number == signal.SIGTERM else f"killed by {number.name}"
        assert f"({first}) ended unasked: {end}; started again in 0.5 s" in message
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_TIMEOUT_SECONDS) == 0
    assert "Traceback" not in log.read_text()


@pytest.mark.usefixtures("demo_folder")
def test_processes_end_with_the_one_that_keeps_them(tmp_path: Path) -> None:  # R139
    """Whoever kills that one alone finds the port free again."""
    port = free_port()
    settings = process_environment(tmp_path, GATEWAY_PORT=str(port))
    with gateway_command("serve", "--processes", "3", settings=settings) as process:
        wait_until_ready(f"http://127.0.0.1:{port}")
        started_process_ids(tmp_path / "log", 3)
        process.kill()
        process.wait()
        wait_until_logged(tmp_path / "log", "Finished server process", 3)
    with gateway_command("serve", settings=settings) as process:
        wait_until_ready(f"http://127.0.0.1:{port}")
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_TIMEOUT_SECONDS) == 0
