"""Challenges over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.ballots.choosing import ChooseChallenges, How
from domain.challenges.challenge import AdmitChallenge, DeclineChallenge, ProposeChallenge
from domain.challenges.revising import ReviseChallenge
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, Text, Words
from domain.spanning.withdrawing import RecommissionChallenge
from projections.challenges import CHALLENGES, Challenge
from projections.programmes import PROGRAMMES, Programme
from service.api.http.bodies import Body, Prose, ShortTitle, Title, require_distinct, words
from service.api.requests.request_context import RequestContext
from service.preparing.challenges import withdrawal_of
from service.reading.challenges import can_see_challenge, challenges_of_programme
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader


class NewChallenge(Body):
    """A challenge of an organisation. `proposer_id`: the person for whom a facilitator enters it."""

    title: Title
    context: Prose
    organisation_id: OrganisationId
    wish: Prose | None = None
    short_title: ShortTitle | None = None
    proposer_id: PersonId | None = None


class Revision(Body):
    """The texts that change, at least one; the others stay the same."""

    title: Title | None = None
    context: Prose | None = None
    wish: Prose | None = None
    short_title: ShortTitle | None = None


class Recommission(Body):
    """The new commissioner of a withdrawn challenge; without `organisation_id` the public interest. `reason` is required."""

    organisation_id: OrganisationId | None = None


class Choice(Body):
    """Challenges chosen without a ballot, and the way they were chosen. `reason` is required."""

    challenge_ids: Annotated[tuple[ChallengeId, ...], Meta(min_length=1, max_length=200)]
    how: How


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
                short_title=words(data.short_title),
                by=by,
            ),
            CHALLENGES,
        )

    @get()
    async def list_all(
        self, programme: FromPath[ProgrammeId], reader: NamedDependency[Reader], listing: NamedDependency[ListOptions]
    ) -> Page[Challenge]:
        """Show the challenge board: all of it inside the programme, for contacts the challenges of their organisation."""
        return await challenges_of_programme(reader, programme, listing)


class ChoiceOfProgramme(Controller):
    path = "/programmes/{programme:str}/choice"
    tags = ("Challenges",)

    @post(status_code=200)
    async def choose(
        self, programme: FromPath[ProgrammeId], data: JSONBody[Choice], context: NamedDependency[RequestContext]
    ) -> Response[Programme]:
        """Choose challenges without a ballot, with a reason."""
        require_distinct(
            "challenge_ids", data.challenge_ids, Text(en="names a challenge twice", nl="noemt een vraagstuk twee keer")
        )
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
    async def show(
        self, challenge: FromPath[ChallengeId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Challenge:
        """Show a challenge."""
        return await reader.visible_row(CHALLENGES, challenge, can_see_challenge, reading)

    @post("/admission", status_code=200)
    async def admit(
        self,
        challenge: FromPath[ChallengeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Challenge]:
        """Admit a challenge to the programme."""
        return await context.execute(data, lambda by: AdmitChallenge(challenge, by=by), CHALLENGES, challenge)

    @post("/declination", status_code=200)
    async def decline(
        self,
        challenge: FromPath[ChallengeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Body | None] = None,
    ) -> Response[Challenge]:
        """Decline a challenge, with a reason."""
        return await context.execute(data, lambda by: DeclineChallenge(challenge, by=by), CHALLENGES, challenge)

    @post("/revision", status_code=200)
    async def revise(
        self, challenge: FromPath[ChallengeId], data: JSONBody[Revision], context: NamedDependency[RequestContext]
    ) -> Response[Challenge]:
        """Revise the texts of a challenge that is on no ballot and was not chosen."""
        return await context.execute(
            data,
            lambda by: ReviseChallenge(
                challenge,
                title=words(data.title),
                context=words(data.context),
                wish=words(data.wish),
                short_title=words(data.short_title),
                by=by,
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
        """Withdraw a challenge, with a reason: it is struck from its ballot, or the runner-up takes its place."""
        withdraw = await withdrawal_of(context.reader, challenge)
        return await context.execute(data, withdraw, CHALLENGES, challenge)

    @post("/recommission", status_code=200)
    async def recommission(
        self,
        challenge: FromPath[ChallengeId],
        context: NamedDependency[RequestContext],
        data: JSONBody[Recommission | None] = None,
    ) -> Response[Challenge]:
        """Recommission a withdrawn challenge, for another organisation or in the public interest, with a reason."""
        row = await self._from_log(context.reader, challenge)
        organisation = None if data is None else data.organisation_id
        return await context.execute(
            data,
            lambda by: RecommissionChallenge(challenge, programme=row.programme, organisation=organisation, by=by),
            CHALLENGES,
            challenge,
        )

    async def _from_log(self, reader: Reader, challenge: ChallengeId) -> Challenge:
        return await reader.existing_row(CHALLENGES, challenge)
