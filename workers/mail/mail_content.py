"""What each mail is about: for a job, the template and what it names. Nothing of it is kept.

Read from the events themselves, not from tables that may lag behind the job. None where there is nothing to tell any more.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeVar

from msgspec import Struct

from domain.events.ballot import BallotOpened
from domain.events.roles import TokenIssued
from domain.events.team import TeamFormed
from domain.foundation import (
    AnnouncementId,
    BallotId,
    ChallengeId,
    NotFound,
    PersonId,
    ProgrammeId,
    Selector,
    TeamId,
    TokenId,
)
from projections.announcements import ANNOUNCEMENTS
from projections.ballots import BALLOTS, PAPERS
from projections.challenges import CHALLENGES
from projections.people import PEOPLE
from projections.programmes import PROGRAMMES, Programme
from projections.teams import TEAMS
from projections.view import View
from projections.wording.sentences import HOME
from service import ballot_papers
from service.clock_and_ids import now
from service.kring import Kring
from service.store.unsealing import open_texts
from workers.jobs.queue import Claimed

Row = TypeVar("Row", bound=Struct)

HOUSE = "house"
"""The list of mails that belong to no programme."""


class Letter(NamedTuple):
    """A mail to be: its template, what that names, where the thing can be seen, and the list of mails that it belongs to.

    `zone`: in which its times are told; `names_zone`: and that it says so, as it is nobody's programme's.
    """

    template: str
    names: Mapping[str, object]
    path: str
    list_id: str
    list_name: str
    zone: str
    names_zone: bool = False


async def ballot_opened(kring: Kring, job: Claimed) -> Letter | None:
    """You can vote. Nothing once the deadline has passed."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    return None if opened.closes_at <= now() else await _on_ballot(kring, "ballot_opened", opened)


async def ballot_closing(kring: Kring, job: Claimed) -> Letter | None:
    """The ballot closes soon and you have not voted. Nothing to who has, or once it is closed."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    ballot = await row(kring, BALLOTS, opened.ballot)
    voted = await row(kring, PAPERS, f"{job.arguments['person']}/{opened.ballot}")
    if voted is not None or ballot is None or ballot.status != "open" or opened.closes_at <= now():
        return None
    return await _on_ballot(kring, "ballot_closing", opened)


async def paper_entered(kring: Kring, job: Claimed) -> Letter | None:
    """Somebody entered a paper for you."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    return await _on_ballot(kring, "paper_entered", opened)


async def challenge_struck(kring: Kring, job: Claimed) -> Letter | None:
    """A challenge was struck from a ballot of yours. Nothing once it is counted."""
    opened = await ballot_papers.opening(kring.commands, BallotId(job.arguments["ballot"]))
    ballot = await row(kring, BALLOTS, opened.ballot)
    if ballot is None or ballot.status not in {"open", "closed"}:
        return None
    letter = await _on_ballot(kring, "challenge_struck", opened)
    struck = (await _titles(kring, (ChallengeId(job.arguments["challenge"]),)))[0]
    running = ballot.status == "open" and opened.closes_at > now()
    return letter._replace(names={**letter.names, "struck": struck, "running": running})


async def team_formed(kring: Kring, job: Claimed) -> Letter | None:
    """You are in a CoP, with whom, on which challenge."""
    formed = await _event(kring, TeamFormed, TeamId(job.arguments["team"]))
    programme = await _programme(kring, formed.programme)
    names = {
        "programme": _named(programme),
        "challenge": (await _titles(kring, (formed.challenge,)))[0],
        "members": await _people(kring, formed.members),
    }
    return _in_programme("team_formed", names, f"teams/{formed.team}", programme)


async def announcement(kring: Kring, job: Claimed) -> Letter | None:
    """What the programme tells all of its participants. Nothing once it was withheld."""
    made = await row(kring, ANNOUNCEMENTS, AnnouncementId(job.arguments["announcement"]))
    if made is None or made.text.text is None:
        return None
    programme = await _programme(kring, made.programme)
    names = {"programme": _named(programme), "text": "\n".join(made.text.text.splitlines())}
    return _in_programme("announcement", names, f"announcements/{made.id}", programme)


async def team_joined(kring: Kring, job: Claimed) -> Letter | None:
    """You are in a CoP that was at work already. Nothing to who has left it since."""
    return await _on_team(
        kring, "team_joined", TeamId(job.arguments["team"]), only_to=PersonId(job.arguments["person"])
    )


async def team_merged(kring: Kring, job: Claimed) -> Letter | None:
    """Your CoP went up in another: with whom you work now, on what."""
    return await _on_team(
        kring, "team_merged", TeamId(job.arguments["into"]), only_to=PersonId(job.arguments["person"])
    )


async def team_small(kring: Kring, job: Claimed) -> Letter | None:
    """A CoP that you guide is below the smallest size."""
    return await _on_team(kring, "team_small", TeamId(job.arguments["team"]))


async def team_ended(kring: Kring, job: Claimed) -> Letter | None:
    """A CoP on your challenge merged or was dissolved; whether another one works on it still."""
    found = await row(kring, TEAMS, TeamId(job.arguments["team"]))
    challenge = found and await row(kring, CHALLENGES, found.challenge)
    if found is None or challenge is None:
        return None
    programme = await _programme(kring, found.programme)
    names = {
        "programme": _named(programme),
        "challenge": challenge.title.text or "…",
        "merged": found.status == "merged",
        "goes_on": bool(challenge.going_on),
        "closed": challenge.status == "closed",
    }
    return _in_programme("team_ended", names, f"challenges/{challenge.id}", programme)


async def _on_team(kring: Kring, template: str, team: TeamId, *, only_to: PersonId | None = None) -> Letter | None:
    """A letter about a CoP as it is now; to a member, if they still are one."""
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
    return _in_programme(template, names, f"teams/{team}", programme)


async def token_issued(kring: Kring, job: Claimed) -> Letter | None:
    """A token was issued in your name. The token itself stands in no mail."""
    issued = await _event(kring, TokenIssued, TokenId(job.arguments["token"]))
    names = {"role": issued.role, "expires_at": issued.expires_at}
    return Letter("token_issued", names, "tokens", HOUSE, "Kring", HOME, names_zone=True)


LETTERS: Mapping[str, Callable[[Kring, Claimed], Awaitable[Letter | None]]] = {
    "mail_announcement": announcement,
    "mail_ballot_opened": ballot_opened,
    "mail_ballot_closing": ballot_closing,
    "mail_challenge_struck": challenge_struck,
    "mail_paper_entered": paper_entered,
    "mail_team_ended": team_ended,
    "mail_team_formed": team_formed,
    "mail_team_joined": team_joined,
    "mail_team_merged": team_merged,
    "mail_team_small": team_small,
    "mail_token_issued": token_issued,
}


async def row(kring: Kring, view: View[Row], key: str) -> Row | None:
    """The row of `key` as the log knows it now, its texts opened: the view's folds over the events under its tags."""
    found = await kring.commands.row(view, key)
    await open_texts(kring.log, kring.keys, [found])
    return found


async def _on_ballot(kring: Kring, template: str, opened: BallotOpened) -> Letter:
    programme = await _programme(kring, opened.programme)
    names = {
        "programme": _named(programme),
        "closes_at": opened.closes_at,
        "seats": opened.seats,
        "challenges": await _titles(kring, opened.challenge_ids),
    }
    return _in_programme(template, names, f"ballots/{opened.ballot}", programme)


def _in_programme(template: str, names: Mapping[str, object], path: str, programme: Programme) -> Letter:
    return Letter(template, names, path, programme.id, _named(programme), programme.timezone)


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
    """The names of people, in their order; an ellipsis for who was erased."""
    rows = [await row(kring, PEOPLE, one) for one in people]
    return sorted(found.name.text or "…" for found in rows if found is not None)


Kind = TypeVar("Kind", BallotOpened, TeamFormed, TokenIssued)


async def _event(kring: Kring, kind: type[Kind], about: str) -> Kind:
    """The first event of this kind under this tag. Raises `NotFound`."""
    for event, _ in await kring.commands.events(Selector(types=[kind], tags=[about])):
        if isinstance(event, kind):
            return event
    raise NotFound
