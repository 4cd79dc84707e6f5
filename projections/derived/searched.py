"""The texts of views that are searched, and the queries for their rows within a programme. Nothing is stored."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from domain.advice.advice import PartKind
from domain.foundation import ChallengeId, OrganisationId, ProgrammeId, Sealed, TeamId, Words
from projections.advice import ADVICE, TEXTS, Advice
from projections.announcements import ANNOUNCEMENTS, Announcement
from projections.challenges import CHALLENGES, Challenge
from projections.commitments import COMMITMENTS, Commitment
from projections.files import FILES, File
from projections.gatherings import GATHERINGS, Gathering
from projections.people import ORGANISATIONS, PEOPLE, Organisation, Person
from projections.programmes import PROGRAMMES, Programme
from projections.query import ViewQuery
from projections.recommendations import RECOMMENDATIONS, Recommendation
from projections.research import INSIGHTS, INTERVIEWS, SOURCES, STAKEHOLDERS, Insight, Interview, Source, Stakeholder
from projections.sharing import COMMENTS, Comment
from projections.teams import PREFERENCES, TEAMS, Preferences, Team
from projections.trips import BOOKINGS, TRIPS, Booking, Trip


class NamedTeam(Struct, frozen=True, kw_only=True):
    """A CoP under the title of its challenge, since it has no name of its own."""

    id: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None
    title: Words | None


class Searched(NamedTuple):
    """A kind of thing that is searched: the rows that hold it, its titles and its other texts.

    A text is a path of fields: `talks.outcome` is that of every talk. `csl:title` is the title in a text that is a CSL-JSON item,
    `csl:` its other words. `at`: the path of its time; without one it is the time of the id. `each`: the field with the things,
    if one row holds several, each with its own id; then the paths begin there. `of`: the field with the id of what it belongs to.
    """

    kind: str
    rows: type[Struct]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    at: str = ""
    each: str = ""
    of: str = ""


BIBLIOGRAPHY = ("author", "editor", "container-title", "publisher", "publisher-place", "abstract", "keyword", "note")
"""The members of a CSL-JSON item, apart from the title, that are words (its schema, CSL 1.0.2)."""


def part_of_advice(kind: PartKind) -> Searched:
    """A part of the advice of a CoP."""
    return Searched(kind, Advice, (), tuple(f"parts.{kind}.{one}" for one in TEXTS), f"parts.{kind}.written_at")


# Every sealed text and public name of these rows is here, or in `NOT_SEARCHED`.
SEARCHED = (
    Searched("programme", Programme, ("name",), ("edition", "modules.title", "curriculum.title"), "opened_at"),
    Searched("organisation", Organisation, ("name",), (), "registered_at"),
    Searched("person", Person, ("name",), (), "registered_at"),
    Searched("announcement", Announcement, (), ("text",), "made_at"),
    Searched("challenge", Challenge, ("title", "short_title"), ("context", "wish"), "proposed_at"),
    Searched("team", NamedTeam, ("title",), ()),
    Searched("motivation", Preferences, (), ("motivation",), "ranked_at"),
    Searched("gathering", Gathering, (), ("place", "agenda.title", "techniques", "attendance.reason"), "starts_at"),
    Searched("minutes", Gathering, (), ("minutes.text",), "minutes.written_at"),
    Searched("trip", Trip, ("destination", "theme"), ("learnings",)),
    Searched("item", Trip, ("title",), ("place", "host"), "starts_at", each="itinerary"),
    Searched("expense", Trip, (), ("text",), "shared_at", each="expenses"),
    Searched("booking", Booking, ("supplier",), ("kind", "reference"), of="trip"),
    Searched("source", Source, ("csl:title",), ("csl:",), "logged_at"),
    Searched("interview", Interview, ("who",), ("role", "findings"), "held_at"),
    Searched("insight", Insight, (), ("text",), "shared_at"),
    Searched("stakeholder", Stakeholder, ("name",), ("organisation", "talks.outcome", "talks.next_step")),
    Searched("file", File, ("name",), (), "attached_at"),
    Searched("comment", Comment, (), ("text",), "added_at", of="on"),
    part_of_advice("problem_statement"),
    part_of_advice("guiding_question"),
    part_of_advice("answer"),
    part_of_advice("summary"),
    Searched("dissent", Advice, (), ("verdicts.text", "handed_over.dissents.text")),
    Searched("recommendation", Recommendation, (), ("text", "addressee.name")),
    Searched("response", Recommendation, (), ("response.reason",), "response.responded_at"),
    Searched("progress", Recommendation, (), ("progress.text", "progress.evidence")),
    Searched("rejoinder", Recommendation, (), ("rejoinders.text",)),
    Searched("closure", Recommendation, (), ("closure.reason",), "closure.closed_at"),
    Searched(
        "commitment", Commitment, (), ("text", "owner", "reason", "due_dates.reason"), "made_at", of="recommendation"
    ),
)
"""The kinds of things that are searched."""

NOT_SEARCHED: dict[type[Struct], dict[str, str]] = {
    Person: {"email": "found by its exact text only, at `GET /people?email=…`"},
    Advice: {
        "earlier": "superseded versions",
        "handed_over.parts": "versions that were handed over; for readers outside the CoP the last one is `parts`",
    },
    Recommendation: {"versions": "the last version that the reader can see is `text`"},
}
"""Texts that are not searched, with the reason."""


def texts_at(value: object, path: str) -> Iterator[Sealed | str]:
    """The texts and names at a path below a row, which is None or a list at any point."""
    name, _, rest = path.partition(".")
    if value is None:
        return
    if isinstance(value, tuple):
        for one in value:  # pyright: ignore[reportUnknownVariableType]  a tuple of what the row declares
            yield from texts_at(one, path)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, Sealed | str) and not path:
        yield value
    else:
        yield from texts_at(getattr(value, name.partition(":")[0]), rest)


def in_words(text: str, path: str) -> str:
    """A text as it is searched: itself, or the words of a CSL-JSON item."""
    _, is_item, member = path.partition(":")
    if not is_item:
        return text
    item: Any = msgspec.json.decode(text)
    return ", ".join(found for one in ((member,) if member else BIBLIOGRAPHY) for found in _strings(item.get(one)))


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:  # pyright: ignore[reportUnknownVariableType]  any JSON
                yield from _strings(one)
        case dict():
            yield " ".join(_strings(list(value.values())))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        case _:
            return


# Queries: the newest rows of a programme ($1), at most $2

NEWEST_ANNOUNCEMENTS = ViewQuery(
    """
    -- The newest announcements of a programme.
    select * from {announcements} where programme_id = $1 order by key desc limit $2
    """,
    ANNOUNCEMENTS,
)
MOTIVATIONS = ViewQuery(
    """
    -- The preferences in a programme: all ($3), or those of this person ($4).
    select * from {preferences} where programme_id = $1 and ($3 or person_id = $4) order by key desc limit $2
    """,
    PREFERENCES,
)
NEWEST_TEAMS = ViewQuery(
    """
    -- The newest CoPs of a programme.
    select * from {teams} where programme_id = $1 order by key desc limit $2
    """,
    TEAMS,
)
NEWEST_CHALLENGES = ViewQuery(
    """
    -- The newest challenges of a programme.
    select * from {challenges} where programme_id = $1 order by key desc limit $2
    """,
    CHALLENGES,
)
NEWEST_GATHERINGS = ViewQuery(
    """
    -- The newest gatherings of a programme.
    select * from {gatherings} where programme_id = $1 order by key desc limit $2
    """,
    GATHERINGS,
)
NEWEST_TRIPS = ViewQuery(
    """
    -- The newest trips of these CoPs ($3), and these ($4).
    select * from {trips} where programme_id = $1 and (team_id = any($3) or key = any($4)) order by key desc limit $2
    """,
    TRIPS,
)
NEWEST_BOOKINGS = ViewQuery(
    """
    -- The newest bookings of these CoPs ($3).
    select * from {bookings} where programme_id = $1 and team_id = any($3) order by key desc limit $2
    """,
    BOOKINGS,
)
NEWEST_COMMITMENTS = ViewQuery(
    """
    -- The newest commitments in a programme.
    select * from {commitments} where programme_id = $1 order by key desc limit $2
    """,
    COMMITMENTS,
)
NEWEST_ADVICE = ViewQuery(
    """
    -- The advice of these CoPs ($3).
    select * from {advice} where programme_id = $1 and key = any($3) order by key desc limit $2
    """,
    ADVICE,
)
NEWEST_SOURCES = ViewQuery(
    """
    -- The newest sources of these CoPs ($3), these ($4), and those that this person logged ($5).
    select * from {sources}
    where programme_id = $1 and (team_id = any($3) or key = any($4) or logged_by = $5) order by key desc limit $2
    """,
    SOURCES,
)
NEWEST_INTERVIEWS = ViewQuery(
    """
    -- The newest interviews of these CoPs ($3), these ($4), and those that this person planned ($5).
    select * from {interviews}
    where programme_id = $1 and (team_id = any($3) or key = any($4) or planned_by = $5) order by key desc limit $2
    """,
    INTERVIEWS,
)
NEWEST_INSIGHTS = ViewQuery(
    """
    -- The newest insights of these CoPs ($3), these ($4), and those by this person ($5).
    select * from {insights}
    where programme_id = $1 and (team_id = any($3) or key = any($4) or author_id = $5) order by key desc limit $2
    """,
    INSIGHTS,
)
NEWEST_STAKEHOLDERS = ViewQuery(
    """
    -- The newest stakeholders of these CoPs ($3), these ($4), and those whom this person identified ($5).
    select * from {stakeholders}
    where programme_id = $1 and (team_id = any($3) or key = any($4) or identified_by = $5) order by key desc limit $2
    """,
    STAKEHOLDERS,
)
NEWEST_FILES = ViewQuery(
    """
    -- The newest files of these CoPs ($3), these ($4), and those that this person attached ($5).
    select * from {files}
    where programme_id = $1 and (team_id = any($3) or key = any($4) or attached_by = $5) order by key desc limit $2
    """,
    FILES,
)
NEWEST_COMMENTS = ViewQuery(
    """
    -- The newest comments on the work of these CoPs ($3), these ($4), and those by this person ($5).
    select * from {comments}
    where programme_id = $1 and (team_id = any($3) or key = any($4) or author_id = $5) order by key desc limit $2
    """,
    COMMENTS,
)
NEWEST_RECOMMENDATIONS = ViewQuery(
    """
    -- The newest recommendations of these CoPs ($3), these ($4), and those of which this person wrote a version ($5).
    select * from {recommendations}
    where programme_id = $1 and (
      team_id = any($3) or key = any($4) or versions @> jsonb_build_array(jsonb_build_object('written_by', $5::text))
    )
    order by key desc limit $2
    """,
    RECOMMENDATIONS,
)
PEOPLE_OF_IDS = ViewQuery(
    """
    -- The people of these ids.
    select * from {people} where key = any($1)
    """,
    PEOPLE,
)
ORGANISATIONS_OF_IDS = ViewQuery(
    """
    -- The organisations of these ids.
    select * from {organisations} where key = any($1)
    """,
    ORGANISATIONS,
)
PROGRAMMES_OF_IDS = ViewQuery(
    """
    -- The programmes of these ids.
    select * from {programmes} where key = any($1)
    """,
    PROGRAMMES,
)


def named_teams(teams: Sequence[Team], challenges: Sequence[Challenge]) -> list[NamedTeam]:
    """CoPs with the titles of those among `challenges` on which they work."""
    titles = {one.id: one.title for one in challenges}
    return [
        NamedTeam(
            id=one.id,
            programme=one.programme,
            challenge=one.challenge,
            organisation=one.organisation,
            title=titles.get(one.challenge),
        )
        for one in teams
    ]
