"""Invitations, as far as their reader may see them: held back, on their way, refused, sent, used (rule 36).

Who is invited is derived from the log, and the delivery from the jobs and their attempts. That a person signed in is an event
that they alone can read: of it, this shows only that there is one (docs/decisions/0052-an-invitation-shows-that-it-was-used.md).
"""

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from domain.events.roles import ContactAppointed, FacilitatorAssigned, ManagerAppointed, ParticipantEnrolled
from domain.events.sign_in import SignedIn
from domain.foundation import (
    SUFFIX,
    AnyId,
    Code,
    ContactId,
    NotAllowed,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Selector,
)
from projections.derived.invitations import Appointing, InvitationStatus, Invited, events_about, invitees
from projections.people import ORGANISATIONS
from projections.view import ids
from service.reading.options import ListOptions, Page, ReadOptions, page_of
from service.reading.permissions import everyone, organisation_rights
from service.reading.programmes import visible_programme
from service.reading.reader import Reader
from service.store.jobs.creating import Job
from service.store.jobs.deliveries import RETENTION, Delivery, deliveries

INVITATION_JOB = "mail_invitation"
REFUSALS = frozenset({"MailRefused", "BadEmail"})
"""Errors of a mail that nobody receives at this address."""
ID = re.compile(f"(person|contact)_{SUFFIX}")


class Invitation(
    Struct, frozen=True, kw_only=True, rename=ids("person", "programme", "contact", "organisation", "inviter")
):
    """The invitation of a person to one role. `id`: that of the person, or of the contact.

    `inviter` None: a token without a person. `requested_at`: when its last mail was required; None: held back. `sent_at`: when
    the mail server, or the mailbox, took it. `error`: the class of the last error. `again_from`: when it can be sent once more.
    """

    id: AnyId
    person: PersonId
    role: Code
    programme: ProgrammeId | None
    contact: ContactId | None
    organisation: OrganisationId | None
    inviter: PersonId | None
    status: InvitationStatus
    given_at: datetime
    requested_at: datetime | None
    sent_at: datetime | None
    error: str | None
    again_from: datetime | None


async def invitations_of_programme(
    reader: Reader, programme: ProgrammeId, listing: ListOptions, *, only_of: PersonId | None = None
) -> Page[Invitation]:
    """The invitations of a programme, for its facilitators and managers. Raises `NotFound`, `NotAllowed`.

    `only_of`: those of one person.
    """
    await visible_programme(reader, programme, listing.reading)
    if not (await reader.rights()).facilitates(programme):
        raise NotAllowed
    return await _page(reader, programme, programme, listing, only_of=only_of)


async def invitations_of_organisation(
    reader: Reader, organisation: OrganisationId, listing: ListOptions
) -> Page[Invitation]:
    """The invitations of an organisation's contacts for all challenges, for those to whom it belongs.

    Raises `NotFound`, `NotAllowed`.
    """
    await reader.visible_row(ORGANISATIONS, organisation, everyone, listing.reading)
    if not (await organisation_rights(reader, organisation)).owns(organisation):
        raise NotAllowed
    return await _page(reader, organisation, None, listing)


async def invitation_of_contact(reader: Reader, contact: ContactId, position: int) -> Invitation:
    """The invitation of a contact as of a position. Raises `IndexError` if there is none."""
    events = await reader.kring.commands.events(*events_about(contact), until=position)
    found = invitees(events, None)
    return (await _delivered(reader, found.invited, None, ReadOptions(as_of=position)))[0]


async def _page(
    reader: Reader,
    about: ProgrammeId | OrganisationId,
    programme: ProgrammeId | None,
    listing: ListOptions,
    *,
    only_of: PersonId | None = None,
) -> Page[Invitation]:
    until = await reader.position_of(listing.reading)
    events = await reader.kring.commands.events(*events_about(about, only_of), until=until)
    found, following = page_of(invitees(events, programme).invited, listing, lambda one: one.id, ID)
    return Page(await _delivered(reader, found, programme, listing.reading), following)


async def _delivered(
    reader: Reader, found: Sequence[Invited], programme: ProgrammeId | None, reading: ReadOptions
) -> list[Invitation]:
    """These invitations with what became of their mails."""
    kring, until, at = reader.kring, await reader.position_of(reading), await reader.time_of(reading)
    signed_in = await kring.commands.events_each(
        [Selector(types=[SignedIn], tags=[one.person]) for one in found], until=until
    )
    keys = {one.id: _key(one, programme) for one in found}
    tried = await deliveries(kring.log.pool, {one for one in keys.values() if one is not None}, at)
    made: list[Invitation] = []
    for one, events in zip(found, signed_in, strict=True):
        delivery = tried.get(keys[one.id] or "")
        used = any(sign_in.position > one.position for _, sign_in in events)
        status = "used" if used and one.required_at else _status(one, delivery, kept_since=reader.caller.at - RETENTION)
        made.append(_invitation(one, programme, delivery, status))
    return made


def invitation_job(about: str, person: PersonId, event: int, due_at: datetime) -> Job:
    """The job of a mail. `about`: the programme, or the contact of none. `event`: the position of what requires it."""
    return Job(INVITATION_JOB, due_at, {"about": about, "person": person, "event": str(event)})


def _key(one: Invited, programme: ProgrammeId | None) -> str | None:
    if one.required_at is None:
        return None
    return invitation_job(programme or one.id, one.person, one.required_at, one.given_at).key


def _invitation(
    one: Invited, programme: ProgrammeId | None, tried: Delivery | None, status: InvitationStatus
) -> Invitation:
    return Invitation(
        id=one.id,
        person=one.person,
        role=role_of(one.event),
        programme=programme,
        contact=one.event.contact if isinstance(one.event, ContactAppointed) else None,
        organisation=organisation_of(one.event),
        inviter=PersonId(one.by) if one.by.startswith("person_") else None,
        status=status,
        given_at=one.given_at,
        requested_at=one.required_on,
        sent_at=tried.ended_at if tried is not None and tried.outcome == "done" else None,
        error=None if tried is None else tried.error,
        again_from=one.again_from,
    )


def _status(one: Invited, tried: Delivery | None, *, kept_since: datetime) -> InvitationStatus:
    """The status of a mail. `kept_since`: jobs that are not there and were required before this are done, and deleted."""
    if one.required_on is None:
        return "held_back"
    if tried is None:
        return "sent" if one.required_on < kept_since else "waiting"
    match tried.outcome:
        case None:
            return "waiting"
        case "done":
            return "sent"
        case _ if tried.error in REFUSALS:
            return "refused"
        case outcome:
            return "failed" if tried.given_up or outcome == "cancelled" else "waiting"


def role_of(event: Appointing) -> Code:
    """The role that an event gives."""
    match event:
        case ManagerAppointed():
            return Code("manager")
        case ParticipantEnrolled():
            return Code("participant")
        case FacilitatorAssigned():
            return Code("facilitator")
        case ContactAppointed():
            return event.role


def organisation_of(event: Appointing) -> OrganisationId | None:
    """The organisation for which the role is, if it is for one."""
    return event.organisation if isinstance(event, ParticipantEnrolled | ContactAppointed) else None
