"""Costs of a study trip: sharing an expense, and paying what the settlement says."""

from typing import Annotated, Any, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.calculations.settlement import Share
from domain.foundation import (
    BookingId,
    Currency,
    Money,
    NotFound,
    PersonId,
    Refusal,
    Text,
    TripId,
    Words,
)
from domain.trips.expense import ShareExpense
from projections.trips import BOOKINGS, BOOKINGS_OF_TRIP
from projections.wording.sentences import refusal_in_words
from service.api.http.bodies import Title
from service.pages.fields.amounts import EURO, amount_of, currencies, written
from service.pages.frame.forms import Entered, Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.trips.bookings import AMOUNT, MAX_REPLACED
from service.pages.trips.costs import Repayment, asks_for
from service.pages.trips.shown import named, shown_trip
from service.pages.trips.trip_page import show
from service.reading.options import ListOptions
from service.reading.trips import trip_from_log, trip_with_costs
from service.store.log.types import Receipt

PART = "part_"
"""The beginning of the name of a field with the part of one person."""
REPAID = Text(en="Paid back", nl="Terugbetaald")


class NewExpense(Form, kw_only=True):
    """An expense to share. The parts of the people are in fields of their own, whose names begin with `PART`."""

    text: Annotated[
        Title,
        labelled("What was paid", "Wat er betaald is", Text(en="For example dinner.", nl="Bijvoorbeeld avondeten.")),
    ]
    payer: Annotated[PersonId, labelled("Who paid", "Wie betaalde")]
    amount: Annotated[str, labelled("Amount", "Bedrag", AMOUNT)]
    currency: Annotated[Currency, labelled("Currency", "Valuta")]
    split: Annotated[
        Literal["equal", "parts"],
        labelled(
            "How you share it",
            "Hoe jullie het delen",
            Text(
                en="Equally among everybody who travels along, or an amount per person.",
                nl="Gelijk over iedereen die meegaat, of een bedrag per persoon.",
            ),
        ),
    ] = "equal"
    parts: Annotated[
        bool,
        labelled(
            "Amount per person",
            "Bedrag per persoon",
            Text(
                en="Only if you share it per person. Together they are the whole amount; leave empty who pays nothing.",
                nl="Alleen als jullie het per persoon delen. Samen zijn ze het hele bedrag; laat leeg wie niets betaalt.",
            ),
        ),
    ] = False
    settled_as: (
        Annotated[
            str,
            labelled(
                "What the bank charged",
                "Wat de bank afschreef",
                Text(
                    en="Only if that was in another currency. This amount is settled.",
                    nl="Alleen als dat in een andere valuta was. Dit bedrag wordt verrekend.",
                ),
            ),
        ]
        | None
    ) = None
    settled_currency: Annotated[Currency, labelled("Currency of that", "Valuta daarvan")] = EURO
    booking_id: (
        Annotated[
            BookingId,
            labelled(
                "Booking that this paid",
                "Boeking die hiermee betaald is",
                Text(
                    en="Then a refund of the booking is settled as well.",
                    nl="Dan wordt een terugbetaling van de boeking ook verrekend.",
                ),
            ),
        ]
        | None
    ) = None


class WrongPart(Refusal):
    """The part of a person is an amount in the currency of the expense."""

    CODE = "wrong-part"
    STATUS = 422
    TEXT = Text(en="{name}: {wrong}", nl="{name}: {wrong}")


class NoParts(Refusal):
    """An expense that is shared per person has somebody who bears it."""

    CODE = "no-parts"
    STATUS = 422
    TEXT = Text(en="Fill in an amount for at least one person.", nl="Vul bij minstens één persoon een bedrag in.")


class SettledMeanwhile(Refusal):
    """A payment is recorded as long as the settlement asks for it."""

    CODE = "settled-meanwhile"
    TEXT = Text(
        en="The settlement changed meanwhile, and no longer asks for this payment. Look at it again below.",
        nl="De verrekening is intussen veranderd en vraagt deze betaling niet meer. Kijk hieronder opnieuw.",
    )


class ExpensePages(Controller):
    """Pages about the costs of a trip."""

    path = "/"

    @get("/trips/{trip:str}/expenses")
    async def new(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Show the form that shares an expense."""
        return await self._new(visit, trip)

    @post("/trips/{trip:str}/expenses")
    async def share(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Share an expense."""
        entered = await visit.entered()

        async def perform(form: NewExpense, attempt: Attempt) -> Receipt:
            row = await trip_from_log(visit.reader, trip)
            amount = amount_of(form.amount, form.currency, visit.language, "amount")
            charged = form.settled_as
            settled_as = (
                None if charged is None else amount_of(charged, form.settled_currency, visit.language, "settled_as")
            )
            split = await _parts(visit, entered, form.currency) if form.split == "parts" else ()
            return await attempt.execute(
                lambda: ShareExpense(
                    attempt.new,
                    trip=trip,
                    team=row.team,
                    programme=row.programme,
                    payer=form.payer,
                    amount=amount,
                    text=Words(form.text),
                    split=split,
                    settled_as=settled_as,
                    booking=form.booking_id,
                    by=attempt.by,
                )
            )

        return await visit.perform(
            NewExpense, perform, creates="expense", then=f"/trips/{trip}#costs", again=lambda: self._new(visit, trip)
        )

    @post("/trips/{trip:str}/repayments")
    async def repay(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Record that a payment of the settlement was made: an expense of the one who paid, borne by the one who received."""

        async def perform(form: Repayment, attempt: Attempt) -> Receipt:
            row = await trip_with_costs(visit.reader, trip, visit.reading)
            row = await trip_from_log(visit.reader, row.id)
            done = attempt.once is not None and await visit.kring.commands.receipt_of(attempt.once) is not None
            if not done and not asks_for(row, form):
                raise SettledMeanwhile
            amount = Money(form.amount_minor, form.currency)
            return await attempt.execute(
                lambda: ShareExpense(
                    attempt.new,
                    trip=trip,
                    team=row.team,
                    programme=row.programme,
                    payer=form.from_person,
                    amount=amount,
                    text=Words(REPAID.in_language(visit.language)),
                    split=(Share(form.to_person, form.amount_minor),),
                    by=attempt.by,
                )
            )

        return await visit.perform(
            Repayment, perform, creates="expense", then=f"/trips/{trip}#settlement", again=lambda: show(visit, trip)
        )

    async def _new(self, visit: Visit, trip: TripId) -> Response[Any]:
        shown = await shown_trip(visit, trip)
        if not shown.may_share:
            raise NotFound
        bookings = []
        if shown.sees_work:
            listing = ListOptions(limit=MAX_REPLACED)
            bookings = (await visit.reader.page(BOOKINGS, BOOKINGS_OF_TRIP, trip, listing=listing)).items
        names = await visit.names(shown.people())
        return shown.page(
            visit,
            "trips/new_expense.html",
            names=names,
            form=visit.form(NewExpense),
            people=named(shown.travellers, names),
            part=PART,
            currencies=currencies(visit.language),
            bookings=[
                (one.id, f"{one.supplier.text or '…'}, {written(one.amount, visit.language)} {one.amount.currency}")
                for one in bookings
            ],
        )


async def _parts(visit: Visit, entered: Entered, currency: Currency) -> tuple[Share, ...]:
    """The parts that were entered. Raises `WrongPart` or `NoParts`."""
    found, wrong = list[Share](), dict[str, Refusal]()
    for field, texts in entered.items():
        if not field.startswith(PART) or not texts[0].strip():
            continue
        person = PersonId(field.removeprefix(PART))
        try:
            found.append(Share(person, amount_of(texts[0], currency, visit.language, "parts").amount_minor))
        except Refusal as refusal:
            wrong[person] = refusal
    for person, refusal in wrong.items():
        names = await visit.names([person])
        said = refusal_in_words(refusal, visit.language)
        raise WrongPart(field="parts", name=Text(names.of(person), names.of(person)), wrong=Text(said, said))
    if not any(one.amount_minor for one in found):
        raise NoParts(field="parts")
    return tuple(one for one in found if one.amount_minor)
