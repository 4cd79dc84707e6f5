"""A CoP's files: a list, one file, adding one and downloading it."""

import hashlib
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from domain.events.files import FileAttached
from domain.foundation import Digest, FileId, Refusal, Selector, TeamId, Text, Words
from domain.research.files import AttachFile, EmptyFile
from service.api.http.bodies import Title
from service.api.http.uploads import MAX_UPLOAD_BYTES, Sent, drain, received
from service.api.research.files import download
from service.pages.frame.csrf import require_own_origin
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.work.team_work import add_comment, discussion_of, discussion_selector, open_team, share
from service.preparing.files import require_writer, stored
from service.reading.files import files_of, visible_file
from service.sealing.sealed_fields import digest_text
from service.store import files
from service.store.log.types import Receipt

MAX_SHOWN = 25
MOST = Text(en="At most 20 MiB.", nl="Hooguit 20 MiB.")
OWN_NAME = Text(
    en="If it should be called otherwise than the file.", nl="Als het anders moet heten dan het bestand zelf."
)


class FileNotKept(Refusal):
    """A form with a file was sent in another sign-in session than the one for which it was made."""

    CODE = "file-not-kept"
    STATUS = 403
    TEXT = Text(
        en="You have signed in again since you opened this page, and the file was not kept. Choose it once more.",
        nl="Je hebt je opnieuw aangemeld sinds je deze pagina opende, en het bestand is niet bewaard. Kies het nog een keer.",
    )


class NewFile(Form):
    """A file to add. `file`: the digest of its content."""

    file: Annotated[str, labelled("File", "Bestand", MOST)]
    name: Annotated[Title, labelled("Name", "Naam", OWN_NAME)] | None = None


class FilePages(Controller):
    """Pages about files."""

    path = "/"

    @get("/teams/{team:str}/files")
    async def list_all(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """List a CoP's files."""
        return await show_files(visit, team)

    @post("/teams/{team:str}/files", request_max_body_size=MAX_UPLOAD_BYTES)
    async def attach(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Add a file to a CoP's work."""
        try:
            require_own_origin(visit.request, visit.kring.config.public_url)
            await require_writer(visit.reader, team)
        except Refusal:
            await drain(visit.request)
            raise
        try:
            sent = await received(visit.request)
        except Refusal as refusal:
            return await refused(visit, team, refusal)
        visit.received = fields_of(sent)
        if not visit.has_token(visit.received):
            return await refused(visit, team, FileNotKept())
        return await visit.perform(
            NewFile,
            lambda form, attempt: attach(visit, team, sent, form, attempt),
            creates="file",
            then=f"/teams/{team}/files",
            again=lambda: show_files(visit, team),
        )

    @get("/files/{thing:str}")
    async def show(self, visit: NamedDependency[Visit], thing: FromPath[FileId]) -> Response[Any]:
        """Show a file's name, size and who added it."""
        return await show_file(visit, thing)

    @get("/files/{thing:str}/content")
    async def content(self, visit: NamedDependency[Visit], thing: FromPath[FileId]) -> Stream:
        """Download a file unchanged."""
        return await download(visit.reader, await visible_file(visit.reader, thing, visit.reading))

    @post("/files/{thing:str}/comments")
    async def comment(self, visit: NamedDependency[Visit], thing: FromPath[FileId]) -> Response[Any]:
        """Comment on a file."""
        return await add_comment(visit, thing, f"/files/{thing}", team_of_file, show_file)

    @post("/files/{thing:str}/shares")
    async def share(self, visit: NamedDependency[Visit], thing: FromPath[FileId]) -> Response[Any]:
        """Share a file."""
        return await share(visit, thing, f"/files/{thing}", team_of_file, show_file)


async def attach(visit: Visit, team: TeamId, sent: Sent, form: NewFile, attempt: Attempt) -> Receipt:
    """Store a file and record it. Raises the refusals of `AttachFile`, and `NoRoom`."""
    file, name = FileId(attempt.new), form.name or sent.filename
    if not sent.octets:
        raise EmptyFile(field="file")
    async with stored(visit.reader, file, sent.octets):
        receipt = await attempt.execute(
            lambda: AttachFile(
                file,
                team=team,
                name=Words(name),
                media_type=sent.media_type,
                size=len(sent.octets),
                sha256=Digest(form.file),
                by=attempt.by,
            )
        )
    if receipt.resource_id not in {None, file}:  # rule 24: the same form again; the file is there already
        await files.delete(visit.kring.log.pool, file)
    return receipt


def fields_of(sent: Sent) -> dict[str, list[str]]:
    """The fields of an upload, with its name and the digest of the file if one was chosen."""
    digest = [digest_text(hashlib.sha256(sent.octets).digest())] if sent.filename else []
    name = sent.texts.get("name", "").strip() or sent.filename
    return {**{field: [one] for field, one in sent.texts.items()}, "name": [name], "file": digest}


async def refused(visit: Visit, team: TeamId, refusal: Refusal) -> Response[Any]:
    """The list again, with what is wrong with the file."""
    visit.form(NewFile).refuse(refusal)
    answer = await show_files(visit, team)
    answer.status_code = refusal.STATUS
    return answer


async def show_files(visit: Visit, team: TeamId) -> Response[Any]:
    """The list of files. Raises `NotFound`."""
    opened = await open_team(visit, team)
    found = await files_of(visit.reader, opened.work, opened.listing(MAX_SHOWN))
    stamps = await visit.stamps(Selector(types=[FileAttached], tags=[team]))
    return opened.page(
        "research/files.html",
        "research",
        files=found.items,
        following=found.next,
        stamps=stamps,
        names=await visit.names({team, *stamps.actors()}),
        form=visit.form(NewFile),
    )


async def show_file(visit: Visit, thing: FileId) -> Response[Any]:
    """The page of a file. Raises `NotFound`."""
    row = await visible_file(visit.reader, thing, visit.reading)
    opened = await open_team(visit, row.team)
    discussion = await discussion_of(opened, thing, row.shared_with)
    stamps = await visit.stamps(Selector(types=[FileAttached], tags=[thing]), discussion_selector(thing))
    return opened.page(
        "research/file.html",
        "research",
        thing=row,
        discussion=discussion,
        stamps=stamps,
        names=await visit.names({row.team, *stamps.actors(), *discussion.people}),
    )


async def team_of_file(visit: Visit, thing: FileId) -> TeamId:
    """The CoP of a file. Raises `NotFound`."""
    return (await visible_file(visit.reader, thing, visit.reading)).team
