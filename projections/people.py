"""People, organisations, contacts and tokens, as far as whoever asks may see them."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import (
    ChallengeId,
    Code,
    ContactId,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    TokenId,
)
from domain.people import OrganisationRegistered, OrganisationRenamed, PersonDetailsChanged, PersonRegistered
from domain.roles import ContactAppointed, ContactEnded, TokenIssued, TokenRevoked
from projections.view import Moment, On, View, ids, its


class Person(Struct, frozen=True, kw_only=True):
    """One row per person. The address is shown to the person and to who manages."""

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


class Contact(Struct, frozen=True, kw_only=True, rename=ids("organisation", "person", "challenges")):
    """One row per appointment of a person by an organisation."""

    id: ContactId
    organisation: OrganisationId
    person: PersonId
    role: Code
    challenges: tuple[ChallengeId, ...]
    status: Literal["active", "ended"]
    effective_from: datetime | None
    ended_at: datetime | None = None


class Token(Struct, frozen=True, kw_only=True, rename=ids("person", "organisations")):
    """One row per token; its secret is nowhere."""

    id: TokenId
    role: Code
    person: PersonId | None
    organisations: tuple[OrganisationId, ...]
    status: Literal["valid", "revoked"]
    issued_at: datetime
    expires_at: datetime


def person_registered(_: Person | None, fact: PersonRegistered, at: Moment) -> Person:
    return Person(
        id=fact.person, name=fact.name, email=fact.email, language=fact.language, registered_at=at.recorded_at
    )


def details_changed(row: Person, fact: PersonDetailsChanged, _: Moment) -> Person:
    return replace(
        row,
        name=fact.name or row.name,
        email=fact.email or row.email,
        language=fact.language or row.language,
    )


def organisation_registered(_: Organisation | None, fact: OrganisationRegistered, at: Moment) -> Organisation:
    return Organisation(id=fact.organisation, name=fact.name, registered_at=at.recorded_at)


def organisation_renamed(row: Organisation, fact: OrganisationRenamed, _: Moment) -> Organisation:
    return replace(row, name=fact.name)


def contact_appointed(_: Contact | None, fact: ContactAppointed, __: Moment) -> Contact:
    return Contact(
        id=fact.contact,
        organisation=fact.organisation,
        person=fact.person,
        role=fact.role,
        challenges=fact.challenges,
        status="active",
        effective_from=fact.effective_from,
    )


def contact_ended(row: Contact, _: ContactEnded, at: Moment) -> Contact:
    return replace(row, status="ended", ended_at=at.recorded_at)


def token_issued(_: Token | None, fact: TokenIssued, at: Moment) -> Token:
    return Token(
        id=fact.token,
        role=fact.role,
        person=fact.person,
        organisations=fact.organisations,
        status="valid",
        issued_at=at.recorded_at,
        expires_at=fact.expires_at,
    )


def token_revoked(row: Token, _: TokenRevoked, __: Moment) -> Token:
    return replace(row, status="revoked")


PEOPLE = View(
    "people",
    Person,
    {
        PersonRegistered: On(its("person"), person_registered),
        PersonDetailsChanged: On(its("person"), details_changed),
    },
)
ORGANISATIONS = View(
    "organisations",
    Organisation,
    {
        OrganisationRegistered: On(its("organisation"), organisation_registered),
        OrganisationRenamed: On(its("organisation"), organisation_renamed),
    },
)
CONTACTS = View(
    "contacts",
    Contact,
    {ContactAppointed: On(its("contact"), contact_appointed), ContactEnded: On(its("contact"), contact_ended)},
)
TOKENS = View(
    "tokens", Token, {TokenIssued: On(its("token"), token_issued), TokenRevoked: On(its("token"), token_revoked)}
)

ALL_ORGANISATIONS = """
-- Every organisation, as they were registered.
select * from organisations where key > $1 order by key limit $2
"""

PEOPLE_SEEN = """
-- Of these people ($3; of all where it is null): everybody to who manages everything ($4); oneself ($5); who takes part in,
-- guides or manages a programme that the caller is in ($6), also once; the contacts of organisations that take part in those
-- that the caller guides ($7); who belongs nowhere yet, to who sets up ($8); to a commissioner the members of the teams on
-- their challenges: all of an organisation ($9), or those named ($10), as long as one of theirs ($11) commissions them.
with belonging as (
  select person_id, programme_id from participants
  union all select person_id, programme_id from facilitators
  union all select unnest(manager_ids), key from programmes
), concerning as (
  select organisation_id, programme_id from participants
  union all select organisation_id, programme_id from challenges
)
select * from people p
where key > $1 and ($3::text[] is null or key = any($3)) and ($4 or key = $5
  or key in (select person_id from belonging where programme_id = any($6))
  or key in (
    select c.person_id from contacts c join concerning o using (organisation_id) where o.programme_id = any($7)
  )
  or $8 and key not in (select person_id from belonging)
    and key not in (select c.person_id from contacts c join concerning o using (organisation_id))
  or key in (
    select unnest(t.member_ids) from teams t
    where t.organisation_id = any($9) or t.challenge_id = any($10) and t.organisation_id = any($11)
  )
)
order by key limit $2
"""

CONTACTS_OF_ORGANISATION = """
-- The contacts of one organisation.
select * from contacts where organisation_id = $3 and key > $1 order by key limit $2
"""

TOKENS_SEEN = """
-- Every token to who manages everything ($3), one's own ($4), and those of whom one sets up: who belongs to a programme that one
-- manages ($5), also as a contact of an organisation that it concerns; who belongs nowhere yet, to a manager ($6).
with belonging as (
  select person_id, programme_id from participants
  union all select person_id, programme_id from facilitators
  union all select unnest(manager_ids), key from programmes
  union all select c.person_id, q.programme_id from contacts c join participants q using (organisation_id)
  union all select c.person_id, h.programme_id from contacts c join challenges h using (organisation_id)
)
select * from tokens t
where key > $1 and ($3 or person_id = $4
  or person_id in (select person_id from belonging where programme_id = any($5))
  or $6 and person_id is not null and person_id not in (select person_id from belonging)
)
order by key limit $2
"""
