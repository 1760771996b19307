"""Commands that run until they are stopped, each as a process of its own."""

import signal
import socket
from pathlib import Path

import httpx

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
