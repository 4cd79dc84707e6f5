"""Mails reach each person once, in their language, and are stored nowhere else."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.ballots.ballot import CloseBallot
from domain.ballots.voting import CastVote
from domain.events.people import PersonDetailsChanged, PersonRegistered
from domain.events.roles import FacilitatorAssigned
from domain.events.team import TeamFormed
from domain.foundation import AnnouncementId, Caller, Code, Label, Personal, PersonId, TeamId, Words
from domain.programmes.announcing import MakeAnnouncement
from domain.programmes.programme import ReviseProgramme
from domain.spanning.withdrawing import WithdrawChallenge
from domain.teams.membership import LeaveTeam
from projections.challenges import CHALLENGES
from projections.wording.sentences import SentenceStyle, date_and_time
from service.auth.issuing import issue_token
from service.clock_and_ids import new_id, now
from tests.service.api.examples.team import Given
from tests.workers.examples.stage import Stage, at, working
from tests.workers.mail.examples.mails import Letterbox, by_smtp, mails, text
from workers import engine
from workers.jobs import queue
from workers.mail.mail_content import MAIL_CONTENTS
from workers.mail.sending import SPOKEN

OPEN = {"nl": "Leergang 2016: de stemming is open", "en": "Leergang 2016: the ballot is open"}


async def test_each_elector_gets_one_mail_in_their_language_when_a_ballot_opens(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(hours=2))
    async with working(stage.kring):
        await stage.settled("mail%")
    received = mails(stage)
    assert sorted(received) == sorted(stage.electors)
    assert [len(one) for one in received.values()] == [1, 1, 1]
    for number, person in enumerate(stage.electors):
        (mail,) = received[person]
        assert mail["Subject"] == OPEN["en" if number == 2 else "nl"]
        assert mail["Content-Language"] == ("en" if number == 2 else "nl")
        assert mail["To"] == f"Elector {number} <e{number}@example.org>"
        assert f"https://kring.example/api/v1/ballots/{ballot}" in text(mail)
        assert stage.kring.log.log_id in text(mail)
        for challenge in range(3):
            assert f"– Vraagstuk <{challenge}> & co" in text(mail)
            assert f"– Vraagstuk &lt;{challenge}&gt; &amp; co" in text(mail, "html")
    assert text(received[stage.electors[0]][0]).startswith("Dag Elector 0,\n\nTot ")


async def test_rule_22_electors_are_notified_when_a_challenge_is_struck(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(hours=2))
    await stage.vote(ballot, stage.electors[0])
    row = await stage.kring.commands.row(CHALLENGES, stage.challenges[1])
    assert row is not None
    by = replace(stage.by(), reason=Words("Toch niet."), on_behalf_of=row.organisation)
    await stage.do(WithdrawChallenge(stage.challenges[1], programme=stage.programme, by=by))
    async with working(stage.kring):
        await stage.until_jobs(
            lambda found: len(found) == 3 and {one[0] for one in found} == {"done"}, "mail_challenge%"
        )
    received = mails(stage)
    assert sorted(received) == sorted(stage.electors)
    for number, person in enumerate(stage.electors):
        (mail,) = [one for one in received[person] if one["Subject"] not in OPEN.values()]
        assert ("withdrawn" if number == 2 else "teruggetrokken") in mail["Subject"]
        assert "– Vraagstuk <1> & co" in text(mail)
        assert "Vraagstuk <0>" not in text(mail)
        assert ("you can vote again" if number == 2 else "kun je opnieuw stemmen") in text(mail)
        assert "Toch niet" not in text(mail)


async def test_list_event_and_message_ids_of_a_mail_are_stable(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(hours=2))
    async with working(stage.kring):
        await stage.settled("mail%")
        before = mails(stage)
        await stage.kring.log.pool.execute("update jobs set state = 'due' where kind like 'mail%'")
        await stage.settled("mail%")
    (mail,) = mails(stage)[stage.electors[0]]
    assert [len(one) for one in mails(stage).values()] == [1, 1, 1]
    assert mail["Message-ID"] == before[stage.electors[0]][0]["Message-ID"]
    assert mail["Message-ID"].endswith("@kring.example>")
    assert mail["List-Id"] == f"Leergang 2016 <{stage.programme}.kring.example>"
    position = await stage.kring.log.pool.fetchval("select position from events where type = 'ballot.opened'")
    assert f"feit {position} " in text(mail)
    assert text(mail) == text(before[stage.electors[0]][0])
    assert ballot not in mail["Message-ID"]


async def test_mails_are_sent_by_smtp_if_a_server_is_configured(stage: Stage, letterbox: tuple[Letterbox, str]) -> None:
    box, url = letterbox
    await stage.open_ballot(closes_in=timedelta(hours=2))
    async with working(by_smtp(stage.kring, url)):
        await stage.settled("mail%")
    assert sorted(to for (to,), _ in box.received) == ["e0@example.org", "e1@example.org", "e2@example.org"]
    subjects = {to[0]: message["Subject"] for to, message in box.received}
    assert subjects == {"e0@example.org": OPEN["nl"], "e1@example.org": OPEN["nl"], "e2@example.org": OPEN["en"]}
    assert mails(stage) == {}


async def test_a_name_cannot_inject_headers_or_a_body(stage: Stage, letterbox: tuple[Letterbox, str]) -> None:
    box, url = letterbox
    hostile = "=?utf-8?q?a=0d=0aReply-To:_x=40y=0d=0a=0d=0aPay_here?="
    for number, person in enumerate(stage.electors):
        renamed = PersonDetailsChanged(person=person, name=Personal(f"{hostile} {number}"), email=None, language=None)
        await stage.do(Given(renamed))
    programme = ReviseProgramme(stage.programme, name=Label(hostile), edition=Label(hostile), by=stage.by())
    await stage.do(programme)
    await stage.open_ballot(closes_in=timedelta(hours=2))
    async with working(by_smtp(stage.kring, url)):
        await stage.settled("mail%")
    assert len(box.octets) == 3
    for raw in box.octets:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b" ")]
        assert [line.partition(b":")[0].decode() for line in lines] == [
            *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "Content-Language"),
            *("MIME-Version", "Content-Type"),
        ]
        assert body.startswith(b"--")
        assert raw.isascii()
        assert b"Pay here" not in raw


async def test_no_mail_is_lost_while_the_mail_server_is_down(stage: Stage, letterbox: tuple[Letterbox, str]) -> None:
    box, url = letterbox
    await stage.open_ballot(closes_in=timedelta(hours=2))
    async with working(by_smtp(stage.kring, "smtp://127.0.0.1:1")):
        await stage.until_jobs(lambda found: all(attempts > 1 for *_, attempts in found), "mail_ballot%")
    errors = "select error from job_attempts where number = 1 and key like 'mail_ballot%'"
    assert {row[0] for row in await stage.kring.log.pool.fetch(errors)} == {"SMTPConnectError"}
    async with working(by_smtp(stage.kring, url)):
        await stage.due_now("mail_ballot_opened")
        await stage.settled("mail%")
    assert len(box.received) == 3


async def test_only_electors_who_have_not_voted_are_reminded(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(days=2))
    await stage.vote(ballot, stage.electors[0])
    async with working(stage.kring):
        await stage.settled("mail_ballot_opened")
        await stage.due_now("mail_ballot_closing")
        await stage.settled("mail_ballot_closing")
    reminded = {
        person
        for person, received in mails(stage).items()
        for mail in received
        if mail["Subject"] in {"Leergang 2016: de stemming sluit binnenkort", "Leergang 2016: the ballot closes soon"}
    }
    assert reminded == set(stage.electors[1:])


async def test_no_reminder_is_sent_for_a_manually_closed_ballot(stage: Stage) -> None:
    ballot = await stage.open_ballot(closes_in=timedelta(days=2))
    await stage.do(CloseBallot(ballot, by=stage.by()))
    async with working(stage.kring):
        await stage.settled("mail_ballot_opened")
        await stage.due_now("mail_ballot_closing")
        await stage.settled("mail_ballot_closing")
    assert [len(received) for received in mails(stage).values()] == [1, 1, 1]


async def test_rule_3_an_elector_is_notified_of_a_paper_entered_by_someone_else(stage: Stage) -> None:
    ballot, elector = await stage.open_ballot(closes_in=timedelta(hours=2)), stage.electors[2]
    by: Caller = replace(stage.by(), reason=Words("On the phone."))
    await stage.do(CastVote(ballot, voter=elector, approvals=stage.challenges[:1], seal=stage.seal, by=by))
    async with working(stage.kring):
        await stage.settled("mail_paper_entered")
    (mail,) = [one for one in mails(stage)[elector] if "entered" in one["Subject"]]
    assert mail["Subject"] == "Leergang 2016: a ballot paper was entered for you"
    assert "On the phone" not in text(mail)


async def test_rule_10_the_current_facilitator_is_notified_of_a_cop_that_became_too_small(stage: Stage) -> None:
    guide, later, earlier, elsewhere = people = [PersonId(new_id("person")) for _ in range(4)]
    for number, one in enumerate(people):
        await stage.register(one, f"Guide {number}", f"g{number}@example.org", "nl")
    team, soon = TeamId(new_id("team")), now() + timedelta(days=1)
    formed = TeamFormed(
        team=team,
        programme=stage.programme,
        challenge=stage.challenges[0],
        organisation=None,
        number=1,
        members=tuple(sorted(stage.electors[:2])),
    )
    await stage.do(Given(formed))
    terms: list[tuple[PersonId, tuple[TeamId, ...], datetime | None, datetime | None]] = [
        (guide, (team,), None, soon),
        (later, (), soon, None),
        (earlier, (), None, now()),
        (elsewhere, (TeamId(new_id("team")),), None, None),
    ]
    for person, teams, from_, until in terms:
        assigned = FacilitatorAssigned(programme=stage.programme, person=person, teams=teams, from_=from_, until=until)
        await stage.do(Given(assigned))
    by = replace(stage.by(), reason=Words("Andere baan"))
    await stage.do(LeaveTeam(team, programme=stage.programme, person=stage.electors[0], by=by))
    async with working(stage.kring):
        await stage.settled("mail_team_small")
    small = {person: one for person, found in mails(stage).items() for one in found if "te klein" in one["Subject"]}
    assert set(small) == {guide}
    assert "heeft nog 1 lid;" in text(small[guide])
    assert "– Elector 1" in text(small[guide])


async def test_an_announcement_reaches_every_participant_in_their_language(stage: Stage) -> None:
    announcement, body = AnnouncementId(new_id("announcement")), "Neem laarzen mee,\r\n<en> een jas.\n\nTot maandag!"
    await stage.do(MakeAnnouncement(announcement, programme=stage.programme, text=Words(body), by=stage.by()))
    async with working(stage.kring):
        await stage.settled("mail_announcement")
    received = mails(stage)
    assert sorted(received) == sorted(stage.electors)
    subjects = [received[one][0]["Subject"] for one in stage.electors]
    assert subjects == ["Leergang 2016: een mededeling"] * 2 + ["Leergang 2016: an announcement"]
    (mail,) = received[stage.electors[0]]
    assert "\n\nNeem laarzen mee,\n<en> een jas.\n\nTot maandag!\n\n" in text(mail)
    assert "&lt;en&gt; een jas." in text(mail, "html")
    assert f"https://kring.example/api/v1/announcements/{announcement}" in text(mail)


async def test_the_mail_about_a_new_token_does_not_contain_it(stage: Stage) -> None:
    token = await issue_token(stage.kring.commands, "participant", person=stage.electors[0])
    async with working(stage.kring):
        await stage.settled("mail_token_issued")
    (mail,) = mails(stage)[stage.electors[0]]
    assert mail["Subject"] == "Kring: er is een toegangstoken voor je uitgegeven"
    assert "je rol van deelnemer" in text(mail).replace("jouw", "je")
    assert token not in mail.as_string()
    assert token.split("_", 2)[2] not in mail.as_string()


async def test_an_erased_person_gets_no_mail(stage: Stage) -> None:
    erased = stage.electors[0]
    stage.kring.keys.destroy(f"person/{erased}")
    await stage.open_ballot(closes_in=timedelta(hours=2))
    async with working(stage.kring):
        assert {state for state, *_ in await stage.settled("mail%")} == {"done"}
    assert sorted(mails(stage)) == sorted(stage.electors[1:])


async def test_no_mail_says_that_a_ballot_is_open_after_its_deadline(stage: Stage) -> None:
    await stage.open_ballot(closes_in=timedelta(seconds=0.3))
    await stage.kring.log.wait_beyond(10_000, 0.4)
    async with working(stage.kring):
        await stage.settled("mail%")
    assert mails(stage) == {}


async def test_no_job_holds_a_name_an_address_or_a_title(stage: Stage, tmp_path: Path) -> None:
    await stage.open_ballot(closes_in=timedelta(hours=2))
    async with working(stage.kring):
        await stage.settled("mail%")
    rows = str(await stage.kring.log.pool.fetch("select jobs::text from jobs"))
    assert stage.electors[0] in rows
    for plaintext in ("Elector", "example.org", "Vraagstuk"):
        assert plaintext not in rows


async def test_an_undeliverable_address_fails_its_own_job_only(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = PersonId(new_id("person"))
    email = Personal("a..b,c@<x>")  # which no command accepts any more
    await stage.do(Given(PersonRegistered(person=odd, name=Personal("Odd"), email=email, language=Code("nl"))))
    await issue_token(stage.kring.commands, "participant", person=odd)
    await issue_token(stage.kring.commands, "participant", person=stage.electors[0])
    monkeypatch.setattr(queue, "FIRST_PAUSE", timedelta())
    async with working(stage.kring):
        await stage.settled("mail%")
    assert sorted(mails(stage)) == [stage.electors[0]]
    failed = await stage.kring.log.pool.fetch("select kind from jobs where state = 'failed'")
    assert [one["kind"] for one in failed] == ["mail_token_issued"]


def test_times_in_mails_are_localised_across_daylight_saving_time() -> None:
    summer, winter = at("2016-10-29T22:30:00+00:00"), at("2016-10-30T22:30:00+00:00")
    assert date_and_time(summer, SentenceStyle("nl", names_zone=False), SPOKEN) == "30 oktober 2016 om 0.30 uur"
    assert date_and_time(winter, SentenceStyle("en", names_zone=False), SPOKEN) == "30 October 2016 at 23:30"


def test_every_mail_has_a_template_and_there_are_no_unused_ones() -> None:
    kinds = {kind.removeprefix("mail_") for kind in MAIL_CONTENTS}
    files = {one.name for one in (Path(engine.__file__).parent / "mail" / "templates").iterdir()}
    assert files == {"layout.txt", "layout.html"} | {f"{kind}.txt" for kind in kinds}
