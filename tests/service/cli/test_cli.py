"""The command line on external servers: tokens, migrations, stories, the doctor, and its error messages."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from domain.events.people import OrganisationRegistered, OrganisationRenamed
from domain.events.redaction import WordsRedacted
from domain.foundation import AnyId, Code, Label, OrganisationId
from service.auth.issuing import issue_token
from service.auth.tokens import Callers
from service.cli.replay import wrapped
from service.clock_and_ids import new_id, now
from service.config import load
from service.kring import open_kring
from service.store.database import connect
from service.store.log.types import NewEvent
from tests.conftest import Database
from tests.service.api.examples.team import Given
from tests.service.examples.cli import PROJECT, Kring, stderr_of
from tests.service.store.examples.log import an_append
from tests.service.store.examples.restoring import lose_events

TOKEN = re.compile(r"kr_[0-9a-z]{26}_[\w-]{43}\n")


async def test_a_token_is_the_only_output_and_grants_access(kring: Kring, own: dict[str, str]) -> None:
    issued = await kring("token", "issue", "--role", "manager", "--days", "3")
    assert TOKEN.fullmatch(issued.stdout), issued
    async with open_kring(load(own)) as opened:
        by = await Callers(opened.commands).of(issued.stdout.strip(), now())
    assert by is not None
    assert by.role == "manager"


async def test_a_revoked_token_grants_no_access(kring: Kring, own: dict[str, str]) -> None:
    async with open_kring(load(own)) as opened:
        text = await issue_token(opened.commands, "manager")
        by = await Callers(opened.commands).of(text, now())
        assert by is not None
        assert (await kring("token", "revoke", by.via)).returncode == 0
        assert await Callers(opened.commands).of(text, now()) is None


async def test_refusals_are_printed_in_words(kring: Kring) -> None:
    refused = await kring("token", "issue", "--role", "participant")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "Traceback" not in refused.stderr


async def test_a_wrong_setting_is_named(kring: Kring, own: dict[str, str]) -> None:
    del own["KRING_KEYS"]
    refused = await kring("token", "issue", "--role", "manager")
    assert refused.returncode == 1
    assert "KRING_KEYS: is required with KRING_DATABASE_URL" in stderr_of(refused)


@pytest.mark.parametrize("role", ["serve", "project", "work"])
async def test_a_separate_role_requires_configured_servers(kring: Kring, own: dict[str, str], role: str) -> None:
    own.clear()
    refused = await kring(role)
    assert refused.returncode == 1
    assert "KRING_DATABASE_URL" in stderr_of(refused)


async def test_migrating_twice_changes_nothing(kring: Kring) -> None:
    assert (await kring("migrate")).returncode == 0
    assert (await kring("migrate")).returncode == 0


async def test_an_unreachable_database_is_reported_without_its_password(kring: Kring, own: dict[str, str]) -> None:
    own["KRING_DATABASE_URL"] = "postgresql://kring:s3cret@127.0.0.1:1/kring"
    refused = await kring("token", "issue", "--role", "manager")
    assert refused.returncode == 1
    assert "does not answer" in stderr_of(refused)
    assert "s3cret" not in refused.stderr + refused.stdout


async def test_a_bad_key_folder_is_named_instead_of_blaming_a_server(
    kring: Kring, own: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    own["KRING_KEYS"] = str(tmp_path / "file" / "keys")
    refused = await kring("token", "issue", "--role", "manager")
    assert refused.returncode == 1
    assert "Not a directory" in stderr_of(refused)
    assert "keys" in stderr_of(refused)
    assert "does not answer" not in stderr_of(refused)


async def test_the_history_is_printed_in_words(kring: Kring) -> None:
    await kring("token", "issue", "--role", "manager")
    await kring("token", "issue", "--role", "manager")
    printed = await kring("replay", "--language", "en")
    assert printed.returncode == 0, printed.stderr
    assert len(printed.stdout.splitlines()) == 2
    assert len((await kring("replay", "--as-of", "1")).stdout.splitlines()) == 1
    assert (await kring("replay", "--as-of", "yesterday")).returncode == 2
    assert (
        await kring("replay", "--language", "en", "--since", "1")
    ).stdout.splitlines() == printed.stdout.splitlines()[1:]


async def test_a_history_of_a_range_ends_with_the_differences(kring: Kring, own: dict[str, str]) -> None:
    bank = OrganisationId(new_id("organisation"))
    registered = OrganisationRegistered(organisation=bank, name=Label("Bank"))
    renamed = OrganisationRenamed(organisation=bank, was=Label("Bank"), name=Label("Kas"))
    async with open_kring(load(own)) as opened:
        await opened.commands.execute(lambda: Given(registered))
        await opened.commands.execute(lambda: Given(renamed))
    printed = await kring("replay", "--organisation", bank, "--language", "en", "--since", "1", "--as-of", "2")
    _, event, *differs = printed.stdout.splitlines()
    assert event.startswith("2. ")
    assert differs == [
        "",
        "What differs between fact 1 and fact 2 (+ new, − gone, ~ changed)",
        "Organisations:",
        f"  ~ Kas · {bank}",
        "      name: Bank → Kas",
        "0 new, 0 gone, 1 changed.",
    ]
    everything = await kring("replay", "--organisation", bank, "--language", "en")
    assert "What differs" not in everything.stdout
    assert "What differs" not in (await kring("replay", "--since", "1", "--language", "en")).stdout


def test_long_lines_wrap_with_an_indent_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    line = f"      title: “{'woord ' * 12}” → “Kort”"
    assert wrapped(line) == line
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    first, *others = wrapped(line).splitlines()
    assert first.startswith("      title: “woord woord")
    assert len(first) <= 40
    assert others
    assert all(one.startswith(" " * 14 + "woord") for one in others[:-1])
    assert " ".join(wrapped(line).split()) == " ".join(line.split())


async def test_the_doctor_finds_that_events_could_be_changed(kring: Kring, database: Database) -> None:
    examined = await kring("doctor")
    assert "✓ append-only" in examined.stdout, examined
    connection = await connect(database.owner_url)
    await connection.execute("alter table events disable trigger user; grant update, delete on events to kring")
    await connection.close()
    examined = await kring("doctor")
    assert "✗ append-only: the service may update and delete" in examined.stdout
    assert "✗ triggers: do not always fire on events" in examined.stdout


async def test_the_doctor_finds_texts_without_a_key(kring: Kring, own: dict[str, str]) -> None:
    async with open_kring(load(own)):
        pass
    connection = await connect(own["KRING_OWNER_URL"])
    await connection.execute(
        "insert into disclosures values (sha256('a'), 'person_' || repeat('0', 26), '123456789012', 'sealed', 1)"
    )
    await connection.close()
    examined = await kring("doctor")
    assert examined.returncode == 1
    assert "✗ keys: 1 of 1 texts cannot be decrypted" in examined.stdout


@pytest.mark.parametrize("command", ["serve --port 0", "project", "work", "token issue --role manager"])
async def test_no_process_starts_on_a_log_whose_keys_are_missing(
    kring: Kring, own: dict[str, str], tmp_path: Path, command: str
) -> None:
    async with open_kring(load(own)) as opened:
        await issue_token(opened.commands, "manager")
    (tmp_path / "keys").rename(tmp_path / "put away")
    refused = await kring(*command.split())
    assert refused.returncode == 1, refused
    assert "There is no key store in" in stderr_of(refused), refused
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("role", ["project", "work"])
async def test_a_separately_started_worker_reports_missing_keys_too(
    own: dict[str, str], tmp_path: Path, role: str
) -> None:
    async with open_kring(load(own)) as opened:
        await issue_token(opened.commands, "manager")
    (tmp_path / "keys").rename(tmp_path / "put away")
    command = [sys.executable, "-m", "workers", role]
    environ = os.environ | own  # noqa: TID251  passed on
    refused = await asyncio.to_thread(
        subprocess.run, command, cwd=PROJECT, env=environ, text=True, capture_output=True, check=False, timeout=60
    )
    assert refused.returncode == 1, refused
    assert refused.stderr.startswith("There is no key store in"), refused


async def test_the_doctor_creates_no_keys(kring: Kring, own: dict[str, str], tmp_path: Path) -> None:
    examined = await kring("doctor")
    assert "! keys: there are none yet" in examined.stdout, examined
    assert "✓ triggers" in examined.stdout
    assert not (tmp_path / "keys").exists()
    assert not (tmp_path / "data").exists()
    async with open_kring(load(own)) as opened:
        await issue_token(opened.commands, "manager")
    (tmp_path / "keys").rename(tmp_path / "put away")
    examined = await kring("doctor")
    assert (examined.returncode, "✗ keys: There is no key store in" in examined.stdout) == (1, True), examined
    assert not (tmp_path / "keys").exists()


async def test_the_doctor_finds_disabled_triggers_and_readable_secrets(
    kring: Kring, own: dict[str, str], tmp_path: Path
) -> None:
    async with open_kring(load(own)) as opened:
        await issue_token(opened.commands, "manager")
    (tmp_path / "keys").chmod(0o777)
    connection = await connect(own["KRING_OWNER_URL"])
    await connection.execute(
        "alter table events disable trigger append_only; alter table log enable trigger append_only; "
        "drop trigger append_only on key_store"
    )
    await connection.close()
    examined = await kring("doctor")
    assert examined.returncode == 1
    assert "✗ triggers: do not always fire on events, key_store, log" in examined.stdout, examined
    assert f"✗ secrets: other users have access to: {tmp_path / 'keys'} (777)" in examined.stdout, examined


async def test_the_doctor_finds_inactive_processes_failed_jobs_and_stopped_views(
    kring: Kring, own: dict[str, str], database: Database
) -> None:
    connection = await connect(own["KRING_OWNER_URL"])
    await connection.execute(
        "insert into jobs (key, kind, arguments, position, correlation_id, due_at, state, last_error) "
        "select case n when 0 then 'close_ballot:x' else 'mail:' || n end, 'mail', '{}', 1, gen_random_uuid(), now(), 'failed', "
        "'TimeoutError' from generate_series(0, 22) n"
    )
    await connection.close()
    examined = await kring("doctor")
    assert examined.returncode == 1
    assert "✗ job: 3 more have failed" in examined.stdout
    assert "✗ projector: none is running" in examined.stdout
    assert "✗ worker: no worker has reported" in examined.stdout
    assert "✗ job: close_ballot:x has failed (TimeoutError)" in examined.stdout


async def test_after_a_restore_rebuild_restarts_views_and_repositions_reactions(
    kring: Kring, database: Database
) -> None:
    for _ in range(3):
        await kring("token", "issue", "--role", "manager")
    connection = await connect(database.owner_url)
    await connection.execute("insert into reactions (name, position) values ('mails', 3), ('jobs', 1)")
    await connection.execute("update views.checkpoints set position = 3")
    await lose_events(database, kept=1)
    printed = await kring("rebuild")
    assert "views were emptied; the projector fills them again up to event 1." in printed.stdout
    assert "These reactions are ahead of the log: mails. Use --react-after." in printed.stdout
    assert await connection.fetchval("select count(*) from views.checkpoints where position > 0") == 0
    refused = await kring("rebuild", "--react-after", "2")
    assert (refused.returncode, "the log ends at 1" in stderr_of(refused)) == (1, True), stderr_of(refused)
    for _ in range(3):
        await kring("token", "issue", "--role", "manager")
    refused = await kring("rebuild", "--react-after", "3")
    assert (refused.returncode, "mails had reached event 3" in stderr_of(refused)) == (1, True), stderr_of(refused)
    printed = await kring("rebuild", "--react-after", "0")
    assert (printed.returncode, "ahead of the log" in printed.stdout) == (0, False), printed
    places = await connection.fetch("select name, position from reactions where in_log(position, mark) order by name")
    await connection.close()
    assert [tuple(one) for one in places] == [("jobs", 1), ("mails", 0)]


async def test_views_are_listed_retried_and_compared_with_the_log(kring: Kring, database: Database) -> None:
    await kring("token", "issue", "--role", "manager")
    shown = await kring("views", "show")
    assert (shown.returncode, "✓ tokens: at 0, 1 behind, 0 rows written" in shown.stdout) == (0, True), shown
    connection = await connect(database.owner_url)
    await connection.execute(
        "update views.checkpoints set stopped_at = 1, stopped_because = 'KeyError' where view in ('names', 'teams')"
    )
    shown = await kring("views", "show")
    assert (shown.returncode, "stopped at event 1: KeyError" in shown.stdout) == (1, True), shown
    again = await kring("views", "retry", "names", "tokens")
    assert again.stdout.splitlines() == ["names continues after event 0.", "tokens was not stopped."]
    stopped = await connection.fetch("select view from views.checkpoints where stopped_at is not null")
    assert [one[0] for one in stopped] == ["teams"]
    compared = await kring("views", "drift")
    assert (compared.returncode, compared.stdout) == (0, "Compared 0 rows with the log; 0 differ.\n"), compared
    await connection.execute("update views.checkpoints set position = 1")  # and no row was written
    compared = await kring("views", "drift", "--sample", "5")
    await connection.close()
    assert (compared.returncode, "✗ tokens token_" in compared.stdout) == (1, True), compared


async def test_help_lists_every_command(kring: Kring) -> None:
    shown = await kring("--help")
    for command in (
        "up",
        "serve",
        "project",
        "work",
        "migrate",
        "demo",
        "token",
        "replay",
        "check",
        "views",
        "reactions",
        "rebuild",
        "doctor",
    ):
        assert re.search(rf"\b{command}\b", shown.stdout)


async def test_a_view_skips_an_event_with_a_stored_reason(kring: Kring, database: Database) -> None:
    await kring("token", "issue", "--role", "manager")
    connection = await connect(database.owner_url)
    await connection.execute(
        "update views.checkpoints set stopped_at = 1, stopped_because = 'KeyError' where view = 'tokens'"
    )
    for reason in ("", " \t", "two\nlines", "x" * 501):
        assert (await kring("views", "skip", "tokens", "--reason", reason)).returncode == 2
    assert (await kring("views", "skip", "tokens")).returncode == 2
    done = await kring("views", "skip", "tokens", "--reason", "  Recorded by mistake ")
    assert (done.returncode, done.stdout) == (0, "tokens skips event 1 and continues.\n"), done
    row = await connection.fetchrow("select view, position, because, reason from skipped_events")
    assert row is not None
    assert tuple(row) == ("tokens", 1, "KeyError", "Recorded by mistake")
    await connection.close()
    again = await kring("views", "skip", "tokens", "--reason", "Once more")
    assert (again.returncode, "has not stopped at an event" in stderr_of(again)) == (1, True)
    assert "! tokens: skips event 1 (KeyError)" in (await kring("views", "show")).stdout
    assert "! view: tokens skips event 1 (KeyError); skipped by" in (await kring("doctor")).stdout


async def test_a_reaction_retries_or_skips_a_parked_event(kring: Kring, database: Database) -> None:
    await kring("token", "issue", "--role", "manager")
    unknown = await kring("reactions", "retry", "mails")
    assert (unknown.returncode, "There is no reaction mails. There are: none yet." in stderr_of(unknown)) == (1, True)
    connection = await connect(database.owner_url)
    await connection.execute("insert into reactions (name, position) values ('mails', 1)")
    await connection.execute(
        "insert into parked_events (reaction, position, because) values ('mails', 1, 'KeyError'), ('mails', 2, 'KeyError')"
    )
    shown = await kring("reactions", "show")
    assert (shown.returncode, "→ could not process event 2: KeyError" in shown.stdout) == (1, True), shown
    assert "✗ reaction: mails could not process event 1: KeyError" in (await kring("doctor")).stdout
    again = await kring("reactions", "retry", "mails", "--position", "2")
    assert (again.returncode, again.stdout) == (0, "mails will retry: event 2.\n"), again
    done = await kring("reactions", "skip", "mails", "--position", "1", "--reason", "Nobody is to be told")
    assert (done.returncode, done.stdout) == (0, "mails will skip: event 1.\n"), done
    row = await connection.fetchrow("select state, reason, settled_at is null from parked_events where position = 1")
    await connection.close()
    assert row is not None
    assert tuple(row) == ("skipped", "Nobody is to be told", False)
    assert "→ could not process event 2: KeyError, will be retried" in (await kring("reactions", "show")).stdout


async def test_a_history_names_unreadable_events_and_continues(kring: Kring, own: dict[str, str]) -> None:
    bank = OrganisationId(new_id("organisation"))
    registered = OrganisationRegistered(organisation=bank, name=Label("Bank"))
    damaged = NewEvent(OrganisationRenamed.TOPIC, 1, [bank, f"to:{bank}"], b'{"organisation":7}')
    future = NewEvent("future.thing_done", 1, [bank, f"to:{bank}"], b"{}")
    redacted = WordsRedacted(position=1, field=Code("name"), subject=AnyId(bank), programme=None)
    async with open_kring(load(own)) as opened:
        await opened.commands.execute(lambda: Given(registered))
        await opened.log.append(an_append(damaged, future))
        await opened.commands.execute(lambda: Given(redacted))
    for arguments in ((), ("--organisation", bank), ("--organisation", bank, "--since", "1")):
        printed = await kring("replay", "--language", "en", *arguments)
        assert printed.returncode == 0, printed
        assert "Traceback" not in printed.stderr
        assert "An event of the type organisation.renamed, which this version of Kring cannot read" in printed.stdout
        assert "An event of the type future.thing_done, which this version of Kring cannot read" in printed.stdout
    assert "events_of_unknown_type" in printed.stderr
    assert len((await kring("replay")).stdout.splitlines()) == 4  # after a redaction too
    examined = (await kring("doctor")).stdout
    assert "✗ events: this version does not know the type future.thing_done, first recorded at 3" in examined


async def test_a_history_of_an_unknown_subject_is_an_error(kring: Kring) -> None:
    nobody = await kring("replay", "--organisation", "organisation_01h45ytscbebyvny4gc8cr8ma2")
    assert nobody.returncode == 1
    assert "There are no events about" in stderr_of(nobody)
    both = await kring(
        "replay", "--team", "team_01h45ytscbebyvny4gc8cr8ma2", "--ballot", "ballot_01h45ytscbebyvny4gc8cr8ma2"
    )
    assert both.returncode == 2
    assert "Use only one of" in stderr_of(both)


JOBS = """
insert into jobs (key, kind, arguments, position, correlation_id, due_at, state, attempts, max_attempts, last_error)
values ('mail_announcement:x', 'mail_announcement', '{}', 1, gen_random_uuid(), now(), 'failed', 1, 1, 'SMTPConnectError'),
  ('close_ballot:x', 'close_ballot', '{}', 1, gen_random_uuid(), now() + interval '1 day', 'due', 0, 16, null)
"""
ATTEMPT = """
insert into job_attempts values ('mail_announcement:x', 1, 'host/1/abcd', now(), now(), 'failed', 'SMTPConnectError')
"""
WORKER = "insert into job_workers values ('host/1/abcd', 'urgent', '{close_ballot}', now())"


async def test_jobs_are_listed_shown_retried_and_cancelled(kring: Kring, own: dict[str, str]) -> None:
    connection = await connect(own["KRING_OWNER_URL"])
    for statement in (JOBS, ATTEMPT, WORKER):
        await connection.execute(statement)
    listed = (await kring("jobs", "list")).stdout.splitlines()
    assert [one.split(":")[0] for one in listed] == ["· close_ballot", "✗ mail_announcement"]
    assert (await kring("jobs", "list", "--status", "failed", "--limit", "1")).stdout.splitlines() == listed[1:]
    assert "last error SMTPConnectError" in listed[1]
    again = await kring("jobs", "retry", "mail_announcement:x", "--reason", "The server is back.")
    assert (again.returncode, stderr_of(again)) == (0, "mail_announcement:x is due now.")
    shown = (await kring("jobs", "show", "mail_announcement:x")).stdout
    assert "16 attempts left" in shown
    assert "attempt 1:" in shown
    assert "by host/1/abcd: failed (SMTPConnectError)" in shown
    assert "by operator: The server is back." in shown
    assert "back" not in str(await connection.fetch("select job_interventions::text from job_interventions"))
    cancelled = await kring("jobs", "cancel", "mail_announcement:x", "--reason", "Not needed.")
    assert cancelled.returncode == 0
    assert await connection.fetchval("select state from jobs where key = 'mail_announcement:x'") == "cancelled"
    await connection.close()


async def test_jobs_that_cannot_be_retried_or_cancelled_are_reported(kring: Kring, own: dict[str, str]) -> None:
    connection = await connect(own["KRING_OWNER_URL"])
    for statement in (JOBS, WORKER):
        await connection.execute(statement)
    await connection.close()
    for arguments, words in (
        (("retry", "close_ballot:x"), "This job has not failed and was not cancelled."),
        (("cancel", "close_ballot:x", "--reason", "No."), "A rule requires this job, so it cannot be cancelled."),
        (("show", "close_ballot:y"), "This does not exist"),
    ):
        refused = await kring("jobs", *arguments)
        assert refused.returncode == 1
        assert words in stderr_of(refused)


ONE = "01h45ytscbebyvny4gc8cr8ma2"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("replay", "--since", "2", "--as-of", "1"), "--since 2 is after --as-of 1"),
        (("replay", "--since", "2026-01-02T00:00:00Z", "--as-of", "2026-01-01T00:00:00Z"), "is after"),
        (("replay", "--since", "2", "--as-of", "2016-01-01T00:00:00Z"), "is after"),
        (("replay", "--as-of", "99999999999999999999999"), "the log ends at 2"),
        (("replay", "--since", "3"), "the log ends at 2"),
        (("replay", "--as-of", "2999-01-01T00:00:00Z"), "is in the future"),
        (("replay", "--as-of", "0_1"), "use a position"),
        (("replay", "--team", "garbage"), "is not the id of a team"),
        (("replay", "--team", f"ballot_{ONE}"), "is not the id of a team"),
        (("token", "issue", "--role", "manager", "--person", "Anna"), "is not the id of a person"),
        (("token", "issue", "--role", "auditor", "--organisation", "Bank"), "is not the id of"),
        (("token", "issue", "--role", "manager", "--days", "0"), "is not in the range"),
        (("token", "revoke", "kr_x"), "is not the id of a token"),
        (("demo", "--url", "garbage"), "is not an address"),
        (("demo", "--url", "http://127.0.0.1:99999"), "is not an address"),
        (("demo", "--url", "http://127.0.0.1:1/api"), "is not an address"),
        (("demo", "--programmes", "0"), "is not in the range"),
        (("rebuild", "--react-after", "-1"), "is not in the range"),
        (("views", "retry", "nothing"), "is not one of"),
        (("views", "drift", "--sample", "0"), "is not in the range"),
        (("serve", "--port", "65536"), "is not in the range"),
    ],
)
async def test_impossible_or_contradictory_arguments_are_usage_errors(
    kring: Kring, arguments: tuple[str, ...], words: str
) -> None:
    if arguments[0] == "replay":
        for _ in range(2):
            await kring("token", "issue", "--role", "manager")
    refused = await kring(*arguments)
    assert (refused.returncode, refused.stdout) == (2, ""), stderr_of(refused)
    assert words in stderr_of(refused)


async def test_differences_of_an_unknown_subject_are_an_error(kring: Kring) -> None:
    await kring("token", "issue", "--role", "manager")
    for more in ((), ("--since", "0"), ("--as-of", "1")):
        nobody = await kring("replay", "--team", f"team_{ONE}", *more)
        assert (nobody.returncode, nobody.stdout) == (1, ""), stderr_of(nobody)
        assert "There are no events about" in stderr_of(nobody)


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay",),
        ("check",),
        ("views", "show"),
        ("rebuild",),
        ("token", "issue", "--role", "manager"),
        ("demo", "--url", "http://127.0.0.1:1"),
    ],
)
async def test_read_only_commands_do_not_create_an_installation(
    kring: Kring, own: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    own.clear()
    folder = tmp_path / "typo"
    refused = await kring(*arguments, "--data", str(folder))
    assert (refused.returncode, folder.exists()) == (1, False), stderr_of(refused)
    assert str(folder) in stderr_of(refused).replace(" ", "")  # a terminal may wrap it anywhere
