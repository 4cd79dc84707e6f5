"""One person per role, for looking around on one's own machine."""

from msgspec import Struct

from domain.foundation import OrganisationId, PersonId, ProgrammeId, TokenRole
from projections.people import CONTACTS
from projections.programmes import FACILITATORS, PARTICIPANTS, PROGRAMMES
from projections.query import ViewQuery
from service.auth.places import Place
from service.kring import Kring

ONE_PER_ROLE = ViewQuery(
    """
    -- One person for each role: of the newest programme, if possible an open one, and contacts, if possible of its challenges.
    -- Of its participants, one who takes part in the most programmes, since they find the most to do.
    with newest as (
      select key, manager_ids from {programmes} order by status = 'open' desc, key desc limit 1
    ), guides as (
      select f.person_id, f.programme_id from {facilitators} f join newest n on f.programme_id = n.key
      where f.status = 'assigned' and (f."from" is null or f."from" <= now()) and (f.until is null or f.until > now())
    ), contacts as (
      select distinct on (c.role) c.role, c.person_id, c.organisation_id
      from {contacts} c left join newest n on c.programme_id = n.key
      where c.status = 'active' and (c.effective_from is null or c.effective_from <= now())
      order by c.role, n.key is not null desc, c.key desc
    )
    (select 'manager' as role, m.person, n.key as programme, null as organisation
     from newest n, unnest(n.manager_ids) m (person) order by m.person limit 1)
    union all
    (select 'facilitator', g.person_id, g.programme_id, null from guides g order by g.person_id limit 1)
    union all
    (select 'participant', p.person_id, p.programme_id, null from {participants} p join newest n on p.programme_id = n.key
     where p.status = 'active'
     order by (select count(*) from {participants} q where q.person_id = p.person_id and q.status = 'active') desc,
       p.enrolled_at, p.person_id limit 1)
    union all
    (select c.role, c.person_id, null, c.organisation_id from contacts c order by c.role desc)
    """,
    PROGRAMMES,
    FACILITATORS,
    PARTICIPANTS,
    CONTACTS,
)


class RoleHolder(Struct, frozen=True):
    """A person, and a role that they have in a programme or for an organisation."""

    role: TokenRole
    person: PersonId
    programme: ProgrammeId | None
    organisation: OrganisationId | None

    @property
    def place(self) -> Place:
        """The place of this role."""
        return Place(self.role, self.programme, self.organisation)


async def role_holders(kring: Kring) -> list[RoleHolder]:
    """One person for each role that anybody has: manager, facilitator, participant, commissioner, auditor."""
    return await kring.views.rows(RoleHolder, ONE_PER_ROLE)
