"""The key store: one key per name, never an incomplete key, and destruction is final."""

import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest

from service.sealing import keys
from service.sealing.keys import (
    BadName,
    Damaged,
    Destroyed,
    KeysMissing,
    KeyStore,
    NoSuchKey,
    OtherKeys,
)

ANNA = "person/person_01m84mt5r8es5rc7sp6wjmjab6"
BERT = "person/person_01m84mt5r8es5rc7sp6wjmjab7"
TEAM = "team/team_01m84mt5r8es5rc7sp6wjmjab6"
ASSIGNMENT = "team_assignment/team_assignment_01m84mt5r8es5rc7sp6wjmjab6"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "keys"


@pytest.fixture
def store(folder: Path) -> KeyStore:
    return KeyStore(folder)


def files(folder: Path) -> set[str]:
    """All files except the identity of the store."""
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} - {"store/identity"}


def test_a_key_is_created_once_and_is_the_same_for_every_process(folder: Path, store: KeyStore) -> None:
    key = store.make(ANNA)
    assert len(key) == 32
    assert store.make(ANNA) == store.get(ANNA) == key
    assert KeyStore(folder).make(ANNA) == KeyStore(folder).get(ANNA) == key
    assert files(folder) == {ANNA}


def test_every_name_has_a_key_of_its_own(store: KeyStore) -> None:
    assert len({store.make(name) for name in (ANNA, BERT, TEAM, ASSIGNMENT)} | {store.secret("store/email")}) == 5


def test_a_key_that_was_never_created_does_not_exist(store: KeyStore) -> None:
    store.make(BERT)
    with pytest.raises(NoSuchKey):
        store.get(ANNA)
    with pytest.raises(NoSuchKey):
        store.get(TEAM)


def test_only_the_owner_can_access_key_files(folder: Path, store: KeyStore) -> None:
    store.make(ANNA)
    store.destroy(BERT)
    store.secret("store/email")
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_a_folder_readable_by_others_is_made_private(folder: Path) -> None:
    KeyStore(folder).make(BERT)
    folder.chmod(0o755)
    (folder / "person").chmod(0o777)
    KeyStore(folder).make(ANNA)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "person")} == {0o700}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "person",
        "person/",
        "person/person_",
        "person_01m84mt5r8es5rc7sp6wjmjab6",
        "person/../person_01m84mt5r8es5rc7sp6wjmjab6",
        "../person_01m84mt5r8es5rc7sp6wjmjab6",
        "./person_01m84mt5r8es5rc7sp6wjmjab6",
        "/person/person_01m84mt5r8es5rc7sp6wjmjab6",
        "person//person_01m84mt5r8es5rc7sp6wjmjab6",
        "person/person_01m84mt5r8es5rc7sp6wjmjab6/x",
        "person/person_01m84mt5r8es5rc7sp6wjmjab6\n",
        "person/person_01m84mt5r8es5rc7sp6wjmjab6\0",
        "person/person_01M84MT5R8ES5RC7SP6WJMJAB6",
        "person/person_01m84mt5r8es5rc7sp6wjmjab",
        "person/person_01m84mt5r8es5rc7sp6wjmjab66",
        "person/person_\N{ARABIC-INDIC DIGIT ZERO}1m84mt5r8es5rc7sp6wjmjab6",
        "p" * 41 + "/person_01m84mt5r8es5rc7sp6wjmjab6",
        "store/email",
    ],
)
def test_an_invalid_key_name_is_refused_and_touches_nothing(folder: Path, store: KeyStore, name: str) -> None:
    store.secret("store/email")
    for ask in (store.get, store.make, store.destroy):
        with pytest.raises(BadName):
            ask(name)
    assert files(folder) == set()


def test_secrets_have_their_own_kind_of_name(folder: Path, store: KeyStore) -> None:
    assert store.secret("store/email") == KeyStore(folder).secret("store/email")
    for name in (ANNA, "store/", "store/../x", "store/E"):
        with pytest.raises(BadName):
            store.secret(name)


def test_a_secret_is_unique_to_its_store_and_derived_from_its_identity(folder: Path, tmp_path: Path) -> None:
    store, other = KeyStore(folder), KeyStore(tmp_path / "other")
    assert store.secret("store/email") != other.secret("store/email")
    assert store.fingerprint != other.fingerprint
    assert KeyStore(folder, opening="existing").secret("store/email") == store.secret("store/email")


@pytest.mark.parametrize("made", [(), ("",), (".making", "person", "store")], ids=["no folder", "empty", "no identity"])
def test_a_missing_store_is_not_replaced(folder: Path, made: tuple[str, ...]) -> None:
    for one in made:
        (folder / one).mkdir(parents=True)
    there = set(folder.rglob("*"))
    with pytest.raises(KeysMissing, match="KRING_KEYS"):
        KeyStore(folder, opening="existing")
    assert set(folder.rglob("*")) == there
    assert folder.exists() == bool(made)


def test_a_detached_store_is_noticed_before_a_key_is_created_or_destroyed(folder: Path, tmp_path: Path) -> None:
    store = KeyStore(folder)
    anna = store.make(ANNA)
    folder.rename(tmp_path / "unmounted")
    folder.mkdir()
    for ask in (store.get, store.make, store.destroy):
        with pytest.raises(KeysMissing):
            ask(BERT)
    assert list(folder.iterdir()) == []
    folder.rmdir()
    KeyStore(folder)
    with pytest.raises(OtherKeys):
        store.make(BERT)
    assert store.get(ANNA) == anna, "remembered"


def test_a_destroyed_key_stays_destroyed(folder: Path, store: KeyStore) -> None:
    store.make(ANNA)
    store.destroy(ANNA)
    for opened in (store, KeyStore(folder)):
        with pytest.raises(Destroyed):
            opened.get(ANNA)
        with pytest.raises(Destroyed):
            opened.make(ANNA)
        opened.destroy(ANNA)
    assert (folder / ANNA).read_bytes() == b""


def test_a_key_can_be_destroyed_before_it_is_created(store: KeyStore) -> None:
    store.destroy(ANNA)
    with pytest.raises(Destroyed):
        store.make(ANNA)


def test_a_link_left_by_a_crash_is_emptied_with_the_key(folder: Path, store: KeyStore) -> None:
    store.make(ANNA)
    left = folder / ".making" / "left"
    left.hardlink_to(folder / ANNA)
    store.destroy(ANNA)
    assert left.read_bytes() == b""


def test_opening_the_store_deletes_old_drafts_but_not_recent_ones(
    folder: Path, store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.make(ANNA)
    draft = folder / ".making" / "draft"
    draft.write_bytes(b"x" * 32)
    KeyStore(folder)
    assert draft.exists()
    monkeypatch.setattr(keys, "ABANDONED_AFTER_S", -1.0)
    KeyStore(folder)
    assert files(folder) == {ANNA}


def test_another_process_forgets_a_destroyed_key_within_a_minute(folder: Path, store: KeyStore) -> None:
    clock = Clock()
    other = KeyStore(folder, clock)
    key = other.make(ANNA)
    store.destroy(ANNA)
    clock.now += 59.9
    assert other.get(ANNA) == key
    clock.now += 0.1
    with pytest.raises(Destroyed):
        other.get(ANNA)


def test_using_a_cached_key_does_not_extend_its_lifetime(folder: Path, store: KeyStore) -> None:
    clock = Clock()
    other = KeyStore(folder, clock)
    other.make(ANNA)
    store.destroy(ANNA)
    for _ in range(5):
        clock.now += 11
        other.get(ANNA)
    clock.now += 11
    with pytest.raises(Destroyed):
        other.get(ANNA)


def test_expired_keys_are_not_held_in_memory(folder: Path) -> None:
    clock = Clock()
    store = KeyStore(folder, clock)
    for name in (ANNA, BERT):
        store.make(name)
    clock.now += 61
    store.make(TEAM)
    assert store.cached_names == {TEAM}


def test_the_number_of_cached_keys_is_bounded(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MAX_CACHED_KEYS", 2)
    for name in (ANNA, BERT, TEAM):
        store.make(name)
    assert store.cached_names == {BERT, TEAM}


def test_sealing_under_a_key_only_read_so_far_syncs_its_folder_first(
    folder: Path, store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    KeyStore(folder).make(ANNA)
    synced: list[Path] = []
    sync = keys.sync_folder  # a power cut cannot be played here

    def watched(folder: Path) -> None:
        sync(folder)
        synced.append(folder)

    monkeypatch.setattr(keys, "sync_folder", watched)
    store.get(ANNA)
    assert synced == []
    store.make(ANNA)
    assert synced == [folder, folder / "person"]
    store.make(ANNA)
    assert len(synced) == 2


@pytest.mark.parametrize("content", [b"x", b"x" * 31, b"x" * 33, b"x" * 1000])
def test_an_incomplete_key_is_never_used(folder: Path, store: KeyStore, content: bytes) -> None:
    store.make(BERT)
    (folder / ANNA).write_bytes(content)
    with pytest.raises(Damaged):
        store.get(ANNA)
    with pytest.raises(Damaged):
        store.make(ANNA)


def test_a_key_is_not_read_through_a_symbolic_link(folder: Path, store: KeyStore, tmp_path: Path) -> None:
    store.make(BERT)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"x" * 32)
    (folder / ANNA).symlink_to(elsewhere)
    for ask in (store.get, store.make, store.destroy):
        with pytest.raises(OSError, match="symbolic"):
            ask(ANNA)
    assert elsewhere.read_bytes() == b"x" * 32


FULL_DISK = """
import resource, sys
from pathlib import Path
from service.sealing.keys import KeyStore
store = KeyStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
try:
    store.make(sys.argv[2])
except OSError as error:
    print(type(error).__name__)
"""


def test_no_key_is_created_if_the_disk_stores_only_half_of_it(folder: Path, store: KeyStore) -> None:
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, folder, ANNA], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "OSError"
    assert files(folder) == set()
    assert len(store.make(ANNA)) == 32


NAMES = [f"person/person_{number:026d}" for number in range(40)]


def each_at_once(makers: int, make: Callable[[str], str]) -> list[list[str]]:
    barrier = Barrier(makers)

    def run() -> list[str]:
        barrier.wait(timeout=10)
        return [make(name) for name in NAMES]

    with ThreadPoolExecutor(makers) as pool:
        return [running.result(timeout=60) for running in [pool.submit(run) for _ in range(makers)]]


def test_eight_threads_creating_the_same_keys_agree(store: KeyStore) -> None:
    made = each_at_once(8, lambda name: store.make(name).hex())
    assert len({tuple(one) for one in made}) == 1


def test_eight_stores_in_one_process_creating_the_same_keys_agree(folder: Path) -> None:
    made = each_at_once(8, lambda name: KeyStore(folder).make(name).hex())
    assert len({tuple(one) for one in made}) == 1
    assert files(folder) == set(NAMES)


MAKER = """
import sys
from hashlib import sha256
from pathlib import Path
from service.sealing.keys import KeyStore
store = KeyStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    print(sha256(store.make(f"person/person_{number:026d}")).hexdigest())
"""


def test_eight_processes_creating_the_same_keys_agree(folder: Path) -> None:
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]
    for maker in makers:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("go\n")
        maker.stdin.flush()
    made = [maker.communicate(timeout=60)[0].split() for maker in makers]
    assert [maker.returncode for maker in makers] == [0] * 8
    store = KeyStore(folder)
    assert made == [[sha256(store.get(name)).hexdigest() for name in NAMES]] * 8
    assert files(folder) == set(NAMES)
