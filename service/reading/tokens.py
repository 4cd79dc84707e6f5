"""Tokens, as far as their reader may see them."""

from collections.abc import Sequence

from domain.administration.tokens import TokenControl
from domain.foundation import OrganisationId, PersonId, ProgrammeId
from domain.people.rights import Rights
from projections import people as views
from service.reading.permissions import managed_by, manages_all, organisations_served_in_full
from service.reading.reader import Reader


async def token_scope(
    reader: Reader,
) -> tuple[bool, PersonId | None, Sequence[ProgrammeId] | None, list[ProgrammeId], list[OrganisationId]]:
    """The tokens that the caller may see, as the parameters of `VISIBLE_TOKENS` from $3 on."""
    rights = await reader.rights()
    mine = organisations_served_in_full(rights) if rights.by.role == "commissioner" else []
    return manages_all(rights), rights.by.person, rights.by.programmes, managed_by(rights), mine


async def can_see_token(reader: Reader, row: views.Token) -> bool:
    """Whether the caller may revoke the token."""
    control = TokenControl(Rights(reader.caller), person=row.person, organisations=row.organisations)
    loaded, _ = await reader.kring.commands.load(control)
    return loaded.has_control_of(row.programmes)
