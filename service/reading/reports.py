"""The rows of reports that a reader may see."""

from domain.events.programme import ProgrammeOpened
from domain.foundation import NotAllowed, NotFound, ProgrammeId, Selector
from service.reading.permissions import managed_by, manages_all
from service.reading.reader import Reader
from service.store.views.reporting import Scope


async def scope_of(reader: Reader, programme: ProgrammeId | None) -> Scope:
    """The rows of reports that the caller may read.

    Raises `NotAllowed` if the caller may read none, `NotFound` for a programme that is not theirs.
    """
    rights = await reader.rights()
    rights.require_token()
    if reader.caller.role not in {"manager", "reporting"}:
        raise NotAllowed
    if reader.caller.role == "reporting" and rights.is_limited and not (programme and rights.is_within(programme)):
        raise NotAllowed
    everything, mine = manages_all(rights), managed_by(rights)
    organisations = (
        reader.caller.organisations if reader.caller.role == "reporting" and reader.caller.person is None else ()
    )
    if programme is not None:
        opened = [Selector(types=[ProgrammeOpened], tags=[programme])]
        own = everything or programme in mine
        if not await (reader.exists(opened) if own else reader.is_concerned(organisations, [programme])):
            raise NotFound
    return Scope(everything, mine, organisations, programme)
