"""Commands that hand an advice over, which need its document first."""

from collections.abc import Callable

from domain.advice.presenting import DeliverAdvice, PresentAdvice
from domain.foundation import Caller, FileId, PersonId, TeamId
from service.reading.advice import current_advice
from service.reading.reader import Reader
from service.reading.team_work import work_of


async def presentation_of(
    reader: Reader, team: TeamId, to: tuple[PersonId, ...], files: tuple[FileId, ...]
) -> Callable[[Caller], PresentAdvice]:
    """Prepare to present the advice: its document is hashed as it is now. Raises `NotFound`."""
    formed = (await work_of(reader, team)).rights.require_team()
    current = await current_advice(reader, formed, files)
    return lambda by: PresentAdvice(
        team,
        programme=formed.programme,
        to=to,
        version=current.version,
        dissents=current.dissents,
        document_hash=current.document_hash,
        files=files,
        by=by,
    )


async def delivery_of(
    reader: Reader, team: TeamId, to: tuple[PersonId, ...], files: tuple[FileId, ...]
) -> Callable[[Caller], DeliverAdvice]:
    """Prepare to deliver the presented advice: its document is hashed anew, with the files that are added. Raises `NotFound`."""
    formed = (await work_of(reader, team)).rights.require_team()
    current = await current_advice(reader, formed, files)
    return lambda by: DeliverAdvice(
        team,
        programme=formed.programme,
        to=to,
        files=files,
        version=current.version,
        document_hash=current.document_hash,
        by=by,
    )
