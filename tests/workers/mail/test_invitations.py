"""Invitations by mail: at once, at the release, again, or not at all (rule 36)."""

import asyncio
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace

from domain.administration.contacts import AppointContact
from domain.events.people import PersonDetailsChanged
from domain.events.programme import ProgrammeConcluded
from domain.foundation import Caller, ContactId, Personal, PersonId, Words
from domain.programmes.inviting import HoldInvitations, ReleaseInvitations, ResendInvitation
from domain.programmes.programme import ReviseProgramme
from domain.teams.enrolment import (
    AppointManager,
    AssignFacilitator,
    EnrolParticipant,
    WithdrawParticipant,
)
from projections.challenges import CHALLENGES
from projections.programmes import PROGRAMMES
from service.clock_and_ids import new_id, now
from service.reading.invitations import Invitation, InvitationStatus, invitations_of_programme
from service.reading.options import ListOptions
from service.reading.reader import Reader
from tests.service.api.examples.team import Given
from tests.workers.examples.stage import Stage, at, working
from tests.workers.mail.examples.mails import Letterbox, by_smtp, mails, text
from workers import reactions
from workers.jobs import queue

INVITED = "mail_invitation"


async def newcomer(stage: Stage, name: str = "Nieuw", language: Any = "nl") -> PersonId:
    """Somebody who is registered, and has no role yet."""
    person = PersonId(new_id("person"))
    await stage.register(person, name, f"{name.lower()}@example.org", language)
    return person


async def boss(stage: Stage) -> Caller:
    """A manager with a name."""
    person = await newcomer(stage, "Karin")
    await stage.do(AppointManager(stage.programme, person=person, by=stage.by()))
    return Caller(role="manager", person=person, via=new_id("token"), at=now())


async def release(stage: Stage, by: Caller | None = None) -> None:
    await stage.do(ReleaseInvitations(stage.programme, by=by or stage.by()))


async def enrol(stage: Stage, person: PersonId, by: Caller | None = None) -> None:
    await stage.do(EnrolParticipant(stage.programme, person=person, organisation=None, by=by or stage.by()))


async def statuses(stage: Stage) -> dict[str, InvitationStatus]:
    """The status of each invitation, by id."""
    return {str(one.id): one.status for one in await invitations(stage)}


async def invitations(stage: Stage) -> list[Invitation]:
    """The invitations of the programme, as a manager sees them."""
    by = stage.by()
    found = await invitations_of_programme(Reader(stage.kring, by), stage.programme, ListOptions(as_of=by.at))
    return found.items


async def test_rule_36_an_invitation_says_what_it_is_about(stage: Stage, letterbox: tuple[Letterbox, str]) -> None:
    box, url = letterbox
    row = await stage.kring.commands.row(CHALLENGES, stage.challenges[0])
    programme = await stage.kring.commands.row(PROGRAMMES, stage.programme)
    assert row is not None
    assert row.organisation is not None
    assert programme is not None
    dated = ReviseProgramme(
        stage.programme,
        name=programme.name,
        edition=programme.edition,
        starts_on=at("2026-09-01T12:00:00+02:00").date(),
        ends_on=at("2199-06-30T12:00:00+02:00").date(),
        by=stage.by(),
    )
    await stage.do(dated)
    karin = await boss(stage)
    await release(stage)
    anna, bob, carl = [await newcomer(stage, one, "en" if one == "Bob" else "nl") for one in ("Anna", "Bob", "Carl")]
    await stage.do(EnrolParticipant(stage.programme, person=anna, organisation=row.organisation, by=karin))
    until = at("2199-01-31T17:00:00+01:00")
    await stage.do(AssignFacilitator(stage.programme, person=bob, until=until, by=karin))
    await stage.do(
        AppointContact(
            ContactId(new_id("contact")),
            organisation=row.organisation,
            person=carl,
            role="commissioner",
            challenges=stage.challenges[:2],
            by=karin,
        )
    )
    async with working(by_smtp(stage.kring, url)):
        await stage.until_jobs(lambda found: len(found) == 11 and {one[0] for one in found} == {"done"}, INVITED)
    received = {to[0]: message for to, message in box.received}
    to_anna, to_bob, to_carl = (received[f"{one}@example.org"] for one in ("anna", "bob", "carl"))
    assert to_anna["Subject"] == "Leergang 2016: uitnodiging"
    said = text(to_anna)
    assert "Karin nodigt je uit voor Leergang 2016.\n" in said
    assert "De leergang loopt van 1 september 2026 tot en met 30 juni 2199." in said
    assert "Je doet mee namens Rabobank." in said
    assert "Meld je aan met dit adres: anna@example.org." in said
    assert "https://kring.example/sign-in\n" in said
    assert 'href="https://kring.example/sign-in"' in text(to_anna, "html")
    assert to_bob["Subject"] == "Leergang 2016: you are invited"
    assert "Karin has invited you to Leergang 2016." in text(to_bob)
    assert "You are a facilitator.\nThis ends on 31 January 2199 at 17:00." in text(to_bob)
    assert "Je bent opdrachtgever namens Rabobank, voor deze vraagstukken:\n– Vraagstuk <0> & co\n" in text(to_carl)
    assert "Vraagstuk <2>" not in text(to_carl)
    assert to_carl["List-Id"] == f"Leergang 2016 <{stage.programme}.kring.example>"


async def test_rule_36_held_invitations_are_sent_once_at_the_release(
    stage: Stage, letterbox: tuple[Letterbox, str]
) -> None:
    box, url = letterbox
    async with working(by_smtp(stage.kring, url)):
        await stage.until_jobs(lambda found: len(found) == 3 and {one[0] for one in found} == {"done"}, INVITED)
        assert box.received == []
        assert set((await statuses(stage)).values()) == {"held_back"}
        await release(stage)
        await stage.until_jobs(lambda found: len(found) == 6 and {one[0] for one in found} == {"done"}, INVITED)
        assert set((await statuses(stage)).values()) == {"sent"}
        await stage.do(HoldInvitations(stage.programme, by=stage.by()))
        later = await newcomer(stage)
        await enrol(stage, later)
        await release(stage)
        await stage.until_jobs(lambda found: len(found) == 8 and {one[0] for one in found} == {"done"}, INVITED)
    to = sorted(one[0] for one, _ in box.received)
    assert to == ["e0@example.org", "e1@example.org", "e2@example.org", "nieuw@example.org"]


async def test_rule_36_a_crash_between_sends_no_invitation_twice(stage: Stage) -> None:
    await release(stage)
    async with working(stage.kring):
        await stage.until_jobs(lambda found: len(found) == 6 and {one[0] for one in found} == {"done"}, INVITED)
    # As if the worker had died before it recorded the outcomes, and the reactor before it recorded its progress.
    await stage.kring.log.pool.execute("update jobs set state = 'due', settled_at = null")
    await stage.kring.log.pool.execute("update reactions set position = 0")
    async with working(stage.kring):
        await stage.until_jobs(lambda found: len(found) == 6 and {one[0] for one in found} == {"done"}, INVITED)
    assert [len(one) for one in mails(stage).values()] == [1, 1, 1]


async def test_rule_36_one_mail_names_all_roles_that_waited(stage: Stage) -> None:
    row = await stage.kring.commands.row(CHALLENGES, stage.challenges[0])
    assert row is not None
    assert row.organisation is not None
    person = stage.electors[2]
    appointment = AppointContact(
        ContactId(new_id("contact")),
        organisation=row.organisation,
        person=person,
        role="auditor",
        challenges=stage.challenges[:1],
        by=stage.by(),
    )
    await stage.do(appointment)
    await release(stage)
    async with working(stage.kring):
        await stage.until_jobs(lambda found: len(found) == 7 and {one[0] for one in found} == {"done"}, INVITED)
    (mail,) = mails(stage)[person]
    assert "You take part on your own account." in text(mail)
    assert "You are auditor for Rabobank, for these challenges:" in text(mail)
    assert text(mail).startswith("Hello Elector 2,\n\nYou are invited to Leergang 2016."), "by a token without a person"


@pytest.mark.parametrize("over", ["withdrew", "concluded"])
async def test_rule_36_nobody_is_invited_to_what_ended_before(stage: Stage, over: str) -> None:
    person = stage.electors[0]
    await release(stage)
    if over == "withdrew":
        by = replace(stage.by(), reason=Words("Toch niet."))
        await stage.do(WithdrawParticipant(stage.programme, person=person, by=by))
    else:
        await stage.do(Given(ProgrammeConcluded(programme=stage.programme, teams=())))
    async with working(stage.kring):
        await stage.until_jobs(lambda found: len(found) == 6 and {one[0] for one in found} == {"done"}, INVITED)
    assert person not in mails(stage)
    assert (person in await statuses(stage)) == (over == "concluded")


async def test_rule_36_an_invitation_goes_to_the_present_address(
    stage: Stage, letterbox: tuple[Letterbox, str]
) -> None:
    box, url = letterbox
    await release(stage)
    moved = PersonDetailsChanged(
        person=stage.electors[0], name=None, email=Personal("anders@example.org"), language=None
    )
    await stage.do(Given(moved))
    async with working(by_smtp(stage.kring, url)):
        await stage.until_jobs(lambda found: len(found) == 6 and {one[0] for one in found} == {"done"}, INVITED)
    (mail,) = [message for to, message in box.received if to == ["anders@example.org"]]
    assert "Meld je aan met dit adres: anders@example.org." in text(mail)


async def test_rule_36_a_contact_for_all_challenges_is_invited_at_once(stage: Stage) -> None:
    row = await stage.kring.commands.row(CHALLENGES, stage.challenges[0])
    assert row is not None
    assert row.organisation is not None
    person = await newcomer(stage)
    appointment = AppointContact(
        ContactId(new_id("contact")), organisation=row.organisation, person=person, role="commissioner", by=stage.by()
    )
    await stage.do(appointment)
    async with working(stage.kring):
        await stage.until_jobs(lambda found: len(found) == 4 and {one[0] for one in found} == {"done"}, INVITED)
    (mail,) = mails(stage)[person]
    assert mail["Subject"] == "Kring: uitnodiging"
    assert "Je bent opdrachtgever namens Rabobank, voor al haar vraagstukken." in text(mail)
    assert mail["List-Id"] == "Kring <house.kring.example>"


class Refusing(Letterbox):
    """A mail server that knows only some addresses."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code, self.knows_all = code, False

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802  of aiosmtpd
        if address == "e0@example.org" and not self.knows_all:
            return f"{self.code} no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.mark.parametrize(("code", "status", "error"), [(550, "refused", "MailRefused"), (450, "waiting", None)])
async def test_rule_36_a_refused_invitation_is_visible_and_sent_again(
    stage: Stage, code: int, status: InvitationStatus, error: str | None
) -> None:
    box = Refusing(code)

    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    refused, taken = stage.electors[0], stage.electors[1]
    await release(stage)
    async with working(by_smtp(stage.kring, url)):
        await stage.until_jobs(
            lambda found: (
                len(found) == 6 and sum(one[0] == "done" for one in found) == 5 and max(one[2] for one in found) > 1
            ),
            INVITED,
        )
        assert await statuses(stage) | {refused: status, taken: "sent"} == await statuses(stage)
        (found,) = [one for one in await invitations(stage) if one.id == refused]
        assert found.error == (error or "SMTPRecipientsRefused")
        assert found.sent_at is None
        box.knows_all = True
        await stage.do(ResendInvitation(stage.programme, person=refused, by=stage.by()))
        await stage.due_now(INVITED)
        await stage.until_jobs(lambda found: len(found) == 7 and {one[0] for one in found} == {"done"}, INVITED)
    server.close()
    (found,) = [one for one in await invitations(stage) if one.id == refused]
    assert (found.status, found.error) == ("sent", None)
    assert found.sent_at is not None
    assert found.again_from is not None


async def test_an_invitation_without_a_job_counts_as_sent_after_a_month(stage: Stage) -> None:
    await release(stage)
    assert set((await statuses(stage)).values()) == {"waiting"}
    later = replace(stage.by(), at=now() + queue.RETENTION)
    reader = Reader(stage.kring, later)
    found = await invitations_of_programme(reader, stage.programme, ListOptions(as_of=await stage.kring.log.head()))
    assert {one.status for one in found.items} == {"sent"}


def test_every_event_that_invites_has_a_reaction() -> None:
    (mailing,) = [one for one in reactions.REACTIONS if one.name == "mails"]
    inviting = {one.__name__ for one, jobs_of in mailing.on.items() if jobs_of is reactions.invite}
    assert inviting == {"ManagerAppointed", "ParticipantEnrolled", "FacilitatorAssigned", "ContactAppointed"}
