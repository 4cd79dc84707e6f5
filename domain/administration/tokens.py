"""The tokens by which people and clients of organisations get in: how they are issued and revoked."""

from datetime import datetime

from domain.administration.ownership import KnowingOrganisations, KnowingPerson
from domain.events.roles import TokenIssued, TokenRevoked
from domain.foundation import (
    AsIs,
    Caller,
    Code,
    Digest,
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
from domain.people.people import UnknownOrganisation, UnknownPerson

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


class OnToken(KnowingOrganisations, KnowingPerson):
    """Knowledge of the person for whom a token stands, and of the organisations that it names."""

    person: PersonId | None
    organisations: tuple[OrganisationId, ...]

    def consistency_boundary(self) -> list[Selector]:
        person = [] if self.person is None else self.about_person(self.person)
        return [*super().consistency_boundary(), *person, *map(self.about_organisation, self.organisations)]

    def names_mine_alone(self) -> bool:
        """The token stands for no person, and all organisations that it names are the caller's as a whole (rule 27)."""
        return self.person is None and bool(self.organisations) and all(map(self.owns, self.organisations))

    def has_control_of(self, programmes: tuple[ProgrammeId, ...] | None) -> bool:
        """A token that gives rights in these programmes (None: everywhere) is theirs to see and to revoke (rule 28).

        One's own, with a token that reaches as far; of others, where all that it reaches is theirs.
        """
        if self.manages_everything() or self.names_mine_alone():
            return True
        if self.person is not None and self.person == self.by.person:
            return not self.is_limited or (programmes is not None and all(map(self.is_within, programmes)))
        if programmes is not None:
            return bool(programmes) and all(map(self.manages, programmes))
        return self.person is not None and self.is_mine_alone(self.person)


class IssueToken(OnToken):
    """Give a person, or a client of organisations, a way in. The caller sees the secret once.

    Only the operator, and people for themselves, issue tokens that give rights wherever their person has them. What a manager
    issues gives rights within the programmes that they manage at that moment, whatever the person is elsewhere (rule 28).
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
        super().__init__()
        self.token, self.role, self.person, self.organisations = token, role, person, organisations
        self.secret_digest, self.expires_at, self.by = secret_digest, expires_at, by

    def execute(self) -> None:
        self.require_token()
        if not self._is_theirs_to_give():
            raise NotAllowed
        if self.person is not None and self.person not in self.people_registered:
            raise UnknownPerson(field="person_id")
        if self.person is None and not (self.role == "manager" or self.organisations):
            raise TokenNeedsPerson(field="person_id")
        if self.person is None and self.role in {"participant", "facilitator"}:
            raise TokenNeedsPerson(field="person_id")
        if unknown := [one for one in self.organisations if one not in self.organisations_called]:
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

    def _is_theirs_to_give(self) -> bool:
        if self.manages_everything():
            return True
        if self.person is None:
            return self.role != "manager" and self.names_mine_alone()
        return self.is_manager() and (self.person == self.by.person or self.is_mine(self.person))

    def _programmes(self) -> tuple[ProgrammeId, ...] | None:
        """Within which programmes it gives rights: never beyond those of its issuer."""
        speaks = self.person is None and all(map(self.speaks_for_all, self.organisations))
        if self.manages_everything() or self.person == self.by.person or speaks:
            return self.by.programmes
        return self.managed()


class RevokeToken(OnToken):
    """Take a token's rights away; to everybody who has no control of it there is no such token.

    `person`, `organisations`: for whom it was issued and which it names, as it was looked up.
    """

    issued: TokenIssued | None = None

    def __init__(
        self,
        token: TokenId,
        *,
        person: PersonId | None = None,
        organisations: tuple[OrganisationId, ...] = (),
        by: Caller,
    ) -> None:
        super().__init__()
        self.token, self.person, self.organisations, self.by = token, person, organisations, by

    def consistency_boundary(self) -> list[Selector]:
        about = Selector(types=[TokenIssued, TokenRevoked], tags=[self.token])
        return [*super().consistency_boundary(), about]

    @applies(TokenIssued)
    def _(self, event: TokenIssued) -> None:
        if event.token == self.token:
            self.issued = event

    def execute(self) -> None:
        self.require_token()
        issued = self.issued
        if issued is None or (issued.person, issued.organisations) != (self.person, self.organisations):
            raise NotFound
        if not self.has_control_of(issued.programmes):
            raise NotFound
        if self.token in self.ended_tokens:
            raise AsIs
        self.record(TokenRevoked(token=self.token, person=issued.person))


class TokenRights(OnToken):
    """Whether one caller has control of a token, learnt for reading."""

    def __init__(self, *, person: PersonId | None, organisations: tuple[OrganisationId, ...], by: Caller) -> None:
        super().__init__()
        self.person, self.organisations, self.by = person, organisations, by
