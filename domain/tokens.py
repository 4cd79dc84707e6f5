"""The tokens by which people and clients of organisations get in: how they are issued and revoked."""

from datetime import datetime

from domain.foundation import (
    AsIs,
    Caller,
    Code,
    Digest,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    Refusal,
    Selector,
    Text,
    TokenId,
    TokenRole,
    learns,
)
from domain.people import OrganisationRegistered, PersonRegistered, UnknownOrganisation, UnknownPerson
from domain.roles import TokenIssued, TokenRevoked
from domain.scope import OnPerson

# Refusals


class TokenNeedsPerson(Refusal):
    """A participant's or facilitator's token stands for a person; only a manager's, an auditor's, … may stand for itself."""

    CODE = "token-needs-person"
    STATUS = 422
    TEXT = Text(
        en="A token of this role needs a person, or organisations.",
        nl="Een token voor deze rol heeft een persoon of organisaties nodig.",
    )


class AlreadyExpired(Refusal):
    """A token that has expired already gives nothing."""

    CODE = "already-expired"
    STATUS = 422
    TEXT = Text(en="This moment has passed.", nl="Dit moment is voorbij.")


# Commands


class IssueToken(OnPerson):
    """Give a person, or a client of organisations, a way in. The caller sees the secret once.

    Who manages some programmes gives nobody more than they have there themselves: a token that stands for itself reaches
    further, and so does one for somebody whom they do not set up, who manages another programme, or with which a contact
    speaks for an organisation that is not theirs to set up.
    """

    known_person: bool = False

    def __init__(
        self,
        token: TokenId,
        *,
        role: TokenRole,
        person: PersonId | None,
        organisations: tuple[OrganisationId, ...],
        secret_digest: Digest,
        expires_at: datetime,
        contact_of: tuple[OrganisationId, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__()
        self.contact_of = contact_of
        self.token, self.role, self.person, self.organisations = token, role, person, organisations
        self.secret_digest, self.expires_at, self.by = secret_digest, expires_at, by
        self.known_organisations: set[OrganisationId] = set()

    def consistency_boundary(self) -> list[Selector]:
        person = self.person
        about = [] if person is None else [Selector(types=[PersonRegistered], tags=[person]), *self.where(person)]
        named = [Selector(types=[OrganisationRegistered], tags=[one]) for one in self.organisations]
        return [*super().consistency_boundary(), *about, *named]

    @learns(PersonRegistered)
    def _(self, person: PersonId) -> None:
        self.known_person |= person == self.person

    @learns(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known_organisations.add(organisation)

    def execute(self) -> None:
        self.require_some_manager()
        if not self._is_theirs_to_give():
            raise NotAllowed
        if self.person is not None and not self.known_person:
            raise UnknownPerson(field="person_id")
        if self.person is None and not (self.role == "manager" or self.organisations):
            raise TokenNeedsPerson(field="person_id")
        if self.person is None and self.role in {"participant", "facilitator"}:
            raise TokenNeedsPerson(field="person_id")
        if unknown := [one for one in self.organisations if one not in self.known_organisations]:
            raise UnknownOrganisation(field=f"organisation_ids.{self.organisations.index(unknown[0])}")
        if self.expires_at <= self.by.at:
            raise AlreadyExpired(field="expires_at")
        self.record(
            TokenIssued(
                token=self.token,
                role=Code(self.role),
                person=self.person,
                organisations=self.organisations,
                secret_digest=self.secret_digest,
                expires_at=self.expires_at,
            )
        )

    def _is_theirs_to_give(self) -> bool:
        if self.manages_everything() or (self.person is not None and self.person == self.by.person):
            return True
        if self.person is None or not self.sets_up_person(self.person):
            return False
        managed = [programme for person, programme in self.managers if person == self.person]
        speaks_for = self.organisations_of(self.person) if self.role in {"commissioner", "auditor"} else ()
        return all(self.manages(one) for one in managed) and all(self.sets_up_organisation(one) for one in speaks_for)


class RevokeToken(OnPerson):
    """Take a token's rights away: one's own, or that of whom one sets up; to everybody else there is no such token.

    `person`: for whom it was issued, as it was looked up.
    """

    issued: TokenIssued | None = None

    def __init__(
        self,
        token: TokenId,
        *,
        person: PersonId | None = None,
        contact_of: tuple[OrganisationId, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__()
        self.token, self.person, self.contact_of, self.by = token, person, contact_of, by

    def consistency_boundary(self) -> list[Selector]:
        theirs = [] if self.person is None else self.where(self.person)
        about = Selector(types=[TokenIssued, TokenRevoked], tags=[self.token])
        return [*super().consistency_boundary(), about, *theirs]

    @learns(TokenIssued)
    def _(self, fact: TokenIssued) -> None:
        if fact.token == self.token:
            self.issued = fact

    def execute(self) -> None:
        self.require_token()
        if self.issued is None or not self._is_theirs_to_take(self.issued.person):
            raise NotFound
        if self.token in self.ended_tokens:
            raise AsIs
        self.record(TokenRevoked(token=self.token, person=self.issued.person))

    def _is_theirs_to_take(self, person: PersonId | None) -> bool:
        if self.manages_everything() or (person is not None and person == self.by.person):
            return True
        return person is not None and person == self.person and self.sets_up_person(person)
