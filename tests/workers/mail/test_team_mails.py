"""Mails about people who come and go in CoPs (rule 10), by a worker, from command to mailbox."""

from datetime import timedelta

from msgspec.structs import replace

from domain.administration.contacts import AppointContact
from domain.events.team import TeamFormed
from domain.foundation import Caller, ContactId, PersonId, TeamId, Words
from domain.teams.enrolment import AssignFacilitator, EnrolParticipant
from domain.teams.membership import AddMember, DissolveTeam, GrantWaiver, LeaveTeam, MergeTeams
from projections.challenges import CHALLENGES
from service.clock_and_ids import new_id, now
from tests.service.api.examples.team import Given
from tests.workers.examples.stage import Stage, working
from tests.workers.mail.examples.mails import mails, text


class Teams:
    """Two CoPs on two challenges, of two members and of one; a facilitator, and a commissioner of both challenges."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.first, self.second = TeamId(new_id("team")), TeamId(new_id("team"))
        self.guide, self.commissioner = PersonId(new_id("person")), PersonId(new_id("person"))

    async def form(self) -> "Teams":
        """Record them."""
        stage, electors = self.stage, self.stage.electors
        challenge = await stage.kring.commands.row(CHALLENGES, stage.challenges[0])
        assert challenge is not None
        assert challenge.organisation is not None
        for team, about, members in (
            (self.first, stage.challenges[0], electors[:2]),
            (self.second, stage.challenges[1], electors[2:]),
        ):
            formed = TeamFormed(
                team=team,
                programme=stage.programme,
                challenge=about,
                organisation=challenge.organisation,
                number=1,
                members=tuple(members),
            )
            await stage.do(Given(formed))
        await stage.register(self.guide, "Guide", "guide@example.org", "nl")
        await stage.register(self.commissioner, "Banker", "banker@example.org", "en")
        await stage.do(AssignFacilitator(stage.programme, person=self.guide, by=stage.by()))
        contact, bank = ContactId(new_id("contact")), challenge.organisation
        speaks = AppointContact(
            contact, organisation=bank, person=self.commissioner, role="commissioner", by=stage.by()
        )
        await stage.do(speaks)
        return self

    def why(self) -> Caller:
        """A manager with a reason, which no mail quotes."""
        return replace(self.stage.by(), reason=Words("Andere baan"))


SUBJECTS = {
    "team_small": "Leergang 2016: een CoP is te klein",
    "team_joined": "Leergang 2016: you are in a CoP now",
    "team_merged": "Leergang 2016: your CoP was merged",
    "team_ended": "Leergang 2016: a CoP on your challenge has ended",
}


async def only_mails(stage: Stage, *kinds: str) -> list[tuple[str, str]]:
    """Recipient and text of the only mail of each of these kinds, once all are written."""
    async with working(stage.kring):
        for kind in kinds:
            await stage.until_jobs(lambda found: {one[0] for one in found} == {"done"}, f"mail_{kind}")
    found: list[tuple[str, str]] = []
    for kind in kinds:
        (mail,) = [
            (person, text(one))
            for person, received in mails(stage).items()
            for one in received
            if one["Subject"] == SUBJECTS[kind]
        ]
        found.append(mail)
    return found


async def test_rule_10_facilitators_are_alerted_when_a_cop_falls_below_the_minimum(stage: Stage) -> None:
    teams = await Teams(stage).form()
    anna = stage.electors[0]
    await stage.do(LeaveTeam(teams.first, programme=stage.programme, person=anna, by=teams.why()))
    ((person, mail),) = await only_mails(stage, "team_small")
    assert person == teams.guide
    assert "heeft nog 1 lid; in deze leergang zijn er minstens 4 nodig" in mail
    assert "– Elector 1" in mail
    assert f"/api/v1/teams/{teams.first}" in mail
    assert "Andere baan" not in mail


async def test_rule_10_facilitators_are_alerted_only_once_a_waiver_expires(stage: Stage) -> None:
    teams = await Teams(stage).form()
    until = now().date() + timedelta(days=3)
    await stage.do(GrantWaiver(teams.first, programme=stage.programme, until=until, by=teams.why()))
    await stage.do(LeaveTeam(teams.first, programme=stage.programme, person=stage.electors[0], by=teams.why()))
    async with working(stage.kring):
        await stage.until_jobs(lambda found: sorted(one[0] for one in found) == ["done", "due"], "alert_of_small_team")
    assert await stage.jobs("mail_team_small") == []
    due = await stage.kring.log.pool.fetchval(
        "select due_at from jobs where kind = 'alert_of_small_team' and state = 'due'"
    )
    assert (due.date(), due.hour) == (until + timedelta(days=1), 12)


async def test_rule_10_a_late_joiner_is_mailed_their_challenge_and_team_mates(stage: Stage) -> None:
    teams = await Teams(stage).form()
    await stage.register(late := PersonId(new_id("person")), "Late", "late@example.org", "en")
    await stage.do(EnrolParticipant(stage.programme, person=late, organisation=None, by=stage.by()))
    await stage.do(AddMember(teams.first, programme=stage.programme, person=late, by=stage.by()))
    ((person, mail),) = await only_mails(stage, "team_joined")
    assert person == late
    assert "Vraagstuk <0> & co" in mail
    assert "– Elector 0\n– Elector 1\n– Late" in mail


async def test_rule_10_a_merger_is_mailed_to_merged_members_and_the_commissioner(stage: Stage) -> None:
    teams = await Teams(stage).form()
    await stage.do(MergeTeams(teams.second, programme=stage.programme, into=teams.first, by=teams.why()))
    (person, mail), (other, told_them) = await only_mails(stage, "team_merged", "team_ended")
    assert person == stage.electors[2]
    assert "Vraagstuk <0> & co" in mail
    assert other == teams.commissioner
    assert "Vraagstuk <1> & co" in told_them
    assert "merged into another CoP" in told_them
    assert "No CoP works on this challenge any more: it is closed." in told_them
    assert "Andere baan" not in told_them


async def test_rule_10_the_commissioner_is_notified_when_the_cop_is_dissolved(stage: Stage) -> None:
    teams = await Teams(stage).form()
    await stage.do(DissolveTeam(teams.first, programme=stage.programme, by=teams.why()))
    ((person, mail),) = await only_mails(stage, "team_ended")
    assert person == teams.commissioner
    assert "Vraagstuk <0> & co" in mail
    assert "was dissolved" in mail
    assert f"/api/v1/challenges/{stage.challenges[0]}" in mail
