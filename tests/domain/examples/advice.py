"""An interview, a visit, and a revision of a recommendation."""

from datetime import timedelta

from domain.advice.advice import ReviseRecommendation
from domain.events.advice import Addressee
from domain.events.itinerary import ItineraryItemAdded, Plan
from domain.foundation import (
    AnyId,
    InterviewId,
    ItemId,
    TripId,
    Words,
)
from tests.domain.examples import team as t
from tests.domain.examples.deciding import NOW

ITEM, INTERVIEW = ItemId(t.id_of("item", 1)), InterviewId(t.id_of("interview", 1))
VISIT = ItineraryItemAdded(
    item=ITEM,
    trip=TripId(t.id_of("trip", 1)),
    team=t.TEAM,
    programme=t.PROGRAMME,
    member=t.ANNA,
    plan=Plan(NOW, NOW + timedelta(hours=1), Words("Hub"), Words("Rotterdam")),
)
REGION = Addressee(name=Words("De regio"))


def revision(based_on: int | None = None, by: t.Caller = t.BY_ANNA) -> ReviseRecommendation:
    return ReviseRecommendation(
        t.RECOMMENDATION,
        team=t.TEAM,
        text=Words("r"),
        evidence=(AnyId(t.SOURCE),),
        addressee=REGION,
        based_on=based_on,
        by=by,
    )
