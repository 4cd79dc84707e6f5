"""Challenges over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.ballots.choosing import ChooseChallenges, How
from domain.challenges.challenge import AdmitChallenge, DeclineChallenge, ProposeChallenge
from domain.challenges.revising import ReviseChallenge
from domain.foundation import ChallengeId, NotFound, OrganisationId, PersonId, ProgrammeId, Text, Words
from domain.people.rights import Rights
from domain.spanning.withdrawing import RecommissionChallenge, WithdrawChallenge
from projections.ballots import RESULTS
from projections.challenges import CHALLENGES, CHALLENGES_OF_PROGRAMME, Challenge
from projections.programmes import PROGRAMMES, Programme
from service.api.http.bodies import Body, Prose, Title
from service.api.requests.request_context import RequestContext
from service.reading.options import BadText, ListOptions, Page, ReadOptions
from service.reading.reader import Reader


class NewChallenge(Body):
    """A challenge of an organisation. `proposer_id`: for whom a facilitator enters it."""

    title: Title
    context: Prose
    organisation_id: OrganisationId
    wish: Prose | None = None
    proposer_id: PersonId | None = None


class Revision(Body):
    """The texts that change, one at least; the others stay."""

    title: Title | None = None
    context: Prose | None = None
    wish: Prose | None = None


class Recommission(Body):
    """For whom a withdrawn challenge goes on; without `organisation_id` in the public interest. `reason` is required."""

    organisation_id: OrganisationId | None = None


class Choice(Body):
    """Challenges chosen without a ballot, and how. `reason` is required."""

    challenge_ids: Annotated[tuple[ChallengeId, ...], Meta(min_length=1, max_length=200)]
    how: How


def words(text: str | None) -> Words | None:
    """A text to be sealed, where there is one."""
    return None if text is None else Words(text)


def sees(rights: Rights, row: Challenge) -> bool:
    """A challenge is seen inside its programme, and by the contacts of its organisation."""
    return rights.belongs_to(row.programme) or rights.reads_for((row.organisation,), row.id, programme=row.programme)


class ChallengesOfProgramme(Controller):
    path = "/programmes/{programme:str}/challenges"
    tags = ("Challenges",)

    @post()
    async def propose(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewChallenge], context: NamedDependency[RequestContext]
    ) -> Response[Challenge]:
        """Propose a challenge."""
        return await context.create(
            "challenge",
            data,
            lambda new, by: ProposeChallenge(
                new,
                programme=programme,
                organisation=data.organisation_id,
                proposer=data.proposer_id,
                title=Words(data.title),
                context=Words(data.context),
                wish=words(data.wish),
                by=by,
            ),
            CHALLENGES,
        )

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Challenge]:
        """Show the challenge board: all of it inside the programme, to contacts the challenges that they speak for."""
        rights = await reader.rights()
        inside, organisations = await reader.audience(programme, listing.reading)
        return await reader.page(
            CHALLENGES,
            CHALLENGES_OF_PROGRAMME,
            programme,
            inside,
            organisations,
            listing=listing,
            scope=programme,
            sees=lambda row: sees(rights, row),
        )


class ChoiceOfProgramme(Controller):
    path = "/programmes/{programme:str}/choice"
    tags = ("Challenges",)

    @post(status_code=200)
    async def choose(
        self, programme: FromPath[ProgrammeId], data: JSONBody[Choice], context: NamedDependency[RequestContext]
    ) -> Response[Programme]:
        """Choose challenges without a ballot, and say how and why."""
        if len(set(data.challenge_ids)) != len(data.challenge_ids):
            raise BadText("challenge_ids", Text(en="names a challenge twice", nl="noemt een vraagstuk twee keer"))
        return await context.execute(
            data,
            lambda by: ChooseChallenges(programme, challenges=data.challenge_ids, how=data.how, by=by),
            PROGRAMMES,
            programme,
        )


class Challenges(Controller):
    path = "/challenges/{challenge:str}"
    tags = ("Challenges",)

    @get()
    async def one(
        self, challenge: FromPath[ChallengeId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Challenge:
        """Show a challenge."""
        return await reader.visible_row(CHALLENGES, challenge, sees, reading)

    @post("/admission", status_code=200)
    async def admit(
        self,
        challenge: FromPath[ChallengeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Challenge]:
        """Take a challenge up in the programme."""
        return await context.execute(data, lambda by: AdmitChallenge(challenge, by=by), CHALLENGES, challenge)

    @post("/declination", status_code=200)
    async def decline(
        self,
        challenge: FromPath[ChallengeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Challenge]:
        """Do not take a challenge up, with a reason."""
        return await context.execute(data, lambda by: DeclineChallenge(challenge, by=by), CHALLENGES, challenge)

    @post("/revision", status_code=200)
    async def revise(
        self, challenge: FromPath[ChallengeId], data: JSONBody[Revision], context: NamedDependency[RequestContext]
    ) -> Response[Challenge]:
        """Reword a challenge that is on no ballot and was not chosen."""
        return await context.execute(
            data,
            lambda by: ReviseChallenge(
                challenge, title=words(data.title), context=words(data.context), wish=words(data.wish), by=by
            ),
            CHALLENGES,
            challenge,
        )

    @post("/withdrawal", status_code=200)
    async def withdraw(
        self,
        challenge: FromPath[ChallengeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Challenge]:
        """Take a challenge back, with a reason; what it stood on is struck, counted again or filled by the runner-up."""
        row = await self._known(context.reader, challenge)
        result = None if row.ballot is None else await context.reader.row_from_log(RESULTS, row.ballot)
        await context.reader.unseal([] if result is None else [result])
        voters = () if result is None or result.voters is None else (result.voters,)
        return await context.execute(
            data,
            lambda by: WithdrawChallenge(challenge, programme=row.programme, voters=voters, by=by),
            CHALLENGES,
            challenge,
        )

    @post("/recommission", status_code=200)
    async def recommission(
        self,
        challenge: FromPath[ChallengeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Recommission | None] = None,
    ) -> Response[Challenge]:
        """Let the teams of a withdrawn challenge go on, for another organisation or in the public interest, with a reason."""
        row = await self._known(context.reader, challenge)
        organisation = None if data is None else data.organisation_id
        return await context.execute(
            data,
            lambda by: RecommissionChallenge(challenge, programme=row.programme, organisation=organisation, by=by),
            CHALLENGES,
            challenge,
        )

    async def _known(self, reader: Reader, challenge: ChallengeId) -> Challenge:
        row = await reader.row_from_log(CHALLENGES, challenge)
        if row is None:
            raise NotFound
        return row
