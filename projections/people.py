"""People, organisations, contacts and tokens."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.people import (
    OrganisationRegistered,
    OrganisationRenamed,
    PersonDetailsChanged,
    PersonRegistered,
)
from domain.events.roles import ContactAppointed, ContactEnded, TokenIssued, TokenRevoked
from domain.foundation import (
    AnyId,
    ChallengeId,
    Code,
    ContactId,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    TokenId,
)
from projections.programmes import FACILITATORS, PARTICIPANTS, PROGRAMMES
from projections.query import ViewQuery
from projections.teams import TEAMS
from projections.view import EventMetadata, On, View, ids, one_row


class Person(Struct, frozen=True, kw_only=True):
    """One row per person. The address is visible to the person and to managers."""

    id: PersonId
    name: Personal
    email: Personal | None
    language: Code
    status: Literal["registered"] = "registered"
    registered_at: datetime


class Organisation(Struct, frozen=True, kw_only=True):
    """One row per organisation."""

    id: OrganisationId
    name: Label
    status: Literal["registered"] = "registered"
    registered_at: datetime


class Registration(Struct, frozen=True, kw_only=True, rename=ids("programmes")):
    """One row per person or organisation: the programmes that registered them. Visible to nobody."""

    id: AnyId
    programmes: tuple[ProgrammeId, ...]


class Contact(Struct, frozen=True, kw_only=True, rename=ids("organisation", "person", "programme", "challenges")):
    """One row per appointment of a person by an organisation. `programme`: that of the named challenges, if there are any."""

    id: ContactId
    organisation: OrganisationId
    person: PersonId
    role: Code
    programme: ProgrammeId | None
    challenges: tuple[ChallengeId, ...]
    status: Literal["active", "ended"]
    effective_from: datetime | None
    ended_at: datetime | None = None


class Token(Struct, frozen=True, kw_only=True, rename=ids("person", "organisations", "programmes")):
    """One row per token, without its secret. `programmes`: the only ones within which it gives rights; None: no limit."""

    id: TokenId
    role: Code
    person: PersonId | None
    organisations: tuple[OrganisationId, ...]
    programmes: tuple[ProgrammeId, ...] | None
    status: Literal["valid", "revoked"]
    issued_at: datetime
    expires_at: datetime


def person_registered(_: Person | None, event: PersonRegistered, at: EventMetadata) -> Person:
    return Person(
        id=event.person, name=event.name, email=event.email, language=event.language, registered_at=at.recorded_at
    )


def details_changed(row: Person, event: PersonDetailsChanged, _: EventMetadata) -> Person:
    return replace(
        row,
        name=event.name or row.name,
        email=event.email or row.email,
        language=event.language or row.language,
    )


def registered(
    _: Registration | None, event: PersonRegistered | OrganisationRegistered, __: EventMetadata
) -> Registration:
    subject = event.person if isinstance(event, PersonRegistered) else event.organisation
    return Registration(id=AnyId(subject), programmes=event.programmes)


def organisation_registered(_: Organisation | None, event: OrganisationRegistered, at: EventMetadata) -> Organisation:
    return Organisation(id=event.organisation, name=event.name, registered_at=at.recorded_at)


def organisation_renamed(row: Organisation, event: OrganisationRenamed, _: EventMetadata) -> Organisation:
    return replace(row, name=event.name)


def contact_appointed(_: Contact | None, event: ContactAppointed, __: EventMetadata) -> Contact:
    return Contact(
        id=event.contact,
        organisation=event.organisation,
        person=event.person,
        role=event.role,
        programme=event.programme,
        challenges=event.challenges,
        status="active",
        effective_from=event.effective_from,
    )


def contact_ended(row: Contact, _: ContactEnded, at: EventMetadata) -> Contact:
    return replace(row, status="ended", ended_at=at.recorded_at)


def token_issued(_: Token | None, event: TokenIssued, at: EventMetadata) -> Token:
    return Token(
        id=event.token,
        role=event.role,
        person=event.person,
        organisations=event.organisations,
        programmes=event.programmes,
        status="valid",
        issued_at=at.recorded_at,
        expires_at=event.expires_at,
    )


def token_revoked(row: Token, _: TokenRevoked, __: EventMetadata) -> Token:
    return replace(row, status="revoked")


PEOPLE = View(
    "people",
    Person,
    {
        PersonRegistered: On(one_row("person"), person_registered),
        PersonDetailsChanged: On(one_row("person"), details_changed),
    },
)
ORGANISATIONS = View(
    "organisations",
    Organisation,
    {
        OrganisationRegistered: On(one_row("organisation"), organisation_registered),
        OrganisationRenamed: On(one_row("organisation"), organisation_renamed),
    },
)
REGISTRATIONS = View(
    "registrations",
    Registration,
    {
        PersonRegistered: On(one_row("person"), registered),
        OrganisationRegistered: On(one_row("organisation"), registered),
    },
)
CONTACTS = View(
    "contacts",
    Contact,
    {ContactAppointed: On(one_row("contact"), contact_appointed), ContactEnded: On(one_row("contact"), contact_ended)},
)
TOKENS = View(
    "tokens",
    Token,
    {TokenIssued: On(one_row("token"), token_issued), TokenRevoked: On(one_row("token"), token_revoked)},
)

ALL_ORGANISATIONS = ViewQuery(
    """
    -- All organisations, in order of registration.
    select * from {organisations} where key > $1 order by key limit $2
    """,
    ORGANISATIONS,
)

VISIBLE_PEOPLE = ViewQuery(
    """
    -- Of these people ($3; null: of all), those whom the caller can see: everybody for the operator ($4); the caller ($5);
    -- present and former participants, facilitators and managers of programmes that the caller is in ($6); contacts for
    -- challenges of programmes that the caller facilitates, and people whom these registered ($7); for a commissioner, the
    -- members of the teams on their challenges: all of an organisation ($8), or the named ones ($9), while one of their
    -- organisations ($10) commissions them.
    with belonging as (
      select person_id, programme_id from {participants}
      union all select person_id, programme_id from {facilitators}
      union all select unnest(manager_ids), key from {programmes}
    ), beside as (
      select person_id, programme_id from {contacts} where programme_id is not null
      union all select key, unnest(programme_ids) from {registrations}
    )
    select * from {people} p
    where key > $1 and ($3::text[] is null or key = any($3)) and ($4 or key = $5
      or key in (select person_id from belonging where programme_id = any($6))
      or key in (select person_id from beside where programme_id = any($7))
      or key in (
        select unnest(t.member_ids) from {teams} t
        where t.organisation_id = any($8) or t.challenge_id = any($9) and t.organisation_id = any($10)
      )
    )
    order by key limit $2
    """,
    PARTICIPANTS,
    FACILITATORS,
    PROGRAMMES,
    CONTACTS,
    REGISTRATIONS,
    PEOPLE,
    TEAMS,
)

CONTACTS_OF_ORGANISATION = ViewQuery(
    """
    -- The contacts of one organisation.
    select * from {contacts} where organisation_id = $3 and key > $1 order by key limit $2
    """,
    CONTACTS,
)

VISIBLE_TOKENS = ViewQuery(
    """
    -- The tokens that the caller can see: all for the operator ($3); their own ($4), as far as their own token reaches ($5; null:
    -- everywhere); those limited to programmes that they manage ($6), and unlimited ones of people who belong to such programmes
    -- only; those without a person that name only organisations that the caller owns ($7). The same rule as
    -- `domain.administration.tokens.TokenControl.has_control_of`.
    with belonging as (
      select person_id, programme_id from {participants}
      union all select person_id, programme_id from {facilitators}
      union all select unnest(manager_ids), key from {programmes}
    ), beside as (
      select person_id, programme_id from {contacts} where programme_id is not null
      union all select key, unnest(programme_ids) from {registrations}
    ), everywhere as (
      select person_id, programme_id from belonging union all select person_id, programme_id from beside
    )
    select * from {tokens} t
    where key > $1 and ($3
      or person_id = $4 and ($5::text[] is null or programme_ids <@ $5)
      or person_id is distinct from $4 and programme_ids <> '{}' and programme_ids <@ $6
      or person_id <> coalesce($4, '') and programme_ids is null
        and exists (select from everywhere e where e.person_id = t.person_id)
        and not exists (select from everywhere e where e.person_id = t.person_id and e.programme_id <> all($6))
        and not exists (select from {contacts} c where c.person_id = t.person_id and c.programme_id is null)
      or person_id is null and organisation_ids <> '{}' and organisation_ids <@ $7
    )
    order by key limit $2
    """,
    PARTICIPANTS,
    FACILITATORS,
    PROGRAMMES,
    CONTACTS,
    REGISTRATIONS,
    TOKENS,
)
