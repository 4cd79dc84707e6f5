"""When a CoP travels: a poll among members and guests, and the date that a member fixes (rules 13 and 14)."""

from datetime import datetime

from domain.events.trip import DateFixed
from domain.events.trip_dates import Answer, AvailabilityGiven, DateOption, DatePollOpened
from domain.foundation import (
    AsIs,
    Caller,
    OptionId,
    Refusal,
    Selector,
    Text,
    TripId,
    applies,
)
from domain.programmes.programme import WrongOrder
from domain.trips.trip import OnTrip

# Refusals


class DateStands(Refusal):
    """A poll asks for a date that is still open; a fixed one changes to another option of the poll."""

    CODE = "date-stands"
    TEXT = Text(en="The date of this trip is fixed.", nl="De datum van deze reis ligt vast.")


class NoPoll(Refusal):
    """Options are answered, and chosen from, once there is a poll."""

    CODE = "no-poll"
    TEXT = Text(en="There is no date poll yet.", nl="Er is nog geen datumpeiling.")


class UnknownOption(Refusal):
    """An answer, a date and a kept option name options of the poll, and an option keeps its days."""

    CODE = "unknown-option"
    STATUS = 422
    TEXT = Text(en="The poll has no such option.", nl="De peiling kent deze mogelijkheid niet.")


class SameOption(Refusal):
    """The options of a poll differ in their days."""

    CODE = "same-option"
    STATUS = 422
    TEXT = Text(en="Two options have the same days.", nl="Twee mogelijkheden hebben dezelfde dagen.")


class AnswerByPassed(Refusal):
    """Rule 26: `answer_by` lies in the future."""

    CODE = "answer-by-passed"
    STATUS = 422
    TEXT = Text(
        en="Choose a moment to answer by that lies ahead.", nl="Kies een uiterste antwoordmoment in de toekomst."
    )


# Commands


class OnPoll(OnTrip):
    """What is known of a trip and its current date options."""

    def __init__(self) -> None:
        super().__init__()
        self.poll: DatePollOpened | None = None

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[DatePollOpened], tags=[self.trip])]

    @applies(DatePollOpened)
    def _(self, event: DatePollOpened) -> None:
        self.poll = event

    @property
    def options(self) -> dict[OptionId, DateOption]:
        """The options that stand, by their ids."""
        return {} if self.poll is None else {one.option: one for one in self.poll.options}


class OpenDatePoll(OnPoll):
    """Ask when members can come; asked again, options with the same days stay, with their answers (rule 14).

    An option whose id the poll does not know yet gets that id; one that is named in `kept` must be known.
    """

    def __init__(
        self,
        trip: TripId,
        *,
        options: tuple[DateOption, ...],
        kept: frozenset[OptionId] = frozenset(),
        answer_by: datetime | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.trip, self.asked, self.kept, self.answer_by, self.by = trip, options, kept, answer_by, by

    def execute(self) -> None:
        idea, member = self.require_ahead()
        if self.date is not None:
            raise DateStands
        if self.answer_by is not None and self.answer_by <= self.by.at:
            raise AnswerByPassed(field="answer_by")
        self._require_sound()
        self.not_after = self.answer_by
        self.record(
            DatePollOpened(
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                member=member,
                options=tuple(self._staying(one) for one in self.asked),
                answer_by=self.answer_by,
            )
        )

    def _require_sound(self) -> None:
        days = [(one.starts_on, one.ends_on) for one in self.asked]
        if any(ends_on < starts_on for starts_on, ends_on in days):
            raise WrongOrder(field="options")
        if len(set(days)) != len(days):
            raise SameOption(field="options")
        if any(self.options.get(one.option) != one for one in self.asked if one.option in self.kept):
            raise UnknownOption(field="options")

    def _staying(self, asked: DateOption) -> DateOption:
        same = (
            one for one in self.options.values() if (one.starts_on, one.ends_on) == (asked.starts_on, asked.ends_on)
        )
        return next(same, asked)


class GiveAvailability(OnPoll):
    """Say when one can come, as a member or guest (rule 13); it replaces what one said before."""

    def __init__(self, trip: TripId, *, answers: tuple[Answer, ...], by: Caller) -> None:
        super().__init__()
        self.trip, self.answers, self.by = trip, answers, by

    def execute(self) -> None:
        idea, person = self.require_traveller()
        self.require_not_over()
        if self.poll is None:
            raise NoPoll
        if any(one.option not in self.options for one in self.answers):
            raise UnknownOption(field="answers")
        self.not_after = self.poll.answer_by  # rule 4
        self.record(
            AvailabilityGiven(
                trip=self.trip, team=idea.team, programme=idea.programme, person=person, answers=self.answers
            )
        )


class FixDate(OnPoll):
    """Fix the date of a trip, or change it to another option (rule 13: any member may, the event names them)."""

    def __init__(self, trip: TripId, *, option: OptionId, by: Caller) -> None:
        super().__init__()
        self.trip, self.option, self.by = trip, option, by

    def execute(self) -> None:
        idea, member = self.require_ahead()
        if self.poll is None:
            raise NoPoll
        chosen = self.options.get(self.option)
        if chosen is None:
            raise UnknownOption(field="option_id")
        if self.date is not None and self.date.option == self.option:
            raise AsIs
        self.record(
            DateFixed(
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                organisation=idea.organisation,
                member=member,
                option=self.option,
                starts_on=chosen.starts_on,
                ends_on=chosen.ends_on,
            )
        )
        self.record_if_booked(member)
