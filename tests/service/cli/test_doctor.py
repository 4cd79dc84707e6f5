"""The doctor's examination of an installation before anything is started."""

import socket
from pathlib import Path

import pytest

from service.cli.doctor_checks import NEVER_CHANGED, Finding, check_installation, is_set_up
from service.config import Config, load
from service.embedded.passwords import load_or_create
from service.sealing.keys import KeyStore

SCHEMA = Path(__file__).parents[1] / "store" / "schema.sql"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    data = tmp_path / "data"
    (data / "logs").mkdir(mode=0o700, parents=True)
    data.chmod(0o700)
    load_or_create(data)
    KeyStore(data / "keys").make("person/person_01m84mt5r8es5rc7sp6wjmjab6")
    cluster = data / "postgres"
    cluster.mkdir(mode=0o700)
    (cluster / "PG_VERSION").write_text("18\n")
    return load({"KRING_PORT": "0"}, data=data)


def found(config: Config, about: str) -> Finding:
    return next(one for one in check_installation(config) if one.about == about)


def test_a_fresh_installation_has_no_problems(config: Config) -> None:
    for about in ("data folder", "secrets", "database files", "port"):
        assert found(config, about).level == "ok", found(config, about)


@pytest.mark.parametrize(
    "path",
    [
        "passwords",
        "logs",
        "keys",
        "keys/person",
        "keys/store",
        "keys/store/identity",
        "keys/person/person_01m84mt5r8es5rc7sp6wjmjab6",
    ],
)
@pytest.mark.parametrize("mode", [0o777, 0o704, 0o640])
def test_an_unprotected_secret_is_named_with_its_mode(config: Config, path: str, mode: int) -> None:
    if mode == 0o640 and (config.data / path).is_dir():
        mode = 0o750
    (config.data / path).chmod(mode)
    finding = found(config, "secrets")
    assert finding.level == "error"
    assert f"{config.data / path} ({mode:o})" in finding.found
    assert "chmod" in (finding.advice or "")


def test_a_taken_port_is_named(config: Config) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = load({}, data=config.data, port=other.getsockname()[1])
        finding = found(taken, "port")
    assert finding.level == "error"
    assert f"{taken.port} of 127.0.0.1" in finding.found


@pytest.mark.parametrize("version", ["17\n", "", None])
def test_database_files_of_another_or_unknown_version_are_named(config: Config, version: str | None) -> None:
    file = config.data / "postgres" / "PG_VERSION"
    if version is None:
        file.unlink()
    else:
        file.write_text(version)
    assert found(config, "database files").level == "error"


def test_an_installation_without_its_lock_file_can_still_start(config: Config, tmp_path: Path) -> None:
    assert is_set_up(config)
    assert not is_set_up(load({}, data=tmp_path / "nothing"))


def test_every_append_only_table_is_checked() -> None:
    schema = SCHEMA.read_text()
    tables = {
        line.split(" ON public.")[1].split()[0] for line in schema.splitlines() if "TRIGGER append_only BEFORE" in line
    }
    assert tables == set(NEVER_CHANGED)
