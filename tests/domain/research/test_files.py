"""Files of a team, and files handed over with an advice, rule by rule."""

import pytest
from msgspec.structs import replace

from domain.advice.presenting import DeliverAdvice, OtherVersion
from domain.events.files import FileAttached
from domain.events.presentation import AdviceDelivered, AdvicePresented, HandedFile
from domain.foundation import (
    AnyId,
    Caller,
    Command,
    CommentId,
    Digest,
    Event,
    FileId,
    MediaType,
    NotAllowed,
    NotFound,
    Refusal,
    Words,
)
from domain.research.files import AttachFile, EmptyFile
from domain.research.research import NotOfTheTeam
from domain.spanning.sharing import AddComment, ShareWork
from tests.domain.examples import team as t
from tests.domain.examples.deciding import caller, decide

FILE, ANNEX = FileId(t.id_of("file", 1)), FileId(t.id_of("file", 2))
REPORT = FileAttached(
    file=FILE,
    team=t.TEAM,
    programme=t.PROGRAMME,
    name=Words("rapport.pdf"),
    media_type=MediaType("application/pdf"),
    size=3,
    sha256=Digest("R" * 43),
)
MORE = replace(REPORT, file=ANNEX, sha256=Digest("S" * 43))
FOREIGN = replace(REPORT, team=t.OTHER_TEAM)


def refused(history: list[Event], command: Command, refusal: type[Refusal], field: str | None = None) -> None:
    with pytest.raises(refusal) as raised:
        decide(command, *t.selected(command, history))
    assert raised.value.field == field


def attaching(by: Caller = t.BY_ANNA, size: int = 3) -> AttachFile:
    return AttachFile(
        FILE,
        team=t.TEAM,
        name=Words("rapport.pdf"),
        media_type=MediaType("application/pdf"),
        size=size,
        sha256=Digest("R" * 43),
        by=by,
    )


def test_a_member_attaches_a_file() -> None:
    assert t.execute(t.EVERYBODY, attaching())[-1] == REPORT
    assert REPORT.key() == FILE, "a key of its own: destroying it destroys this file alone"
    refused(t.EVERYBODY, attaching(size=0), EmptyFile, "file")


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (t.BY_GUIDE, NotAllowed),
        (caller("manager"), NotAllowed),
        (t.BY_OTTO, NotAllowed),
        (t.BY_BANKER, NotAllowed),
        (caller("commissioner", t.OTTO), NotFound),
    ],
)
def test_nobody_else_attaches_a_file(by: Caller, refusal: type[Refusal]) -> None:
    refused(t.EVERYBODY, attaching(by), refusal)


def test_a_file_of_the_team_is_shared_and_commented_on() -> None:
    for command in (
        ShareWork(AnyId(FILE), team=t.TEAM, circle="programme", by=t.BY_ANNA),
        AddComment(
            CommentId(t.id_of("comment", 1)),
            team=t.TEAM,
            on=AnyId(FILE),
            text=Words("?"),
            by=t.BY_GUIDE,
        ),
    ):
        assert len(decide(command, *t.selected(command, [*t.EVERYBODY, REPORT]))) == 1


def judged(*files: Event) -> list[Event]:
    history = [*t.drafted(), *files]
    for by in (t.BY_ANNA, t.BY_BERT, t.BY_CORA):
        history = t.judge(history, by)
    return history


def delivery(*files: FileId, version: int | None = 4, document_hash: Digest | None = None) -> DeliverAdvice:
    return DeliverAdvice(
        t.TEAM,
        programme=t.PROGRAMME,
        to=(t.BANKER,),
        files=files,
        version=version,
        document_hash=document_hash,
        by=t.BY_ANNA,
    )


def test_team_files_are_presented_with_the_advice_by_digest() -> None:
    presented = t.execute(judged(REPORT), t.presentation(files=(FILE,)))[-1]
    assert isinstance(presented, AdvicePresented)
    assert presented.files == (HandedFile(FILE, Digest("R" * 43)),)
    assert FILE in presented.tags()
    refused(judged(FOREIGN), t.presentation(files=(FILE,)), NotOfTheTeam, "file_ids.0")
    refused(judged(REPORT), t.presentation(files=(FILE, ANNEX)), NotOfTheTeam, "file_ids.1")


def test_rule_18_a_delivery_contains_the_presented_files_and_may_add_more() -> None:
    history = t.execute(judged(REPORT, MORE), t.presentation(files=(FILE,)))
    for named in ((), (FILE,)):
        as_it_was = t.execute(history, delivery(*named))[-1]
        assert isinstance(as_it_was, AdviceDelivered)
        assert (as_it_was.document_hash, [one.file for one in as_it_was.files]) == ("A" * 43, [FILE])
    more = t.execute(history, delivery(ANNEX, FILE, document_hash=Digest("B" * 43)))[-1]
    assert isinstance(more, AdviceDelivered)
    assert (more.document_hash, [one.file for one in more.files]) == ("B" * 43, [FILE, ANNEX])
    refused(history, delivery(ANNEX), OtherVersion)
    refused(history, delivery(ANNEX, version=3, document_hash=Digest("B" * 43)), OtherVersion)
