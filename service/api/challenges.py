"""Challenges over HTTP."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from domain.challenge import AdmitChallenge, DeclineChallenge, ProposeChallenge
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, Words
from domain.roles import Rights
from projections.challenges import CHALLENGES, CHALLENGES_OF_PROGRAMME, Challenge
from service.api.asking import Asking
from service.api.bodies import Body, Page, Prose, Title
from service.api.reading import Listing, Reading


class NewChallenge(Body):
    """A challenge of an organisation. `proposer_id`: for whom a facilitator enters it."""

    title: Title
    context: Prose
    organisation_id: OrganisationId
    wish: Prose | None = None
    proposer_id: PersonId | None = None


def sees(rights: Rights, row: Challenge) -> bool:
    """A challenge is seen inside its programme, and by the contacts of its organisation."""
    return rights.belongs_to(row.programme) or rights.reads_for((row.organisation,), row.id)


class ChallengesOfProgramme(Controller):
    path = "/programmes/{programme:str}/challenges"
    tags = ("Challenges",)

    @post()
    async def propose(
        self, programme: FromPath[ProgrammeId], data: JSONBody[NewChallenge], asking: NamedDependency[Asking]
    ) -> Response[Challenge]:
        """Propose a challenge."""
        return await asking.make(
            "challenge",
            data,
            lambda new, by: ProposeChallenge(
                new,
                programme=programme,
                organisation=data.organisation_id,
                proposer=data.proposer_id,
                title=Words(data.title),
                context=Words(data.context),
                wish=None if data.wish is None else Words(data.wish),
                by=by,
            ),
            CHALLENGES,
        )

    @get()
    async def all(
        self, programme: FromPath[ProgrammeId], asking: NamedDependency[Asking], listing: NamedDependency[Listing]
    ) -> Page[Challenge]:
        """Show the challenge board: all of it inside the programme, to contacts the challenges that they speak for."""
        rights = await asking.rights()
        inside, organisations = await asking.audience(programme)
        return await asking.page(
            CHALLENGES,
            CHALLENGES_OF_PROGRAMME,
            programme,
            inside,
            organisations,
            listing=listing,
            sees=lambda row: sees(rights, row),
        )


class Challenges(Controller):
    path = "/challenges/{challenge:str}"
    tags = ("Challenges",)

    @get()
    async def one(
        self, challenge: FromPath[ChallengeId], asking: NamedDependency[Asking], reading: NamedDependency[Reading]
    ) -> Challenge:
        """Show a challenge."""
        return await asking.one(CHALLENGES, challenge, sees, reading)

    @post("/admission", status_code=200)
    async def admit(
        self,
        challenge: FromPath[ChallengeId],
        asking: NamedDependency[Asking],
        data: JSONBody[Body | None] = None,
    ) -> Response[Challenge]:
        """Take a challenge up in the programme."""
        return await asking.do(data, lambda by: AdmitChallenge(challenge, by=by), CHALLENGES, challenge)

    @post("/declination", status_code=200)
    async def decline(
        self,
        challenge: FromPath[ChallengeId],
        asking: NamedDependency[Asking],
        data: JSONBody[Body | None] = None,
    ) -> Response[Challenge]:
        """Do not take a challenge up, with a reason."""
        return await asking.do(data, lambda by: DeclineChallenge(challenge, by=by), CHALLENGES, challenge)
