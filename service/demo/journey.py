"""The scenes of a CoP's study trip: idea, date, itinerary, bookings, costs and learnings."""

from collections.abc import Iterator
from functools import partial

from service.demo.case import Booking, Expense, Trip, Visit
from service.demo.client import Json, when
from service.demo.cop import CopOnStage
from service.demo.scene import Scene

CURRENCY = "EUR"


class Journey:
    """A trip of the case."""

    def __init__(self, cop: CopOnStage, trip: Trip) -> None:
        self.cop, self.case = cop, trip

    @property
    def path(self) -> str:
        """The path of the trip."""
        return f"/trips/{self.cop.ids['trip']}"

    def scenes(self) -> Iterator[Scene]:
        """All scenes of the trip."""
        case, cop = self.case, self.cop
        yield Scene(case.at, self.propose)
        yield Scene(case.polled_at, self.poll)
        if case.fixed_at is not None:
            line = f"{cop.name}: studiereis naar {case.destination} op {case.options[0].starts_on:%d-%m-%Y}"
            yield Scene(case.fixed_at, self.fix, line)
        for visit in case.visits:
            yield Scene(visit.at, partial(self.visit, visit))
        for booking in case.bookings:
            yield Scene(booking.at, partial(self.book, booking))
            yield Scene(booking.confirmed_at, partial(self.confirm, booking))
        for number, expense in enumerate(case.expenses):
            yield Scene(expense.at, partial(self.pay, number, expense))
        if case.completed_at is not None:
            yield Scene(case.completed_at, self.complete, f"{cop.name}: studiereis gemaakt en afgerekend")

    async def propose(self) -> None:
        """A member proposes a trip."""
        body = {"theme": self.case.theme, "destination": self.case.destination}
        member, path = self.cop.actor(self.case.by), f"{self.cop.team}/trips"
        made = await member.make(self.cop.step("trip"), path, body, at=self.case.at, same=("theme",))
        self.cop.ids["trip"] = made["id"]

    async def poll(self) -> None:
        """A member opens a date poll, and members answer."""
        case, cop = self.case, self.cop
        days = [{"starts_on": one.starts_on.isoformat(), "ends_on": one.ends_on.isoformat()} for one in case.options]
        await cop.actor(case.polled_by).do(
            cop.step("trip/poll"),
            f"{self.path}/date-poll",
            {"options": days},
            at=case.polled_at,
            done=lambda shown: shown["poll"] is not None,
        )
        options = await self._options()
        answering = {key for one in case.options for key in one.answers}
        for key in filter(answering.__contains__, cop.case.members):
            answers = {options[one.starts_on.isoformat()]: one.answers[key] for one in case.options}
            await cop.actor(key).do(
                cop.step("trip/availability", key),
                f"{self.path}/availability",
                {"answers": answers},
                at=case.polled_at,
                method="PUT",
                done=partial(_answered, cop.person(key)),
            )

    async def _options(self) -> dict[str, str]:
        trip = await self.cop.actor(self.case.by).get(self.path)
        return {one["starts_on"]: one["option_id"] for one in trip["poll"]["options"]}

    async def fix(self) -> None:
        """A member fixes the date."""
        option = (await self._options())[self.case.options[0].starts_on.isoformat()]
        assert self.case.fixed_by is not None, "the case names a person with the time"
        await self.cop.actor(self.case.fixed_by).do(
            self.cop.step("trip/date"),
            f"{self.path}/date",
            {"option_id": option},
            at=self.case.fixed_at,
            done=lambda shown: shown["starts_on"] is not None,
        )

    async def visit(self, one: Visit) -> None:
        """A member adds a visit to the itinerary."""
        body = {
            "starts_at": when(one.starts_at),
            "ends_at": when(one.ends_at),
            "title": one.title,
            "place": one.place,
            "host": one.host,
        }
        member = self.cop.actor(one.by)
        await member.do(
            self.cop.step("visit", one.key),
            f"{self.path}/itinerary",
            body,
            at=one.at,
            done=lambda shown: any(item["title"] == one.title for item in shown["itinerary"]),
        )
        trip = await member.get(self.path)
        self.cop.ids[f"visit:{one.key}"] = next(item["id"] for item in trip["itinerary"] if item["title"] == one.title)

    async def book(self, one: Booking) -> None:
        """A member requests a booking."""
        body: Json = {
            "kind": one.kind,
            "supplier": one.supplier,
            "amount": _money(one.amount),
            "payer": {"person_id": self.cop.person(one.payer)},
        }
        member, path = self.cop.actor(one.by), f"{self.path}/bookings"
        made = await member.make(self.cop.step("booking", one.key), path, body, at=one.at, same=("supplier",))
        self.cop.ids[f"booking:{one.key}"] = made["id"]

    async def confirm(self, one: Booking) -> None:
        """A member records that the supplier confirmed the booking."""
        await self.cop.actor(one.by).do(
            self.cop.step("booking", one.key, "confirmed"),
            f"/bookings/{self.cop.ids[f'booking:{one.key}']}/confirmation",
            {"reference": one.reference},
            at=one.confirmed_at,
            done=lambda shown: shown["status"] == "confirmed",
        )

    async def pay(self, number: int, one: Expense) -> None:
        """A member shares an expense."""
        body: Json = {"payer": self.cop.person(one.payer), "amount": _money(one.amount), "text": one.text}
        await self.cop.actor(one.by).do(
            self.cop.step("expense", number),
            f"{self.path}/expenses",
            body,
            at=one.at,
            done=lambda shown: any(paid["text"] == one.text for paid in shown["expenses"]),
        )

    async def complete(self) -> None:
        """A member completes the trip, with its learnings."""
        assert self.case.completed_by is not None, "the case names both with the time"
        assert self.case.learnings is not None, "the case names both with the time"
        await self.cop.actor(self.case.completed_by).do(
            self.cop.step("trip/completion"),
            f"{self.path}/completion",
            {"learnings": self.case.learnings.strip()},
            at=self.case.completed_at,
            done=lambda shown: shown["status"] == "completed",
        )


def _money(cents: int) -> Json:
    return {"amount_minor": cents, "currency": CURRENCY}


def _answered(person: str, trip: Json) -> bool:
    return any(one["person_id"] == person for one in trip["poll"]["answers"])
