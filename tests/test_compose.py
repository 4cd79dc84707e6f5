"""compose.yaml and Dockerfile agree with the program."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.config import VARIABLES
from service.supervisor.supervisor import PARTS
from tests.processes.running import command, environment

ROOT = Path(__file__).parents[1]


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_every_service_exists_with_a_health_check_if_others_depend_on_it(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"proxy", "service", "projector", "worker", "migrate", "postgres", "valkey"}
    assert services["service"]["deploy"]["replicas"] == 2
    for one in services.values():
        for other, how in one.get("depends_on", {}).items():
            assert how["condition"] in {"service_healthy", "service_completed_successfully"}
            assert how["condition"] != "service_healthy" or "healthcheck" in services[other]


def test_compose_starts_the_same_parts_as_kring_up(compose: dict[str, Any]) -> None:
    ours = {name: one for name, one in compose["services"].items() if one.get("image") == "kring" and name != "migrate"}
    assert {name: tuple(one["command"]) for name, one in ours.items()} == {
        name: command(name, "0.0.0.0", 8016) for name in PARTS
    }
    tested = environment("", "", "", Path(), 8016)
    assert all(one["environment"].keys() == tested.keys() for one in ours.values())
    assert all(one["restart"] == "unless-stopped" for one in ours.values())


def test_every_setting_is_a_known_variable(compose: dict[str, Any]) -> None:
    names = {
        name for one in compose["services"].values() for name in one.get("environment", {}) if name.startswith("KRING_")
    }
    deployment = {"KRING_SITE", "KRING_OWNER_PASSWORD", "KRING_PASSWORD"}
    assert names - deployment <= set(VARIABLES.values())


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    for reference in re.findall(r"\$\{([^}]*PASSWORD[^}]*)\}", (ROOT / "compose.yaml").read_text()):
        assert reference.endswith(":?"), reference
    assert compose["name"] == "kring"


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER kring" in lines
    assert lines.index("USER kring") < next(n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    assert not any("://" in line for line in lines)  # nothing is downloaded from a hard-coded address


def test_only_the_migration_knows_the_owners_password(compose: dict[str, Any]) -> None:
    knows = [name for name, one in compose["services"].items() if "KRING_OWNER_URL" in one.get("environment", {})]
    assert knows == ["migrate"]
