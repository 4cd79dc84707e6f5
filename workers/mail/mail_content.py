"""The content of each mail: for a job, the template and its values. Nothing of it is stored.

Values are folded from events, not read from views, which may be behind the job. None means that there is nothing to send any
more.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeVar

from msgspec import Struct

from domain.events.ballot import BallotOpened
from domain.events.roles import ContactAppointed, FacilitatorAssigned, TokenIssued
from domain.events.team import TeamFormed
from domain.foundation import (
    AnnouncementId,
    BallotId,
    ChallengeId,
    ContactId,
    NotFound,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
    Text,
    TokenId,
)
from projections.announcements import ANNOUNCEMENTS
from projections.ballots import BALLOTS, PAPERS
from projections.challenges import CHALLENGES
from projections.derived.invitations import Invited, events_about, invitees
from projections.people import ORGANISATIONS, PEOPLE
from projections.programmes import PROGRAMMES, Programme
from projections.teams import TEAMS
from projections.view import View
from projections.wording.sentences import HOME
from service import ballot_papers
from service.auth.devices import Device
from service.auth.sign_in import MAIL_JOB
from service.auth.sign_in import PATH as SIGN_IN_PATH
from service.auth.sign_in_secrets import code_of, link_of
from service.clock_and_ids import now
from service.kring import Kring
from service.reading.invitations import INVITATION_JOB, organisation_of, role_of
from service.sealing.sealed_fields import email_key
from service.store.sign_in import requests
from service.store.unsealing import open_texts
from workers.jobs.queue import Claimed

Row = TypeVar("Row", bound=Struct)

API = "/api/v1/"
GENERAL_LIST = "house"
"""The mailing list of mails that belong to no programme."""


class MailContent(NamedTuple):
    """The content of a mail: template, values, the path that it links to, and its mailing list.

    `zone`: the time zone of its times; `names_zone`: whether to name that zone, for mails that belong to no programme. `to`: the
    recipient, if the job does not name them. `about_event`: whether an event requires the mail.
    """

    template: str
    names: Mapping[str, object]
    path: str
    list_id: str
    list_name: str
    zone: str
    names_zone: bool = False
    to: PersonId | None = None
    about_event: bool = True


async def ballot_opened(kring: Kring, job: Claimed) -> MailContent | None:
    """You can vote. None once the deadline has passed."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    return None if opened.closes_at <= now() else await _on_ballot(kring, "ballot_opened", opened)


async def ballot_closing(kring: Kring, job: Claimed) -> MailContent | None:
    """The ballot closes soon and you have not voted. None if the elector has voted or the ballot is closed."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    ballot = await row(kring, BALLOTS, opened.ballot)
    voted = await row(kring, PAPERS, f"{job.arguments['person']}/{opened.ballot}")
    if voted is not None or ballot is None or ballot.status != "open" or opened.closes_at <= now():
        return None
    return await _on_ballot(kring, "ballot_closing", opened)


async def paper_entered(kring: Kring, job: Claimed) -> MailContent | None:
    """Somebody else entered a paper for you."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    return await _on_ballot(kring, "paper_entered", opened)


async def challenge_struck(kring: Kring, job: Claimed) -> MailContent | None:
    """A challenge was struck from a ballot of yours. None once it is counted."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    ballot = await row(kring, BALLOTS, opened.ballot)
    if ballot is None or ballot.status not in {"open", "closed"}:
        return None
    content = await _on_ballot(kring, "challenge_struck", opened)
    struck = (await _titles(kring, (ChallengeId(job.arguments["challenge"]),)))[0]
    running = ballot.status == "open" and opened.closes_at > now()
    return content._replace(names={**content.names, "struck": struck, "running": running})


async def team_formed(kring: Kring, job: Claimed) -> MailContent | None:
    """You are in a new CoP: its members and challenge."""
    formed = await _event(kring, TeamFormed, TeamId(job.arguments["team"]))
    programme = await _programme(kring, formed.programme)
    names = {
        "programme": _named(programme),
        "challenge": (await _titles(kring, (formed.challenge,)))[0],
        "members": await _people(kring, formed.members),
    }
    return _in_programme("team_formed", names, f"{API}teams/{formed.team}", programme)


async def announcement(kring: Kring, job: Claimed) -> MailContent | None:
    """An announcement to all participants of a programme. None once it was withheld."""
    made = await row(kring, ANNOUNCEMENTS, AnnouncementId(job.arguments["announcement"]))
    if made is None or made.text.text is None:
        return None
    programme = await _programme(kring, made.programme)
    names = {"programme": _named(programme), "text": "\n".join(made.text.text.splitlines())}
    return _in_programme("announcement", names, f"{API}announcements/{made.id}", programme)


async def team_joined(kring: Kring, job: Claimed) -> MailContent | None:
    """You have joined an existing CoP. None if the person has left it since."""
    return await _on_team(
        kring, "team_joined", TeamId(job.arguments["team"]), only_to=PersonId(job.arguments["person"])
    )


async def team_merged(kring: Kring, job: Claimed) -> MailContent | None:
    """Your CoP merged into another: its members and challenge."""
    return await _on_team(
        kring, "team_merged", TeamId(job.arguments["into"]), only_to=PersonId(job.arguments["person"])
    )


async def team_small(kring: Kring, job: Claimed) -> MailContent | None:
    """A CoP that you facilitate is below the minimum size."""
    return await _on_team(kring, "team_small", TeamId(job.arguments["team"]))


async def team_ended(kring: Kring, job: Claimed) -> MailContent | None:
    """A CoP on your challenge merged or was dissolved, and whether another one still works on it."""
    found = await row(kring, TEAMS, TeamId(job.arguments["team"]))
    challenge = found and await row(kring, CHALLENGES, found.challenge)
    if found is None or challenge is None:
        return None
    programme = await _programme(kring, found.programme)
    names = {
        "programme": _named(programme),
        "challenge": challenge.title.text or "…",
        "merged": found.status == "merged",
        "another_continues": bool(challenge.active_teams),
        "closed": challenge.status == "closed",
    }
    return _in_programme("team_ended", names, f"{API}challenges/{challenge.id}", programme)


async def _on_team(kring: Kring, template: str, team: TeamId, *, only_to: PersonId | None = None) -> MailContent | None:
    """A mail about a CoP as it is now. `only_to`: None unless this person is still a member."""
    found = await row(kring, TEAMS, team)
    if found is None or (only_to is not None and only_to not in found.members):
        return None
    programme = await _programme(kring, found.programme)
    names = {
        "programme": _named(programme),
        "challenge": (await _titles(kring, (found.challenge,)))[0],
        "members": await _people(kring, found.members),
        "least": programme.policies.min_team,
    }
    return _in_programme(template, names, f"{API}teams/{team}", programme)


async def token_issued(kring: Kring, job: Claimed) -> MailContent | None:
    """A token was issued for you. The mail does not contain the token itself."""
    issued = await _event(kring, TokenIssued, TokenId(job.arguments["token"]))
    names = {"role": issued.role, "expires_at": issued.expires_at}
    return MailContent("token_issued", names, f"{API}tokens", GENERAL_LIST, "Kring", HOME, names_zone=True)


async def sign_in(kring: Kring, job: Claimed) -> MailContent | None:
    """The link and code of a request to sign in.

    None if nobody has the address, or not any more, and once the request was used or has expired.
    """
    asked = await requests.find(kring.log.pool, job.arguments["request"])
    if asked is None or asked.is_over or asked.person is None:
        return None
    person = await row(kring, PEOPLE, asked.person)
    if person is None or person.email is None or person.email.text is None:
        return None
    if email_key(kring.keys.secret("store/email"), person.email.text) != asked.address:
        return None
    device = Device(*asked.asked_by)
    names = {
        "code": code_of(kring.keys, asked.id),
        "device": Text(en=device.in_language("en"), nl=device.in_language("nl")),
        "asked_at": asked.created_at,
        "expires_at": asked.expires_at,
    }
    return MailContent(
        "sign_in",
        names,
        SIGN_IN_PATH + link_of(kring.keys, asked.id),
        GENERAL_LIST,
        "Kring",
        HOME,
        names_zone=True,
        to=asked.person,
        about_event=False,
    )


async def invitation(kring: Kring, job: Claimed) -> MailContent | None:
    """You have a role: which, who invites you, and how to sign in (rule 36).

    None if the invitation is held back, if the role has ended since, and once the programme is over.
    """
    about, person = job.arguments["about"], PersonId(job.arguments["person"])
    in_programme = about.startswith("programme_")
    programme = await _programme(kring, ProgrammeId(about)) if in_programme else None
    within = None if programme is None else programme.id
    events = await kring.commands.events(*events_about(ProgrammeId(about) if within else ContactId(about), person))
    required = invitees(events, within, until=int(job.arguments["event"])).required_by(
        int(job.arguments["event"]), person
    )
    current = invitees(events, within)
    roles = [one for one in current.invited if required.get(one.id) == one.position]
    invited = await row(kring, PEOPLE, person)
    if not roles or current.is_over(now()) or invited is None or invited.email is None or invited.email.text is None:
        return None
    inviters = {at.actor for _, at in events if str(at.position) == job.arguments["event"]}
    names = {
        "programme": None if programme is None else _named(programme),
        "starts_on": programme and programme.starts_on,
        "ends_on": programme and programme.ends_on,
        "inviter": next(iter(await _people(kring, tuple(PersonId(one) for one in inviters))), None),
        "roles": [await _role(kring, one) for one in roles],
        "address": invited.email.text,
    }
    path = SIGN_IN_PATH.rstrip("/")
    if programme is not None:
        return _in_programme("invitation", names, path, programme)
    return MailContent("invitation", names, path, GENERAL_LIST, "Kring", HOME, names_zone=True)


async def _role(kring: Kring, one: Invited) -> list[object]:
    """A role for the template: its word, its organisation, the titles of its challenges, its beginning and end."""
    event, organisation = one.event, organisation_of(one.event)
    found = None if organisation is None else await row(kring, ORGANISATIONS, organisation)
    begins, ends = (event.from_, event.until) if isinstance(event, FacilitatorAssigned) else (None, None)
    titles: list[str] = []
    if isinstance(event, ContactAppointed):
        begins, titles = event.effective_from, await _titles(kring, event.challenges)
    return [role_of(event), None if found is None else found.name, titles, begins, ends]


MAIL_CONTENTS: Mapping[str, Callable[[Kring, Claimed], Awaitable[MailContent | None]]] = {
    "mail_announcement": announcement,
    "mail_ballot_opened": ballot_opened,
    "mail_ballot_closing": ballot_closing,
    "mail_challenge_struck": challenge_struck,
    "mail_paper_entered": paper_entered,
    INVITATION_JOB: invitation,
    MAIL_JOB: sign_in,
    "mail_team_ended": team_ended,
    "mail_team_formed": team_formed,
    "mail_team_joined": team_joined,
    "mail_team_merged": team_merged,
    "mail_team_small": team_small,
    "mail_token_issued": token_issued,
}


async def row(kring: Kring, view: View[Row], key: str) -> Row | None:
    """The current row of `key`, folded from the events under its tags, with its texts decrypted."""
    found = await kring.commands.row(view, key)
    await open_texts(kring.log, kring.keys, [found])
    return found


async def _on_ballot(kring: Kring, template: str, opened: BallotOpened) -> MailContent:
    programme = await _programme(kring, opened.programme)
    names = {
        "programme": _named(programme),
        "closes_at": opened.closes_at,
        "seats": opened.seats,
        "challenges": await _titles(kring, opened.challenge_ids),
    }
    return _in_programme(template, names, f"{API}ballots/{opened.ballot}", programme)


def _in_programme(template: str, names: Mapping[str, object], path: str, programme: Programme) -> MailContent:
    return MailContent(template, names, path, programme.id, _named(programme), programme.timezone)


def _named(programme: Programme) -> str:
    return f"{programme.name} {programme.edition}"


async def _programme(kring: Kring, programme: ProgrammeId) -> Programme:
    found = await row(kring, PROGRAMMES, programme)
    if found is None:
        raise NotFound
    return found


async def _titles(kring: Kring, challenges: tuple[ChallengeId, ...]) -> list[str]:
    """The titles of challenges; an ellipsis for one that was withheld."""
    rows = [await row(kring, CHALLENGES, one) for one in challenges]
    return [found.title.text or "…" for found in rows if found is not None]


async def _people(kring: Kring, people: tuple[PersonId, ...]) -> list[str]:
    """The names of people, sorted; an ellipsis for an erased person."""
    rows = [await row(kring, PEOPLE, one) for one in people]
    return sorted(found.name.text or "…" for found in rows if found is not None)


Kind = TypeVar("Kind", BallotOpened, TeamFormed, TokenIssued)


async def _event(kring: Kring, kind: type[Kind], about: str) -> Kind:
    """The first event of this type under this tag. Raises `NotFound`."""
    for event, _ in await kring.commands.events(Selector(types=[kind], tags=[about])):
        if isinstance(event, kind):
            return event
    raise NotFound
