"""Tokens of people and of clients of organisations: how they are issued and revoked."""

from datetime import datetime

from domain.administration.ownership import OrganisationOwnership, PersonOwnership
from domain.events.roles import TokenIssued, TokenRevoked
from domain.foundation import (
    AsIs,
    Caller,
    Code,
    Digest,
    Knowledge,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    TokenId,
    TokenRole,
    applies,
)
from domain.people.people import UnknownOrganisation, UnknownPerson, is_manager, managed_by
from domain.people.rights import CallerCommand, Rights

# Refusals


class TokenNeedsPerson(Refusal):
    """Tokens of participants and facilitators are of a person; those of other roles may be of none."""

    CODE = "token-needs-person"
    STATUS = 422
    TEXT = Text(
        en="A token of this role needs a person, or organisations.",
        nl="Een token voor deze rol heeft een persoon of organisaties nodig.",
    )


class AlreadyExpired(Refusal):
    """A token that has expired gives no rights."""

    CODE = "already-expired"
    STATUS = 422
    TEXT = Text(en="This time has passed.", nl="Dit tijdstip is voorbij.")


# Commands


class TokenControl(Knowledge):
    """The control of a caller over a token, by the person and the organisations that it names."""

    def __init__(self, rights: Rights, *, person: PersonId | None, organisations: tuple[OrganisationId, ...]) -> None:
        super().__init__()
        self.rights, self.person, self.organisations = rights, person, organisations
        self.of_person = PersonOwnership(rights, person)
        self.of_organisations = OrganisationOwnership(rights, *organisations)

    def owns_all(self) -> bool:
        """Whether the token is of no person, and all organisations that it names belong to the caller (rule 27)."""
        return (
            self.person is None
            and bool(self.organisations)
            and all(map(self.of_organisations.owns, self.organisations))
        )

    def has_control_of(self, programmes: tuple[ProgrammeId, ...] | None) -> bool:
        """Whether the caller may see and revoke a token with rights in these programmes; None: everywhere (rule 28).

        Their own, with a token whose rights reach as far; those of others, if everything that these reach is the caller's.
        """
        if self.rights.manages_everything() or self.owns_all():
            return True
        if self.person is not None and self.person == self.rights.by.person:
            return not self.rights.is_limited or (
                programmes is not None and all(map(self.rights.is_within, programmes))
            )
        if programmes is not None:
            return bool(programmes) and all(map(self.rights.manages, programmes))
        return self.person is not None and self.of_person.manages_all()


class IssueToken(CallerCommand):
    """Issue a token to a person, or to a client of organisations. The caller sees the secret once.

    Only the operator, and people for themselves, issue tokens that give rights wherever their person has them. What a manager
    issues gives rights within the programmes that they manage at that time, whatever the person is elsewhere (rule 28).
    """

    def __init__(
        self,
        token: TokenId,
        *,
        role: TokenRole,
        person: PersonId | None,
        organisations: tuple[OrganisationId, ...],
        secret_digest: Digest,
        expires_at: datetime,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.token, self.person, self.organisations = token, person, organisations
        self.role: TokenRole = role
        self.secret_digest, self.expires_at = secret_digest, expires_at
        self.control = TokenControl(self.rights, person=person, organisations=organisations)

    def execute(self) -> None:
        self.rights.require_token()
        if not self._may_issue():
            raise NotAllowed
        if self.person is not None and self.control.of_person.registered is None:
            raise UnknownPerson(field="person_id")
        if self.person is None and not (self.role == "manager" or self.organisations):
            raise TokenNeedsPerson(field="person_id")
        if self.person is None and self.role in {"participant", "facilitator"}:
            raise TokenNeedsPerson(field="person_id")
        if unknown := [one for one in self.organisations if one not in self.control.of_organisations.names]:
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
                programmes=self._programmes(),
            )
        )

    def _may_issue(self) -> bool:
        if self.rights.manages_everything():
            return True
        if self.person is None:
            return self.role != "manager" and self.control.owns_all()
        return is_manager(self.rights) and (self.person == self.by.person or self.control.of_person.manages_any())

    def _programmes(self) -> tuple[ProgrammeId, ...] | None:
        """The programmes within which it gives rights: never beyond those of its issuer."""
        speaks = self.person is None and all(map(self.rights.speaks_for_all, self.organisations))
        if self.rights.manages_everything() or self.person == self.by.person or speaks:
            return self.by.programmes
        return managed_by(self.rights)


class RevokeToken(CallerCommand):
    """Revoke a token. Callers who have no control of it cannot distinguish it from a missing one.

    `person`, `organisations`: those of the token, as a view has them.
    """

    def __init__(
        self,
        token: TokenId,
        *,
        person: PersonId | None = None,
        organisations: tuple[OrganisationId, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__(by, boundary=[Selector(types=[TokenIssued, TokenRevoked], tags=[token])])
        self.token, self.person, self.organisations = token, person, organisations
        self.control = TokenControl(self.rights, person=person, organisations=organisations)
        self.issued: TokenIssued | None = None

    @applies(TokenIssued)
    def _(self, event: TokenIssued) -> None:
        if event.token == self.token:
            self.issued = event

    def execute(self) -> None:
        self.rights.require_token()
        issued = self.issued
        if issued is None or (issued.person, issued.organisations) != (self.person, self.organisations):
            raise NotFound
        if not self.control.has_control_of(issued.programmes):
            raise NotFound
        if self.token in self.rights.ended_tokens:
            raise AsIs
        self.record(TokenRevoked(token=self.token, person=issued.person))
