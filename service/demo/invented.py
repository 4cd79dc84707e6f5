"""Generated programmes, for load: 24 participants of 6 organisations, 10 challenges, 4 CoPs; the `n`th is always the same."""

from datetime import date, datetime, timedelta

from service.demo import case

CHALLENGES, COPS, MEMBERS = 10, 4, 6
GATHERINGS, SOURCES, INTERVIEWS, INSIGHTS, STAKEHOLDERS, COMMENTS, VISITS, BOOKINGS = 8, 30, 12, 12, 12, 20, 6, 4
START = datetime(2016, 9, 5, 9, 0)  # noqa: DTZ001  local, as all times of a case
FIRST = ("Anna", "Bas", "Chantal", "Dirk", "Eva", "Freek", "Gonda", "Huub", "Iris", "Jelle", "Kim", "Lars")
LAST = ("Aalders", "Blok", "Cremer", "Dekker", "Evers", "Faber", "Groen", "Huisman")
SECTORS = ("knowledge", "government", "business")
WORDS = "Opgeschreven zoals wij het hoorden, met de bron erbij, zodat een ander het kan nalopen."


def programme(n: int) -> case.Programme:
    """The `n`th programme."""
    return case.Programme(
        name=f"Oefenleergang {n}",
        edition="2016",
        starts_on=date(2016, 9, 5),
        ends_on=date(2017, 6, 30),
        opened_at=START,
        module=case.Module(number=1, title="Vraagstukken", starts_on=date(2016, 9, 5), ends_on=date(2016, 10, 28)),
        organisations=tuple(
            case.Organisation(key=_organisation(one), name=f"Oefenbedrijf {n}-{one}") for one in range(MEMBERS)
        ),
        people=_people(n),
        challenges=tuple(_challenge(n, one) for one in range(CHALLENGES)),
        ballots=(_ballot(n),),
        choice=_choice(n),
        sessions=tuple(_session(n, number) for number in (1, 2, 3)),
    )


def cops(n: int) -> tuple[case.Cop, ...]:
    """The CoPs of the `n`th programme, one on each of the first four challenges."""
    return tuple(_cop(n, one) for one in range(COPS))


# People


def _organisation(one: int) -> str:
    return f"organisation-{one}"


def _member(n: int, cop: int, one: int) -> str:
    return f"oefen{n}.deelnemer{cop * MEMBERS + one}"


def _commissioner(n: int, cop: int) -> str:
    return f"oefen{n}.opdrachtgever{cop}"


def _name(number: int) -> str:
    return f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"


def _people(n: int) -> tuple[case.Person, ...]:
    return (
        case.Person(key=f"oefen{n}.manager", name=_name(n), role="manager"),
        case.Person(key=f"oefen{n}.begeleider", name=_name(n + 1), role="facilitator"),
        *(
            case.Person(
                key=_commissioner(n, one), name=_name(n + 2 + one), role="commissioner", organisation=_organisation(one)
            )
            for one in range(COPS)
        ),
        *(
            case.Person(key=_member(n, cop, one), name=_name(n + 7 * cop + one), organisation=_organisation(one))
            for cop in range(COPS)
            for one in range(MEMBERS)
        ),
    )


# Choices: each quarter of the participants agrees on one challenge, so that each gets its CoP


def _challenge(n: int, one: int) -> case.Challenge:
    proposer = one % MEMBERS
    return case.Challenge(
        key=f"challenge-{one}",
        by=_member(n, one % COPS, proposer),
        at=START + timedelta(days=10, hours=one),
        organisation=_organisation(proposer),
        title=f"Hoe pakken we vraagstuk {one} van leergang {n} aan?",
        short_title=f"Vraagstuk {one} van leergang {n}",
        context=f"Een vraagstuk dat al langer speelt. {WORDS}",
        wish="Een advies dat iemand morgen kan gebruiken.",
    )


def _ballot(n: int) -> case.Ballot:
    opened = START + timedelta(days=30)
    return case.Ballot(
        key="ballot",
        opened_at=opened,
        closed_at=opened + timedelta(days=7),
        certified_at=opened + timedelta(days=8),
        days_open=7,
        papers=tuple(
            case.Paper(
                voter=_member(n, cop, one),
                approves=(f"challenge-{cop}", f"challenge-{COPS + one}"),
                at=opened + timedelta(hours=1 + cop * MEMBERS + one),
            )
            for cop in range(COPS)
            for one in range(MEMBERS)
        ),
    )


def _choice(n: int) -> case.Choice:
    ranked = START + timedelta(days=39)
    rankings = {
        _member(n, cop, one): tuple(f"challenge-{(cop + later) % COPS}" for later in range(COPS))
        for cop in range(COPS)
        for one in range(MEMBERS)
    }
    return case.Choice(
        ranked_from=ranked,
        assigned_at=ranked + timedelta(days=7),
        adopted_at=ranked + timedelta(days=8),
        rankings=rankings,
        motivations={},
    )


def _session(n: int, number: int) -> case.Session:
    starts_at = START + timedelta(days=20 + 60 * number)
    return case.Session(
        number=number,
        planned_at=START + timedelta(days=1),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=7),
        place="Oefenzaal",
        agenda=(case.AgendaItem(topic="presenting", title="Presenteren", minutes=120),),
        techniques=("Patronenkaart",),
        minutes=WORDS,
        minutes_by=f"oefen{n}.begeleider",
        approved_by=_member(n, 0, 0),
    )


# The work of a CoP


def _cop(n: int, cop: int) -> case.Cop:
    members = tuple(_member(n, cop, one) for one in range(MEMBERS))
    formed = START + timedelta(days=48)

    def who(one: int) -> str:
        return members[one % MEMBERS]

    def at(day: int, hour: int = 0) -> datetime:
        return formed + timedelta(days=day, hours=hour)

    return case.Cop(
        challenge=f"challenge-{cop}",
        members=members,
        commissioner=_commissioner(n, cop),
        gatherings=tuple(
            case.OwnGathering(
                by=who(one),
                planned_at=at(7 * one),
                starts_at=at(7 * one + 3, 9),
                ends_at=at(7 * one + 3, 11),
                place="Aan de keukentafel",
                agenda=("Wat weten we nu?",),
                minutes=WORDS,
                minutes_by=who(one + 1),
                approved_by=who(one + 2),
            )
            for one in range(GATHERINGS)
        ),
        sources=tuple(
            case.Source(
                key=str(one),
                by=who(one),
                at=at(2 + one),
                csl={"type": "report", "title": f"Oefenbron {n}-{cop}-{one}", "note": "Verzonnen bron"},
            )
            for one in range(SOURCES)
        ),
        interviews=tuple(
            case.Interview(
                key=str(one),
                by=who(one),
                planned_at=at(5 + one),
                held_at=at(12 + one),
                on=at(12 + one).date(),
                who=f"{_name(one + cop)} {one}",
                role="deskundige",
                sector=SECTORS[one % len(SECTORS)],
                consent="anonymous_quote",
                findings=WORDS,
            )
            for one in range(INTERVIEWS)
        ),
        insights=tuple(
            case.Insight(key=str(one), by=who(one), at=at(20 + one), text=f"Inzicht {one}: {WORDS}")
            for one in range(INSIGHTS)
        ),
        stakeholders=tuple(
            case.Stakeholder(
                key=str(one),
                by=who(one),
                at=at(15 + one),
                name=f"Belanghebbende {one}",
                first=(1 + one % 5, 5 - one % 5, 0, 1),
                later=(1 + one % 5, 5, 1, 2),
            )
            for one in range(STAKEHOLDERS)
        ),
        comments=tuple(
            case.Comment(by=who(one), at=at(40 + one), on=f"source:{one}", text=f"Opmerking {one}. {WORDS}")
            for one in range(COMMENTS)
        ),
        trip=_trip(members, at(30)),
        problem_statements=tuple(
            case.ProblemStatement(
                by=who(one),
                at=at(60 + 10 * one),
                text=f"Probleemstelling {one}. {WORDS}",
                patterns=("Ieder voor zich",),
                causes=("Niemand vraagt het",),
                values=("Doe maar gewoon",),
            )
            for one in range(3)
        ),
        guiding_question=case.Written(by=who(0), at=at(90), text=f"Hoe lossen we vraagstuk {cop} op?"),
        answer=case.Written(by=who(1), at=at(100), text="Door het samen te doen."),
        summary=case.Summary(by=who(2), at=at(110), summary="Doe het samen.", method=WORDS),
        recommendations=tuple(_recommendation(who(one), one, at(115), cop) for one in range(3)),
        advice=case.Advice(
            approved_at=at(165), presented_by=who(3), presented_at=at(170), delivered_by=who(4), delivered_at=at(175)
        ),
    )


def _recommendation(by: str, one: int, at: datetime, cop: int) -> case.Recommendation:
    return case.Recommendation(
        key=str(one),
        by=by,
        at=at,
        text=f"Aanbeveling {one}: {WORDS}",
        evidence=(f"source:{one}", f"interview:{one}", f"visit:{one}"),
        addressee=_organisation(cop),
        verdict="accepted",
        response="Dit nemen wij over.",
        response_at=at + timedelta(days=70),
        commitment=case.Commitment(
            text=f"Wij voeren aanbeveling {one} uit.",
            due_on=date(2017, 6, 30),
            made_at=at + timedelta(days=71),
            kept_at=at + timedelta(days=90),
            kept="Gedaan.",
        ),
    )


def _trip(members: tuple[str, ...], at: datetime) -> case.Trip:
    day = (at + timedelta(days=40)).replace(hour=9)
    return case.Trip(
        by=members[0],
        at=at,
        theme="Kijken bij anderen",
        destination="Rotterdam",
        polled_by=members[0],
        polled_at=at + timedelta(days=1),
        fixed_by=members[1],
        fixed_at=at + timedelta(days=5),
        completed_by=members[2],
        completed_at=day + timedelta(days=2),
        learnings=WORDS,
        options=tuple(
            case.DateOption(
                key=str(one),
                starts_on=(day + timedelta(weeks=one)).date(),
                ends_on=(day + timedelta(weeks=one)).date(),
                answers=dict.fromkeys(members, "if_needed" if one else "yes"),
            )
            for one in range(2)
        ),
        visits=tuple(
            case.Visit(
                key=str(one),
                by=members[one],
                at=at + timedelta(days=6),
                starts_at=day + timedelta(hours=one),
                ends_at=day + timedelta(hours=one, minutes=50),
                title=f"Bezoek {one}",
                place="Rotterdam",
                host=_name(one),
            )
            for one in range(VISITS)
        ),
        bookings=tuple(
            case.Booking(
                key=str(one),
                by=members[one],
                at=at + timedelta(days=7),
                kind="vervoer",
                supplier=f"Leverancier {one}",
                amount=10_000 + one,
                payer=members[one],
                confirmed_at=at + timedelta(days=8),
                reference=f"R-{one}",
            )
            for one in range(BOOKINGS)
        ),
        expenses=tuple(
            case.Expense(by=member, at=day + timedelta(days=1), payer=member, amount=2_500 + one, text=f"Uitgave {one}")
            for one, member in enumerate(members)
        ),
    )
