"""The outcome of every operation for every kind of caller: the expected result of the table of roles and the API.

`tests/service/api/access/test_who_may.py` tries all of it over HTTP; `docs/reference/roles.md` shows it.
"""

from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["allowed", "forbidden", "hidden"]

CALLERS = (
    "member",
    "other CoP",
    "other programme",
    "facilitator",
    "facilitator elsewhere",
    "facilitator before",
    "manager",
    "manager elsewhere",
    "commissioner",
    "other commissioner",
    "auditor",
    "reporting",
)
"""Kinds of callers in the order of the columns: participants, facilitators, managers, callers for organisations."""

OUTCOMES: dict[str, Outcome] = {"+": "allowed", "x": "forbidden", ".": "hidden"}
"""`forbidden`: 403. `hidden`: 404. `allowed`: neither of these; a rule may still refuse."""

# An operation is its method and path. If the outcome depends on the resource, there is a line for each kind of resource.

TABLE = """
participants fac. man. com. aud.
+++ +++ ++ ++ ++
    GET /me
    GET /me/agenda
    GET /me/changes
    GET /me/notifications
    GET /me/to-dos
    GET /events
    GET /organisations
    GET /organisations/{organisation}
    GET /organisations/{organisation}/commitments
    GET /organisations/{organisation}/search?q=een
    GET /people
    GET /programmes
    GET /tokens

Own data
+++ +++ ++ ++ +x
    POST /me/calendar

Setting up
xxx xxx ++ xx xx
    POST /programmes
xxx ++x ++ xx xx
    GET /people?email={email}
    POST /organisations
    POST /people
xxx xxx +x +x xx
    POST /organisations/{organisation}/contacts
xxx +xx +x +x +x
    GET /organisations/{organisation}/contacts
... +.. +. +. +.
    GET /contacts/{contact}
... x.. +. +. x.
    POST /contacts/{contact}/end
++. +.. +. +. ..
    GET /people/{person}
xx. x.. +. x. ..
    PUT /people/{person}
xxx xxx xx +x xx
    PUT /organisations/{organisation}
    GET /organisations/{organisation}/invitations
... ... .. +. x.
    POST /contacts/{contact_for_all}/invitation/resend
xxx xxx +x xx xx
    POST /tokens
... ... +. .. ..
    GET /tokens/{token}
    POST /tokens/{token}/revocation
... ... +. .. ..
    GET /jobs/{job}
    POST /jobs/{job}/retry
    POST /jobs/{job}/cancellation
xxx xxx ++ xx xx
    GET /jobs
... ... +. +. +.
    GET /organisations/{organisation}/trail
... ... +. x. x.
    POST /organisations/{organisation}/trail/brought-in

The programme
++. +.. +. .. ..
    GET /programmes/{programme}
    GET /programmes/{programme}/announcements
    GET /announcements/{announcement}
    GET /programmes/{programme}/attendance
    GET /programmes/{programme}/coverage
    GET /programmes/{programme}/facilitators
    GET /programmes/{programme}/facilitators/{guide}
    GET /programmes/{programme}/managers
    GET /programmes/{programme}/managers/{boss}
    GET /programmes/{programme}/modules
    GET /programmes/{programme}/modules/{number}
    GET /programmes/{programme}/participants
    GET /programmes/{programme}/participants/{person}
    GET /programmes/{programme}/team-assignments
    GET /team-assignments/{assignment}
xx. +.. +. .. ..
    GET /programmes/{programme}/dashboard
    GET /programmes/{programme}/invitations
    POST /programmes/{programme}/invitations/{member}/resend
    POST /programmes/{programme}/announcements
    POST /programmes/{programme}/participants
    POST /programmes/{programme}/participants/{person}/organisation
    POST /programmes/{programme}/participants/{person}/withdrawal
    POST /programmes/{programme}/team-assignments
    POST /team-assignments/{assignment}/adoption
    POST /programmes/{programme}/ballots
    POST /programmes/{programme}/choice
    POST /programmes/{programme}/gatherings
xx. x.. +. .. ..
    PUT /programmes/{programme}
    PUT /programmes/{programme}/curriculum
    PUT /programmes/{programme}/phases
    POST /programmes/{programme}/conclusion
    POST /programmes/{programme}/facilitators
    POST /programmes/{programme}/invitations/hold
    POST /programmes/{programme}/invitations/release
    POST /programmes/{programme}/facilitators/{guide}/replacement
    POST /programmes/{programme}/managers
    POST /programmes/{programme}/modules
    POST /events/{position}/redaction
xxx xxx ++ xx x+
    GET /reporting/{report}
xxx xxx +. xx x+
    GET /reporting/{report}?programme={programme}
+.. +.. +. .. ..
    GET /programmes/{programme}/preferences?person_id={member}
+x. +.. +. .. ..
    PUT /programmes/{programme}/preferences
++. +.. +. ++ +.
    GET /programmes/{programme}/ballots
    GET /programmes/{programme}/challenges
    GET /programmes/{programme}/commitments
    GET /programmes/{programme}/eligibility
    GET /programmes/{programme}/gatherings
    GET /programmes/{programme}/search?q=een
    GET /programmes/{programme}/teams

Challenges and ballots
++. +.. +. +. ..
    POST /programmes/{programme}/challenges
++. +.. +. +. +.
    GET /challenges/{challenge}
    GET /challenges/{challenge}/questions
    GET /questions/{question}
    GET /ballots/{ballot}
    GET /ballots/{ballot}/eligibility
    GET /ballots/{ballot}/texts
    GET /ballots/{counted}/result
xx. +.. +. x. x.
    POST /challenges/{challenge}/admission
    POST /challenges/{challenge}/declination
    POST /ballots/{ballot}/close
    POST /ballots/{ballot}/count
    POST /ballots/{ballot}/certification
xx. +.. +. +. x.
    POST /challenges/{challenge}/revision
    POST /questions/{question}/answer
++. +.. +. x. x.
    POST /challenges/{challenge}/questions
xx. x.. +. +. x.
    POST /challenges/{challenge}/withdrawal
xx. x.. +. x. x.
    POST /challenges/{challenge}/recommission
    POST /ballots/{ballot}/voiding
++. ... .. .. ..
    GET /ballots/{ballot}/vote
+x. x.. +. x. x.
    PUT /ballots/{ballot}/vote
++. x.. x. x. x.
    POST /ballots/{ballot}/recusals

CoPs
++. +.. +. +. +.
    GET /teams/{team}
    GET /teams/{team}/files
    GET /teams/{team}/insights
    GET /teams/{team}/members
    GET /teams/{team}/members/{person}
    GET /teams/{team}/interviews
    GET /teams/{team}/recommendations
    GET /teams/{team}/research
    GET /teams/{team}/shares
    GET /teams/{team}/sources
xx. +.. +. x. x.
    GET /teams/{team}/repairs
    POST /teams/{team}/members
    POST /teams/{team}/merger
    POST /teams/{team}/transfers
    POST /teams/{team}/waivers
+x. +.. +. x. x.
    POST /teams/{team}/departures
    POST /teams/{team}/comments
xx. x.. +. x. x.
    POST /teams/{team}/challenge
    POST /teams/{team}/dissolution
+.. +.. +. +. +.
    GET /teams/{team}/advice
    GET /teams/{team}/answer
    GET /teams/{team}/coverage
    GET /teams/{team}/evidence-graph
    GET /teams/{team}/gatherings
    GET /teams/{team}/guiding-question
    GET /teams/{team}/problem-statement
    GET /teams/{team}/summary
+.. +.. +. .. ..
    GET /teams/{team}/comments
    GET /teams/{team}/timeline
    GET /teams/{team}/trips
++. +.. +. .. ..
    GET /teams/{team}/stakeholders
+x. x.. x. x. x.
    POST /teams/{team}/advice/approval
    POST /teams/{team}/advice/delivery
    POST /teams/{team}/advice/presentation
    POST /teams/{team}/answer
    POST /teams/{team}/files
    POST /teams/{team}/gatherings
    POST /teams/{team}/guiding-question
    POST /teams/{team}/insights
    POST /teams/{team}/interviews
    POST /teams/{team}/problem-statement
    POST /teams/{team}/recommendations
    POST /teams/{team}/shares
    POST /teams/{team}/sources
    POST /teams/{team}/stakeholders
    POST /teams/{team}/summary
    POST /teams/{team}/trips

Work of a CoP
+.. +.. +. .. ..
    GET /comments/{comment}
    GET /files/{file_id}
    GET /files/{file_id}/content
    GET /insights/{insight}
    GET /interviews/{interview}
    GET /sources/{source_id}
    GET /stakeholders/{stakeholder}
    GET /stakeholders/{stakeholder}/talks
    GET /trips/{trip}
    GET /trips/{trip}/bookings
    GET /trips/{trip}/expenses
    GET /trips/{trip}/expenses/{expense}
    GET /trips/{trip}/guests
    GET /trips/{trip}/guests/{guest}
    GET /trips/{trip}/itinerary
    GET /trips/{trip}/settlement
    GET /bookings/{booking}
    GET /itinerary-items/{item}
+.. x.. x. .. ..
    POST /interviews/{interview}/consent
    POST /interviews/{interview}/holding
    POST /stakeholders/{stakeholder}/placement
    POST /stakeholders/{stakeholder}/talks
    PUT /itinerary-items/{item}
    POST /itinerary-items/{item}/removal
    POST /bookings/{booking}/cancellation
    POST /bookings/{booking}/confirmation
    POST /bookings/{booking}/failure
    PUT /trips/{trip}/availability
    POST /trips/{trip}/booked
    POST /trips/{trip}/bookings
    POST /trips/{trip}/cancellation
    POST /trips/{trip}/completion
    POST /trips/{trip}/date
    POST /trips/{trip}/date-poll
    POST /trips/{trip}/expenses
    POST /trips/{trip}/guests
    POST /trips/{trip}/itinerary

Gatherings: a session of all CoPs, and a CoP's own
++. +.. +. +. +.
    GET /gatherings/{session}
xx. +.. +. x. x.
    POST /gatherings/{session}/attendance
    POST /gatherings/{session}/cancellation
    POST /gatherings/{session}/holding
    POST /gatherings/{session}/reschedule
++. +.. +. x. x.
    POST /gatherings/{session}/minutes
+x. x.. x. x. x.
    POST /gatherings/{session}/minutes-approval
+.. +.. +. +. +.
    GET /gatherings/{own}
+.. x.. x. x. x.
    POST /gatherings/{own}/attendance
    POST /gatherings/{own}/cancellation
    POST /gatherings/{own}/holding
    POST /gatherings/{own}/minutes
    POST /gatherings/{own}/minutes-approval
    POST /gatherings/{own}/reschedule

Follow-up of a delivered advice
+.. +.. +. +. +.
    GET /recommendations/{recommendation}
    GET /recommendations/{recommendation}/commitments
    GET /commitments/{commitment}
+.. x.. x. x. x.
    PUT /recommendations/{recommendation}
    POST /recommendations/{recommendation}/rejoinder
x.. x.. +. +. x.
    POST /recommendations/{recommendation}/closure
    POST /recommendations/{recommendation}/commitments
    POST /recommendations/{recommendation}/progress
    POST /recommendations/{recommendation}/response
    POST /commitments/{commitment}/move
    POST /commitments/{commitment}/settlement
"""

PUBLIC = ("GET /calendar/{link}",)
"""Operations without a token: the link itself gives access."""


def rows() -> list[tuple[str, dict[str, Outcome]]]:
    """Every operation with its outcome for each of `CALLERS`, in the order of the table."""
    found: list[tuple[str, dict[str, Outcome]]] = []
    outcomes: dict[str, Outcome] = {}
    for line in TABLE.splitlines():
        if line.startswith("    "):
            found.append((line.strip(), outcomes))
        elif line and set(line) <= {*OUTCOMES, " "}:
            outcomes = dict(zip(CALLERS, (OUTCOMES[one] for one in line.replace(" ", "")), strict=True))
    return found
