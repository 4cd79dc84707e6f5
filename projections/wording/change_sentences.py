"""Wordings of changes for one reader: several events that are alike, and what somebody decided about the reader. Pure.

For example "4 papers handed in by Daan Pierik and 3 others", and "Daan Pierik handed in a paper for you".
"""

from domain.foundation import Language, Text
from projections.wording.formats import counted

REPETITIONS: dict[str, Text] = {
    "advice.approved_by_member": Text(
        en="# approval given|# approvals given", nl="# instemming gegeven|# instemmingen gegeven"
    ),
    "advice.commitment_made": Text(
        en="# commitment made|# commitments made", nl="# toezegging gedaan|# toezeggingen gedaan"
    ),
    "advice.commitment_moved": Text(
        en="# commitment moved to another date|# commitments moved to another date",
        nl="# toezegging verplaatst naar een andere datum|# toezeggingen verplaatst naar een andere datum",
    ),
    "advice.commitment_settled": Text(
        en="# commitment settled|# commitments settled", nl="# toezegging afgerond|# toezeggingen afgerond"
    ),
    "advice.dissented": Text(
        en="# dissent stated|# dissents stated",
        nl="# afwijkend standpunt gegeven|# afwijkende standpunten gegeven",
    ),
    "advice.formal_response_given": Text(
        en="# response given to a recommendation|# responses given to recommendations",
        nl="# reactie gegeven op een aanbeveling|# reacties gegeven op aanbevelingen",
    ),
    "advice.progress_reported": Text(
        en="# recommendation with progress reported|# recommendations with progress reported",
        nl="# aanbeveling met voortgang gemeld|# aanbevelingen met voortgang gemeld",
    ),
    "advice.recommendation_closed": Text(
        en="# recommendation closed|# recommendations closed", nl="# aanbeveling afgesloten|# aanbevelingen afgesloten"
    ),
    "advice.recommendation_formulated": Text(
        en="# recommendation written|# recommendations written",
        nl="# aanbeveling geschreven|# aanbevelingen geschreven",
    ),
    "advice.rejoinder_added": Text(
        en="# rejoinder given|# rejoinders given", nl="# weerwoord gegeven|# weerwoorden gegeven"
    ),
    "ballot.recusal_declared": Text(
        en="# recusal declared|# recusals declared", nl="# verschoning gemeld|# verschoningen gemeld"
    ),
    "ballot.vote_cast": Text(
        en="# paper handed in|# papers handed in", nl="# stembiljet ingeleverd|# stembiljetten ingeleverd"
    ),
    "challenge.admitted": Text(
        en="# challenge admitted|# challenges admitted", nl="# vraagstuk toegelaten|# vraagstukken toegelaten"
    ),
    "challenge.declined": Text(
        en="# challenge declined|# challenges declined", nl="# vraagstuk afgewezen|# vraagstukken afgewezen"
    ),
    "challenge.proposed": Text(
        en="# challenge proposed|# challenges proposed", nl="# vraagstuk voorgesteld|# vraagstukken voorgesteld"
    ),
    "challenge.revised": Text(
        en="# challenge reworded|# challenges reworded", nl="# vraagstuk anders verwoord|# vraagstukken anders verwoord"
    ),
    "gathering.attendance_recorded": Text(
        en="# attendance recorded|# attendances recorded", nl="# aanwezigheid vastgelegd|# aanwezigheden vastgelegd"
    ),
    "gathering.cancelled": Text(
        en="# gathering cancelled|# gatherings cancelled", nl="# bijeenkomst afgezegd|# bijeenkomsten afgezegd"
    ),
    "gathering.held": Text(
        en="# gathering held|# gatherings held", nl="# bijeenkomst gehouden|# bijeenkomsten gehouden"
    ),
    "gathering.minutes_written": Text(
        en="# set of minutes written|# sets of minutes written", nl="# verslag geschreven|# verslagen geschreven"
    ),
    "gathering.planned": Text(
        en="# gathering planned|# gatherings planned", nl="# bijeenkomst gepland|# bijeenkomsten gepland"
    ),
    "gathering.rescheduled": Text(
        en="# gathering moved|# gatherings moved", nl="# bijeenkomst verplaatst|# bijeenkomsten verplaatst"
    ),
    "programme.announcement_made": Text(
        en="# announcement made|# announcements made", nl="# mededeling gedaan|# mededelingen gedaan"
    ),
    "programme.module_planned": Text(en="# module planned|# modules planned", nl="# module gepland|# modules gepland"),
    "programme.participant_enrolled": Text(
        en="# participant enrolled|# participants enrolled", nl="# deelnemer ingeschreven|# deelnemers ingeschreven"
    ),
    "programme.participant_withdrew": Text(
        en="# participant withdrawn|# participants withdrawn", nl="# deelnemer uitgeschreven|# deelnemers uitgeschreven"
    ),
    "research.insight_shared": Text(
        en="# insight shared|# insights shared", nl="# inzicht gedeeld|# inzichten gedeeld"
    ),
    "research.interview_held": Text(
        en="# interview held|# interviews held", nl="# interview gehouden|# interviews gehouden"
    ),
    "research.interview_planned": Text(
        en="# interview planned|# interviews planned", nl="# interview gepland|# interviews gepland"
    ),
    "research.source_logged": Text(en="# source logged|# sources logged", nl="# bron vastgelegd|# bronnen vastgelegd"),
    "research.stakeholder_identified": Text(
        en="# stakeholder identified|# stakeholders identified",
        nl="# belanghebbende aangemerkt|# belanghebbenden aangemerkt",
    ),
    "research.stakeholder_placed": Text(
        en="# stakeholder placed on the map|# stakeholders placed on the map",
        nl="# belanghebbende op de kaart geplaatst|# belanghebbenden op de kaart geplaatst",
    ),
    "research.talk_held": Text(
        en="# talk with a stakeholder held|# talks with stakeholders held",
        nl="# gesprek met een belanghebbende gevoerd|# gesprekken met belanghebbenden gevoerd",
    ),
    "team.comment_added": Text(
        en="# comment written|# comments written", nl="# opmerking geplaatst|# opmerkingen geplaatst"
    ),
    "team.file_attached": Text(en="# file attached|# files attached", nl="# bestand toegevoegd|# bestanden toegevoegd"),
    "team.formed": Text(en="# CoP formed|# CoPs formed", nl="# CoP gevormd|# CoP’s gevormd"),
    "team.preferences_ranked": Text(
        en="# ranking of preferences given|# rankings of preferences given",
        nl="# voorkeur opgegeven|# voorkeuren opgegeven",
    ),
    "team.work_shared": Text(
        en="# piece of work shared|# pieces of work shared", nl="# stuk gedeeld|# stukken gedeeld"
    ),
    "trip.availability_given": Text(
        en="# availability given|# availabilities given",
        nl="# beschikbaarheid doorgegeven|# beschikbaarheden doorgegeven",
    ),
    "trip.booking_confirmed": Text(
        en="# booking confirmed|# bookings confirmed", nl="# boeking bevestigd|# boekingen bevestigd"
    ),
    "trip.booking_requested": Text(
        en="# booking requested|# bookings requested", nl="# boeking aangevraagd|# boekingen aangevraagd"
    ),
    "trip.expense_shared": Text(en="# expense shared|# expenses shared", nl="# uitgave gedeeld|# uitgaven gedeeld"),
    "trip.guest_invited": Text(en="# guest invited|# guests invited", nl="# gast uitgenodigd|# gasten uitgenodigd"),
    "trip.idea_proposed": Text(
        en="# study trip proposed|# study trips proposed", nl="# studiereis voorgesteld|# studiereizen voorgesteld"
    ),
    "trip.itinerary_item_added": Text(
        en="# item added to the itinerary|# items added to the itinerary",
        nl="# onderdeel aan het reisprogramma toegevoegd|# onderdelen aan het reisprogramma toegevoegd",
    ),
    "trip.itinerary_item_changed": Text(
        en="# item of the itinerary changed|# items of the itinerary changed",
        nl="# onderdeel van het reisprogramma gewijzigd|# onderdelen van het reisprogramma gewijzigd",
    ),
    "trip.itinerary_item_removed": Text(
        en="# item removed from the itinerary|# items removed from the itinerary",
        nl="# onderdeel uit het reisprogramma verwijderd|# onderdelen uit het reisprogramma verwijderd",
    ),
}
"""Several events of a type, with their number. A type that is not here is never grouped with others of its kind."""

EACH_EVENT = frozenset({"programme.module_planned", "trip.expense_shared"})
"""The types whose tags do not name the thing that changed: each event counts."""

ABOUT_YOU: dict[str, Text] = {
    "ballot.vote_cast": Text(
        en="{who} handed in a paper for you.", nl="{who} heeft een stembiljet voor je ingeleverd."
    ),
    "programme.facilitator_assigned": Text(
        en="{who} made you a facilitator.", nl="{who} heeft je aangewezen als begeleider."
    ),
    "programme.manager_appointed": Text(
        en="{who} made you manager of the programme.", nl="{who} heeft je programmamanager gemaakt."
    ),
    "programme.participant_enrolled": Text(
        en="{who} enrolled you as a participant.", nl="{who} heeft je ingeschreven als deelnemer."
    ),
    "programme.participant_withdrew": Text(
        en="{who} recorded that you left the programme.", nl="{who} heeft vastgelegd dat je de leergang hebt verlaten."
    ),
    "trip.guest_invited": Text(
        en="{who} invited you on the study trip.", nl="{who} heeft je uitgenodigd voor de studiereis."
    ),
}
"""Decisions of others about the reader, addressed to them. A type that is not here has the sentence of its event."""

BY = Text(en="{what} by {who}.", nl="{what} door {who}.")
BY_NOBODY = Text(en="{what}.", nl="{what}.")
AND_OTHERS = Text(en="{one} and {others}", nl="{one} en {others}")
OTHERS = Text(en="# other|# others", nl="# ander|# anderen")
AT_LEAST = Text(en="At least {what}", nl="Minstens {what}")


def repetition(
    type_: str, number: int, who: str | None, others: int, language: Language, *, at_least: bool = False
) -> str:
    """Several events of one type in words. `who`: the latest actor, None for Kring itself; `others`: the number of other actors.

    `at_least`: not all of them were read.
    """
    what = counted(number, REPETITIONS[type_].in_language(language), language)
    if at_least:
        what = AT_LEAST.in_language(language).format(what=what)
    if who is None:
        return BY_NOBODY.in_language(language).format(what=what)
    if others:
        rest = counted(others, OTHERS.in_language(language), language)
        who = AND_OTHERS.in_language(language).format(one=who, others=rest)
    return BY.in_language(language).format(what=what, who=who)
