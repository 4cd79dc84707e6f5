"""Reads before commands about people."""

from collections.abc import Callable

from domain.administration.details import ChangeDetails, Details
from domain.foundation import Caller, Language, Personal, PersonId
from projections.people import PEOPLE
from service.reading.reader import Reader


async def change_of_details(
    reader: Reader, person: PersonId, *, name: str | None, email: str | None, language: Language | None
) -> Callable[[Caller], ChangeDetails]:
    """The command that changes a person's details; None: no change. Raises `NotFound`."""
    row = await reader.existing_row(PEOPLE, person)
    await reader.unseal([row])
    known = Details(row.name, row.email, row.language)
    new_email = row.email if email is None else Personal(email)
    return lambda by: ChangeDetails(
        person,
        name=row.name if name is None else Personal(name),
        email=new_email or Personal(),
        language=language,
        known=known,
        by=by,
    )
