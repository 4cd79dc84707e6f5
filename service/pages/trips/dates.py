"""The date of a study trip: a poll with its options, the answers of everybody who travels, and the date that is fixed."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import defstruct

from domain.events.trip_dates import Answer, DateOption
from domain.foundation import NotFound, OptionId, Refusal, Text, TripId
from domain.programmes.programme import WrongOrder
from domain.trips.dates import FixDate, GiveAvailability, OpenDatePoll, SameOption
from projections.trips import Option, Trip
from service.clock_and_ids import new_id
from service.pages.fields.local_times import Turn, as_field, is_shown_twice, local_time
from service.pages.frame.forms import Entered, Form, FormState, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.trips.shown import shown_trip, stamps_of_poll
from service.reading.trips import trip_from_log
from service.store.log.types import Receipt

MAX_OPTIONS = 200
"""Options of a poll, as in the API."""
LEAST_ROWS, EMPTY_ROWS = 4, 2
"""Rows for options on a page without scripts: in all, and empty ones after those in use."""
ANSWER = "answer_"
"""The beginning of the name of a field with the answer to one option."""
NO_DATE = "none"
AVAILABILITIES = ("yes", "if_needed", "no")


class _Poll(Form):
    """A date poll: `starts_1`, `ends_1` and so on are its options."""

    answer_by: (
        Annotated[
            str,
            labelled(
                "Answers until",
                "Antwoorden tot",
                Text(en="After this nobody can answer.", nl="Daarna kan niemand meer antwoorden."),
            ),
        ]
        | None
    ) = None
    answer_turn: Annotated[Turn, labelled("Which one", "Welke keer")] | None = None


if TYPE_CHECKING:
    Poll = _Poll
else:
    Poll = defstruct(
        "Poll",
        [
            (f"{name}_{row}", Annotated[date, labelled(f"Row {row}: {en}", f"Rij {row}: {nl}")] | None, None)
            for row in range(1, MAX_OPTIONS + 1)
            for name, en, nl in (("starts", "first day", "eerste dag"), ("ends", "last day", "laatste dag"))
        ],
        bases=(_Poll,),
        kw_only=True,
    )


class Answers(Form):
    """The visitor's availability. Their answers are in fields of their own, whose names begin with `ANSWER`."""

    answers: Annotated[bool, labelled("Your answers", "Jouw antwoorden")] = False
    known: Annotated[str, labelled("The date that was fixed", "De datum die vastlag")] = NO_DATE


class Choice(Form):
    """The option that becomes the date. `known`: the one that was fixed when the page was shown."""

    option_id: Annotated[OptionId, labelled("Date", "Datum")]
    known: Annotated[str, labelled("The date that was fixed", "De datum die vastlag")] = NO_DATE


class DateFixedMeanwhile(Refusal):
    """Answers and choices are about the date that their author knew of."""

    CODE = "date-fixed-meanwhile"
    TEXT = Text(
        en="Meanwhile the date was fixed, or changed. Nothing of yours was recorded yet, and your answers are still here: look "
        "at the date above, and send again if you still mean it.",
        nl="Intussen is de datum vastgelegd of veranderd. Van jou is nog niets vastgelegd en je antwoorden staan er nog: kijk "
        "naar de datum hierboven en verstuur opnieuw als je het nog steeds wilt.",
    )


class NoOptions(Refusal):
    """A poll has at least one option."""

    CODE = "no-options"
    STATUS = 422
    TEXT = Text(en="Fill in at least one date.", nl="Vul minstens één datum in.")


class NoFirstDay(Refusal):
    """An option has a first day; without a last one it is that day only."""

    CODE = "no-first-day"
    STATUS = 422
    TEXT = Text(en="Fill in the first day as well.", nl="Vul ook de eerste dag in.")


class NoAnswers(Refusal):
    """Availability is about at least one option."""

    CODE = "no-answers"
    STATUS = 422
    TEXT = Text(en="Choose an answer for at least one date.", nl="Kies bij minstens één datum een antwoord.")


class DatePages(Controller):
    """The page about the date of a trip."""

    path = "/trips/{trip:str}"

    @get("/dates")
    async def show(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Show the poll with its answers."""
        return await self._show(visit, trip)

    @post("/dates")
    async def poll(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Open a date poll, or change its options."""

        async def perform(form: Poll, attempt: Attempt) -> Receipt:
            row = await trip_from_log(visit.reader, trip)
            options, until = options_of(form), form.answer_by
            answer_by = None if until is None else local_time(until, row.timezone, "answer_by", form.answer_turn)
            return await attempt.execute(
                lambda: OpenDatePoll(trip, options=options, answer_by=answer_by, by=attempt.by)
            )

        return await visit.perform(
            Poll, perform, then=f"/trips/{trip}/dates", again=lambda: self._show(visit, trip), name="poll"
        )

    @post("/availability")
    async def answer(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Give the visitor's availability."""
        entered = await visit.entered()

        async def perform(form: Answers, attempt: Attempt) -> Receipt:
            await _require_known(visit, trip, form.known, attempt)
            answers = answers_of(entered)
            return await attempt.execute(lambda: GiveAvailability(trip, answers=answers, by=attempt.by))

        return await visit.perform(Answers, perform, then=f"/trips/{trip}/dates", again=lambda: self._show(visit, trip))

    @post("/date")
    async def fix(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Fix the date, or change it to another option."""

        async def perform(form: Choice, attempt: Attempt) -> Receipt:
            await _require_known(visit, trip, form.known, attempt)
            return await attempt.execute(lambda: FixDate(trip, option=form.option_id, by=attempt.by))

        return await visit.perform(Choice, perform, then=f"/trips/{trip}", again=lambda: self._show(visit, trip))

    async def _show(self, visit: Visit, trip: TripId) -> Response[Any]:
        shown = await shown_trip(visit, trip)
        if not shown.takes_part:
            raise NotFound
        stamps = await stamps_of_poll(visit, trip)
        row, poll = shown.row, visit.form(Poll, "poll")
        closed = row.poll is not None and row.poll.answer_by is not None and row.poll.answer_by <= visit.at
        options = sorted(row.poll.options, key=lambda one: (one.starts_on, one.ends_on)) if row.poll else []
        names = await visit.names({*shown.people(), *stamps.actors()})
        return shown.page(
            visit,
            "trips/dates.html",
            names=names,
            has_past=True,
            live=trip,
            stamps=stamps,
            options=options,
            best=best_of(row),
            mine={option: one for (person, option), one in shown.answers.items() if person == visit.person},
            people=[*shown.travellers, *sorted(shown.answered - {*shown.travellers})],
            missing_names=[names.of(one) for one in shown.members if one not in shown.answered],
            may_answer=shown.may_answer and not closed,
            closed=closed,
            known=row.option or NO_DATE,
            answer=ANSWER,
            answers=visit.form(Answers),
            choice=visit.form(Choice),
            poll=poll,
            rows=_rows(poll, options),
            answer_by=as_field(row.poll.answer_by, row.timezone) if row.poll else "",
            twice=is_shown_twice(poll.value("answer_by"), row.timezone),
        )


def options_of(form: Poll) -> tuple[DateOption, ...]:
    """The options that were entered, with new ids: the domain keeps that of an option with the same days.

    Raises `NoFirstDay`, `WrongOrder`, `SameOption` or `NoOptions`.
    """
    found = dict[tuple[date, date], DateOption]()
    for row in range(1, MAX_OPTIONS + 1):
        starts: date | None = getattr(form, f"starts_{row}")
        ends: date | None = getattr(form, f"ends_{row}") or starts
        if ends is None:
            continue
        if starts is None:
            raise NoFirstDay(field=f"starts_{row}")
        if ends < starts:
            raise WrongOrder(field=f"ends_{row}")
        if (starts, ends) in found:
            raise SameOption(field=f"starts_{row}")
        found[starts, ends] = DateOption(OptionId(new_id("option")), starts, ends)
    if not found:
        raise NoOptions(field="starts_1")
    return tuple(found.values())


def answers_of(entered: Entered) -> tuple[Answer, ...]:
    """The answers that were chosen. Raises `NoAnswers`."""
    chosen = {field.removeprefix(ANSWER): texts[0] for field, texts in entered.items() if field.startswith(ANSWER)}
    found = tuple(
        Answer(OptionId(option), one)
        for option, one in sorted(chosen.items())
        for one in AVAILABILITIES
        if one == chosen[option]
    )
    if not found:
        raise NoAnswers(field="answers")
    return found


def best_of(row: Trip) -> set[OptionId]:
    """The options that suit most people: the fewest who cannot, then the most who can without trouble. None before any answer."""
    if row.poll is None or not row.poll.answers:
        return set()
    scores = {one.option_id: (0, 0) for one in row.poll.options}
    for one in row.poll.answers:
        cannot, can = scores[one.option_id]
        scores[one.option_id] = (cannot - (one.availability == "no"), can + (one.availability == "yes"))
    highest = max(scores.values())
    return {option for option, score in scores.items() if score == highest}


def _rows(state: FormState, options: Sequence[Option]) -> list[tuple[int, str, str]]:
    """The rows for options: number, first and last day, as they are in the poll."""
    filled = [row for row in range(1, MAX_OPTIONS + 1) if state.value(f"starts_{row}") or state.value(f"ends_{row}")]
    in_use = max(len(options), *filled, 0) if state.failed else len(options)
    count = min(MAX_OPTIONS, max(LEAST_ROWS, in_use + EMPTY_ROWS if in_use else 0))
    days = [(one.starts_on.isoformat(), one.ends_on.isoformat()) for one in options]
    days += [("", "")] * (count - len(days))
    return [(number, starts, ends) for number, (starts, ends) in enumerate(days, 1)]


async def _require_known(visit: Visit, trip: TripId, known: str, attempt: Attempt) -> None:
    """Raises `DateFixedMeanwhile` if the date was fixed or changed since the page was shown."""
    row = await trip_from_log(visit.reader, trip)
    if attempt.once is not None and await visit.kring.commands.receipt_of(attempt.once) is not None:
        return  # the same form, sent twice
    if (row.option or NO_DATE) != known:
        raise DateFixedMeanwhile
