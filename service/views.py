"""All views. A view that is not listed here is neither projected nor read."""

from typing import Any

from projections.advice import ADVICE
from projections.announcements import ANNOUNCEMENTS
from projections.ballots import BALLOTS, PAPERS, RECUSALS, RESULTS
from projections.challenges import CHALLENGES
from projections.commitments import COMMITMENTS
from projections.files import FILES
from projections.gatherings import GATHERINGS
from projections.people import CONTACTS, ORGANISATIONS, PEOPLE, REGISTRATIONS, TOKENS
from projections.programmes import FACILITATORS, PARTICIPANTS, PROGRAMMES
from projections.questions import QUESTIONS
from projections.recommendations import RECOMMENDATIONS
from projections.research import INSIGHTS, INTERVIEWS, SOURCES, STAKEHOLDERS
from projections.sharing import COMMENTS, SHARES
from projections.teams import ASSIGNMENTS, PREFERENCES, TEAMS
from projections.trips import BOOKINGS, TRIPS
from projections.view import View
from projections.wording.names import NAMES

VIEWS: tuple[View[Any], ...] = (
    NAMES,
    PEOPLE,
    ORGANISATIONS,
    REGISTRATIONS,
    CONTACTS,
    TOKENS,
    PROGRAMMES,
    PARTICIPANTS,
    FACILITATORS,
    ANNOUNCEMENTS,
    CHALLENGES,
    QUESTIONS,
    BALLOTS,
    RESULTS,
    PAPERS,
    RECUSALS,
    PREFERENCES,
    ASSIGNMENTS,
    TEAMS,
    GATHERINGS,
    TRIPS,
    BOOKINGS,
    SOURCES,
    INTERVIEWS,
    INSIGHTS,
    FILES,
    STAKEHOLDERS,
    COMMENTS,
    SHARES,
    ADVICE,
    RECOMMENDATIONS,
    COMMITMENTS,
)
