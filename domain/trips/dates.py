"""The date of a trip: a poll among members and guests, and the date that a member fixes (rules 13 and 14)."""

from datetime import datetime

from domain.events.trip import DateFixed
from domain.events.trip_dates import Answer, AvailabilityGiven, DateOption, DatePollOpened
from domain.foundation import (
    AsIs,
    Caller,
    Knowledge,
    OptionId,
    Refusal,
    Selector,
    Text,
    TripId,
    applies,
)
from domain.programmes.programme import WrongOrder
from domain.teams.team import TeamCommand
from domain.trips.trip import TripAccess, TripState

# Refusals


class DateStands(Refusal):
    """A poll is opened before the date is fixed; a fixed date can only change to another option of the poll."""

    CODE = "date-stands"
    TEXT = Text(en="The date of this trip is fixed.", nl="De datum van deze reis ligt vast.")


class NoPoll(Refusal):
    """Options can be answered and chosen once there is a poll."""

    CODE = "no-poll"
    TEXT = Text(en="There is no date poll yet.", nl="Er is nog geen datumprikker.")


class UnknownOption(Refusal):
    """Answers, dates and repeated options name options of the poll, and an option does not change its days."""

    CODE = "unknown-option"
    STATUS = 422
    TEXT = Text(en="The poll has no such option.", nl="De datumprikker heeft deze mogelijkheid niet.")


class SameOption(Refusal):
    """The options of a poll have different days."""

    CODE = "same-option"
    STATUS = 422
    TEXT = Text(en="Two options have the same days.", nl="Twee mogelijkheden hebben dezelfde dagen.")


class AnswerByPassed(Refusal):
    """Rule 26: `answer_by` is in the future."""

    CODE = "answer-by-passed"
    STATUS = 422
    TEXT = Text(
        en="Choose a deadline for answers that is in the future.",
        nl="Kies een antwoordtermijn die in de toekomst ligt.",
    )


# Knowledge


class DatePoll(Knowledge):
    """The date poll of a trip. `opened`: the poll as it is now; None before it is opened."""

    def __init__(self, trip: TripId) -> None:
        super().__init__(Selector(types=[DatePollOpened], tags=[trip]))
        self.trip = trip
        self.opened: DatePollOpened | None = None

    @applies(DatePollOpened)
    def _(self, event: DatePollOpened) -> None:
        if event.trip == self.trip:
            self.opened = event

    @property
    def options(self) -> dict[OptionId, DateOption]:
        """The present options, by their ids."""
        return {} if self.opened is None else {one.option: one for one in self.opened.options}

    def require_opened(self) -> DatePollOpened:
        """Return the poll. Raises `NoPoll` if there is none."""
        if self.opened is None:
            raise NoPoll
        return self.opened


# Commands


class OpenDatePoll(TeamCommand):
    """Open a date poll, or change its options: those with the same days remain, with their answers (rule 14).

    An option with a new id gets that id. `existing`: ids that must be in the poll already.
    """

    def __init__(
        self,
        trip: TripId,
        *,
        options: tuple[DateOption, ...],
        existing: frozenset[OptionId] = frozenset(),
        answer_by: datetime | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by)
        self.trip, self.options, self.existing, self.answer_by = trip, options, existing, answer_by
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.date_poll = DatePoll(trip)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        if self.trip_state.date is not None:
            raise DateStands
        if self.answer_by is not None and self.answer_by <= self.by.at:
            raise AnswerByPassed(field="answer_by")
        self._require_valid()
        self.not_after = self.answer_by
        self.record(
            DatePollOpened(
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                member=member,
                options=tuple(self._present_or_new(one) for one in self.options),
                answer_by=self.answer_by,
            )
        )

    def _require_valid(self) -> None:
        days = [(one.starts_on, one.ends_on) for one in self.options]
        if any(ends_on < starts_on for starts_on, ends_on in days):
            raise WrongOrder(field="options")
        if len(set(days)) != len(days):
            raise SameOption(field="options")
        present = self.date_poll.options
        if any(present.get(one.option) != one for one in self.options if one.option in self.existing):
            raise UnknownOption(field="options")

    def _present_or_new(self, option: DateOption) -> DateOption:
        """The option of the poll with the same days, else this one."""
        days = (option.starts_on, option.ends_on)
        same = (one for one in self.date_poll.options.values() if (one.starts_on, one.ends_on) == days)
        return next(same, option)


class GiveAvailability(TeamCommand):
    """Give the caller's availability, as a member or guest (rule 13); it replaces earlier answers."""

    def __init__(self, trip: TripId, *, answers: tuple[Answer, ...], by: Caller) -> None:
        super().__init__(by)
        self.trip, self.answers = trip, answers
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.date_poll = DatePoll(trip)

    def execute(self) -> None:
        idea, person = self.access.require_traveller()
        self.trip_state.require_active()
        poll = self.date_poll.require_opened()
        if any(one.option not in self.date_poll.options for one in self.answers):
            raise UnknownOption(field="answers")
        self.not_after = poll.answer_by  # rule 4
        self.record(
            AvailabilityGiven(
                trip=self.trip, team=idea.team, programme=idea.programme, person=person, answers=self.answers
            )
        )


class FixDate(TeamCommand):
    """Fix the date of a trip, or change it to another option (rule 13: any member may, and the event names them)."""

    def __init__(self, trip: TripId, *, option: OptionId, by: Caller) -> None:
        super().__init__(by)
        self.trip, self.option = trip, option
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)
        self.date_poll = DatePoll(trip)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        self.date_poll.require_opened()
        chosen = self.date_poll.options.get(self.option)
        if chosen is None:
            raise UnknownOption(field="option_id")
        if self.trip_state.date is not None and self.trip_state.date.option == self.option:
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
        if self.trip_state.is_newly_booked():
            self.record(self.trip_state.as_booked(member, declared=False))
