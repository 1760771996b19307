"""docs/deploying.md tells the truth: its commands are run, in an order in which they are needed.

What stands in for a machine: a scratch folder for its places, ``systemctl`` and ``systemd-run``
that start what the unit says, and packages that are there already instead of downloads.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.demands import skip_or_fail
from tests.deploying.conftest import DEPLOY, ROOT
from tests.deploying.places import map_folders
from tests.deploying.stand_ins import install_program, machine
from tests.deploying.systemd import stop
from tests.deploying.units import read_environment, read_unit
from tests.running import free_port

PAGE = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEFAULT_URL = "http://127.0.0.1:8000"
OLDEST = "made-up-" * 5
PRODUCTS = "Handle,Title,Variant SKU,Variant Price\n{name},{name},{name},1\n"

# Blocks that no test runs as they are, by what they begin with, and why.
NOT_RUN = {
    "make web": "the pages are built before any test; the release fixture runs the rest",
    "nginx -t": "its file is the machine's own: test_nginx starts one on the deployed file",
    "docker build": "a container engine: test_containerfile carries the steps out",
    "docker compose": "a container engine: test_compose reads the file",
    "journalctl": "systemd's journal",
}


def sections() -> dict[str, list[str]]:
    """The blocks of commands, by the headings they stand under."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {
        heading: BLOCK.findall(text)
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
        if BLOCK.search(text)
    }


def is_run(block: str) -> bool:
    return not block.startswith(tuple(NOT_RUN))


SECTIONS = sections()
WAIT = SECTIONS["On a machine"][-1].splitlines()[-1]
"""What returns when the gateway is ready."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A scratch machine, on which blocks of the page are run."""

    root: Path
    release: Path
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *blocks: str) -> str:
        """Run blocks in one shell, in the release; what they print, where nothing goes wrong."""
        script = "set -euo pipefail\n" + "\n".join(blocks)
        shell = subprocess.run(  # noqa: S603
            ["bash", "-c", map_folders(self.root, script).replace(DEFAULT_URL, self.url)],  # noqa: S607
            cwd=self.release,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert shell.returncode == 0, f"{shell.stderr}\n{self.journal()}"
        return shell.stdout

    def journal(self) -> str:
        file = self.root / "journal"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def settings(self) -> dict[str, str]:
        file = self.root / "etc/gateway/environment"
        return read_environment(file.read_text(encoding="utf-8"))

    def import_product(self, name: str) -> None:
        """Put a product of this name into the shop."""
        file = self.root / f"{name}.csv"
        file.write_text(PRODUCTS.format(name=name), encoding="utf-8")
        self.run(f"gateway-run import-products {file}")

    def product_titles(self) -> list[str]:
        """The names of all products."""
        asked = {"query": "{ products(first: 10) { nodes { title } } }"}
        answer = httpx.post(f"{self.url}/graphql", json=asked).json()
        return sorted(node["title"] for node in answer["data"]["products"]["nodes"])


@pytest.fixture(scope="module")
def installed(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine after the section *On a machine*."""
    root = tmp_path_factory.mktemp("machine")
    carried = Path(shutil.copytree(release, root / "dist"))
    port = free_port()
    programs = root / "programs"
    environment = machine(programs)
    for name in ("systemctl", "systemd-run"):
        command = f'"{sys.executable}" -m tests.deploying.systemd {name} "{root}" {port} "$@"'
        install_program(programs, name, f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec {command}\n')
    path = f"{root}/usr/local/sbin:{environment['PATH']}"
    scratch_machine = Machine(root, carried, port, environment | {"PATH": path})
    try:
        scratch_machine.run(*SECTIONS["On a machine"])
        yield scratch_machine
    finally:
        if (root / "pid").exists():
            stop(root)


def test_every_block_is_run_or_said_not_to_be() -> None:
    """A block is in one of the sections that the tests below run, or in the table."""
    left = {
        heading: [block.splitlines()[0] for block in blocks if not is_run(block)]
        for heading, blocks in SECTIONS.items()
    }
    assert sorted(begin for begins in left.values() for begin in begins) == [
        "docker build --file deploy/Containerfile --tag gateway:0.1.0 .",
        "docker compose up --detach",
        "journalctl --unit=gateway --output=cat --since=-10min",
        "make web",
        "nginx -t",
    ]
    assert {heading: sum(map(is_run, blocks)) for heading, blocks in SECTIONS.items()} == {
        "A release": 0,
        "On a machine": 3,
        "nginx": 1,
        "A container": 0,
        "Compose": 1,
        "Upgrade": 3,
        "Roll back": 1,
        "Back up": 2,
        "Restore": 2,
        "Change the secret": 1,
        "Look": 1,
    }


def test_a_release_is_built_as_the_tests_build_it(release: Path) -> None:
    assert {path.name for path in release.iterdir()} == {
        f"gateway-{version()}-py3-none-any.whl",
        "runtime.txt",
        "deploy",
    }


def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def test_the_version_is_named_as_it_is() -> None:
    assert f"version={version()}\n" in PAGE
    assert f"gateway:${{VERSION:-{version()}}}" in (DEPLOY / "compose.yaml").read_text()


def test_looking(installed: Machine) -> None:
    ready, *overdue = installed.run(*filter(is_run, SECTIONS["Look"])).splitlines()
    assert ready.startswith('{"status":"ready"}gateway_overdue_seconds')
    assert all(line.startswith("gateway_overdue_seconds{step=") for line in overdue)


def test_what_it_wrote_is_its_own(installed: Machine) -> None:
    secret = installed.settings()["GATEWAY_SECRET_KEY"]
    assert re.fullmatch(r"[0-9a-f]{64}", secret)
    assert secret not in installed.journal()
    rights = {
        path.name: path.stat().st_mode & 0o777
        for path in [installed.root / "etc/gateway/environment", installed.root / "var/lib/gateway"]
    }
    assert rights == {"environment": 0o600, "gateway": 0o700}


def test_restoring_sqlite(installed: Machine) -> None:
    if shutil.which("sqlite3") is None:
        skip_or_fail("sqlite3", "it is not installed")
    installed.import_product("kept")
    installed.run(SECTIONS["Back up"][0])
    installed.import_product("later")
    assert installed.product_titles() == ["kept", "later"]
    installed.run(SECTIONS["Restore"][0], WAIT)
    assert installed.product_titles() == ["kept"]


def test_changing_the_secret(installed: Machine) -> None:
    """The one before comes first in the list of earlier ones."""
    former = installed.settings()["GATEWAY_SECRET_KEY"]
    file = installed.root / "etc/gateway/environment"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}GATEWAY_EARLIER_SECRET_KEYS={OLDEST}\n", encoding="utf-8")
    output = installed.run(*SECTIONS["Change the secret"], WAIT)
    # The key of the word by which a wrong secret is noticed.
    assert output == 'Data keys wrapped anew: 1.\n{"status":"ready"}'
    settings = installed.settings()
    assert settings["GATEWAY_EARLIER_SECRET_KEYS"] == f"{former},{OLDEST}"
    assert settings["GATEWAY_SECRET_KEY"] not in {former, OLDEST}


def test_upgrading_and_rolling_back(installed: Machine) -> None:
    """What runs goes on with its own version until it is restarted, and so does what is lazy."""
    installed.run(renamed_wheel(installed.release))
    beside, migrate, restart = SECTIONS["Upgrade"]
    installed.run(beside, migrate)
    assert running_version(installed) == "0.1.0"
    assert installed.run("version=0.2.0", restart) == '{"status":"ready"}'
    assert running_version(installed) == "0.2.0"
    installed.run(*SECTIONS["Roll back"], WAIT)
    assert running_version(installed) == "0.1.0"


def running_version(machine: Machine) -> str:
    """By whose Python the gateway runs."""
    pid = (machine.root / "pid").read_text(encoding="utf-8")
    command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return Path(command[0].decode()).parts[-3]


def renamed_wheel(release: Path) -> str:
    """Commands that make the next version: the same under another number."""
    wheel = next(release.glob("gateway-*.whl")).name
    old, new = version(), "0.2.0"
    return f"""
mkdir next && cd next && python3 -m zipfile -e ../{wheel} .
mv gateway-{old}.dist-info gateway-{new}.dist-info
sed -i 's/^Version: {old}$/Version: {new}/' gateway-{new}.dist-info/METADATA
sed -i 's/^gateway-{old}/gateway-{new}/; /METADATA,/s/,.*/,,/' gateway-{new}.dist-info/RECORD
python3 -m zipfile -c ../gateway-{new}-py3-none-any.whl *
"""


def test_preparing_nginx_and_compose(installed: Machine) -> None:
    (nginx,) = filter(is_run, SECTIONS["nginx"])
    installed.run(nginx)
    machines = installed.root / "etc/nginx/gateway/machines.conf"
    assert machines.read_text(encoding="utf-8") == "server 127.0.0.1:8000;\n"
    (prepare,) = filter(is_run, SECTIONS["Compose"])
    installed.run("cd deploy", prepare)
    folder = installed.release / "deploy"
    settings = read_environment((folder / "environment").read_text(encoding="utf-8"))
    password = (folder / "postgres_password").read_text(encoding="utf-8").strip()
    assert settings["GATEWAY_DATABASE_URL"] == f"postgresql://gateway:{password}@postgres/gateway"
    private = [folder / "environment", folder / "postgres_password"]
    assert {path.stat().st_mode & 0o077 for path in private} == {0}


def test_restoring_postgres(installed: Machine, postgres_url: str) -> None:
    for program in ("pg_dump", "pg_restore", "psql"):
        if shutil.which(program) is None:
            skip_or_fail("pg_dump", f"{program} is not installed")
    file = installed.root / "etc/gateway/environment"
    sqlite = file.read_text(encoding="utf-8")
    file.write_text(f"{sqlite}GATEWAY_DATABASE_URL={postgres_url}\n", encoding="utf-8")
    try:
        installed.run("systemctl restart gateway", WAIT)
        installed.import_product("kept")
        installed.run(SECTIONS["Back up"][1])
        installed.import_product("later")
        assert installed.product_titles() == ["kept", "later"]
        installed.run(SECTIONS["Restore"][1], WAIT)
        assert installed.product_titles() == ["kept"]
    finally:
        file.write_text(sqlite, encoding="utf-8")
        installed.run("systemctl restart gateway")


def test_gateway_run_is_what_the_unit_is() -> None:
    """The same user, settings and data."""
    unit = read_unit((DEPLOY / "gateway.service").read_text(encoding="utf-8"))
    text = (DEPLOY / "gateway-run").read_text(encoding="utf-8")
    properties = dict(re.findall(r"--property=(\w+)=(\S+)", text))
    assert properties == {name: unit.only_value(name) for name in properties}
    assert re.findall(r"--setenv=(\S+)", text) == [unit.only_value("Environment")]
    assert f"{unit.only_value('ExecStart').split()[0]} " in text
