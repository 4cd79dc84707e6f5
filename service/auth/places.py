"""Places: what a person with a sign-in session can act as. A session acts in one place at a time."""

from datetime import datetime
from typing import NamedTuple

from domain.foundation import Caller, OrganisationId, ProgrammeId, TokenRole
from domain.people.rights import READERS, Rights
from service.auth.tokens import role
from service.store.sign_in.sessions import SignInSession


class Place(NamedTuple):
    """A role in a programme, or for an organisation: one of the two is None."""

    role: TokenRole
    programme: ProgrammeId | None = None
    organisation: OrganisationId | None = None


def places_in(rights: Rights) -> list[Place]:
    """The places of the person whose roles were loaded, at the caller's time: programmes first, later ones first."""
    at = rights.by.at
    guided = [programme for (_, programme), assigned in rights.facilitators.items() if assigned.guides(at)]
    programmes: dict[ProgrammeId, TokenRole] = {
        **{programme: "manager" for _, programme in rights.managers},
        **{programme: "participant" for _, programme in rights.participants},
        **dict.fromkeys(guided, "facilitator"),
    }
    contacts = {
        (one.organisation, one.role)
        for one in rights.contacts.values()
        if one.role in READERS and (one.effective_from is None or one.effective_from <= at)
    }
    return [
        *(Place(programmes[one], programme=one) for one in sorted(programmes, reverse=True)),
        *(Place(role(as_), organisation=one) for one, as_ in sorted(contacts, reverse=True)),
    ]


def caller_of_session(session: SignInSession, place: Place | None, at: datetime) -> Caller:
    """The caller of a request in a place: within its programme alone, or in the person's role as a contact.

    `place` None: the person outside of all places, for what concerns them alone. The rights of a caller are those that their
    person has by the log: a place that is not theirs gives none.
    """
    if place is None:
        return Caller(role="participant", person=session.person, via=session.id, at=at)
    return Caller(
        role=place.role,
        person=session.person,
        organisations=() if place.organisation is None else (place.organisation,),
        programmes=None if place.programme is None else (place.programme,),
        via=session.id,
        at=at,
    )
