"""What can be read of the deployment files without the programs that they are for."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gateway.cli import app
from gateway.settings import Settings, variable_name
from tests.deploying.conftest import DEPLOY, ROOT
from tests.deploying.containerfiles import instructions
from tests.deploying.units import read_environment

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PAGE = ROOT / "docs" / "deploying.md"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in [*DEPLOY.iterdir(), PAGE]}
SETTINGS = frozenset(map(variable_name, Settings.model_fields))
EXAMPLE = read_environment(TEXTS["environment.example"])
# `gateway`, wherever it is called, and the words behind it that may be commands.
CALL = re.compile(r"(?:bin/gateway|gateway-run|`gateway|gateway:0\.1\.0 gateway) ([a-z -]+)")
REQUIRED_VARIABLES = (
    "GATEWAY_SECRET_KEY",
    "GATEWAY_PUBLIC_URL",
    "GATEWAY_SMTP_URL",
    "GATEWAY_PAYMENTS",
)


def commands() -> list[tuple[str, ...]]:
    """The commands of the gateway that the files name, with an option's name where there is one."""
    listed = [
        tuple(service["command"][1:]) for service in SERVICES.values() if "command" in service
    ]
    image = dict(instructions(TEXTS["Containerfile"]))["CMD"]
    written = [tuple(call.split()) for text in TEXTS.values() for call in CALL.findall(text)]
    return sorted({*listed, *written, tuple(yaml.safe_load(image)[1:])})


def test_every_variable_is_a_setting() -> None:
    named = {name for text in TEXTS.values() for name in re.findall(r"\bGATEWAY_[A-Z_]+\b", text)}
    assert named - SETTINGS == set()


def test_the_example_names_what_production_demands() -> None:
    assert EXAMPLE.keys() >= {"GATEWAY_PRODUCTION", *REQUIRED_VARIABLES}
    assert EXAMPLE.keys() <= SETTINGS


def test_there_are_commands_to_look_at() -> None:
    named = {call[0] for call in commands()}
    assert named == {"key", "migrate", "rotate-keys", "rules-import", "serve", "work"}


@pytest.mark.parametrize("call", commands(), ids=" ".join)
def test_every_command_is_there(call: tuple[str, ...]) -> None:
    words = [word for word in call if not word.startswith("-")]
    options = {word for word in call if word.startswith("--")}
    help_output = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
    assert help_output.exit_code == 0, help_output.output
    assert {option for option in options if option not in help_output.output} == set()


def test_images_are_named_without_a_registry() -> None:
    images = {name: service["image"] for name, service in SERVICES.items()}
    own = "gateway:${VERSION:-0.1.0}"
    assert images == {
        "postgres": "postgres:17-bookworm",
        "migrate": own,
        "serve": own,
        "work": own,
        "nginx": "nginx:1.28-bookworm",
    }


def test_every_mounted_file_is_there_or_made_as_the_page_says() -> None:
    mounted = {
        volume.split(":")[0].removeprefix("./")
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    files = {secret["file"].removeprefix("./") for secret in COMPOSE["secrets"].values()}
    files |= {service["env_file"] for service in SERVICES.values() if "env_file" in service}
    made = {"environment", "postgres_password", "tls"}
    assert {name for name in mounted | files if not (DEPLOY / name).exists()} == made
    section = TEXTS["deploying.md"].partition("## Compose")[2].partition("\n## ")[0]
    assert all(re.search(rf"(> |mkdir -p | ){name}\)?\n", section) for name in made)


def test_every_name_within_it_is_declared() -> None:
    """Volumes, networks, secrets and configurations, and what a service waits for."""
    used: dict[str, set[str]] = {"volumes": set(), "networks": set(), "secrets": set()}
    used["configs"] = set()
    for service in SERVICES.values():
        named = (volume.split(":")[0] for volume in service.get("volumes", []))
        used["volumes"] |= {name for name in named if not name.startswith(".")}
        used["networks"] |= set(service["networks"])
        used["secrets"] |= set(service.get("secrets", []))
        used["configs"] |= {each["source"] for each in service.get("configs", [])}
        assert set(service.get("depends_on", [])) <= SERVICES.keys()
    assert {kind: set(COMPOSE[kind]) for kind in used} == used


def test_nothing_serves_before_the_database_is_migrated() -> None:
    waits = {
        name: {
            dependency: how["condition"]
            for dependency, how in service.get("depends_on", {}).items()
        }
        for name, service in SERVICES.items()
    }
    migrated = {
        "postgres": "service_healthy",
        "migrate": "service_completed_successfully",
    }
    assert waits == {
        "postgres": {},
        "migrate": {"postgres": "service_healthy"},
        "serve": migrated,
        "work": migrated,
        "nginx": {"serve": "service_healthy"},
    }
    # Whoever is waited for until it is healthy says whether it is.
    healthy = {name for each in waits.values() for name, how in each.items() if "healthy" in how}
    assert {name for name in healthy if "test" in SERVICES[name]["healthcheck"]} == healthy


def test_one_service_alone_does_waiting_work() -> None:
    serve = SERVICES["serve"]["environment"]
    assert serve["GATEWAY_WORKER"] == "off"
    assert SERVICES["work"]["environment"].items() <= serve.items()


def test_only_nginx_is_reached_from_outside_and_believed() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    address = SERVICES["nginx"]["networks"]["front"]["ipv4_address"]
    assert SERVICES["serve"]["environment"]["GATEWAY_TRUSTED_PROXIES"] == address
    upstream = SERVICES["serve"]["networks"]["front"]["ipv4_address"]
    assert COMPOSE["configs"]["machines"]["content"] == f"server {upstream}:8000;\n"


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_file_holds_a_secret(name: str) -> None:
    """What looks like one is shorter than any that is accepted, or made when it is needed."""
    assert re.findall(r"(?:SECRET_KEY|PASSWORD)=(?!\$)\S{32,}", TEXTS[name]) == []


def test_the_files_are_all_mentioned() -> None:
    page = TEXTS["deploying.md"]
    assert [path.name for path in DEPLOY.iterdir() if path.name not in page] == []


@pytest.mark.parametrize("path", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_files_end_with_a_line(path: Path) -> None:
    assert path.read_text(encoding="utf-8").endswith("\n")
