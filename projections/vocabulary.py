"""What the fixed words in facts (`Code`) and refusals are called by people; a word that is not here is shown as it is."""

from domain.foundation import Text

VOCABULARY: dict[str, Text] = {
    # roles
    "participant": Text(en="participant", nl="deelnemer"),
    "facilitator": Text(en="facilitator", nl="begeleider"),
    "manager": Text(en="programme manager", nl="programmamanager"),
    "commissioner": Text(en="commissioner", nl="opdrachtgever"),
    "auditor": Text(en="auditor", nl="auditor"),
    "reporting": Text(en="reporting", nl="rapportage"),
    # ballots
    "equal_shares/1": Text(en="equal shares", nl="gelijke aandelen"),
    "approval/1": Text(en="most approvals", nl="meeste stemmen"),
    "stv/1": Text(en="single transferable vote", nl="enkelvoudige overdraagbare stem"),
    "named": Text(en="named", nl="op naam"),
    "secret": Text(en="secret", nl="geheim"),
    "disclosed": Text(en="own challenges may be chosen", nl="eigen vraagstukken mogen worden gekozen"),
    "forbidden": Text(en="own challenges may not be chosen", nl="eigen vraagstukken mogen niet worden gekozen"),
    "deadline": Text(en="the deadline passed", nl="de termijn was verstreken"),
    "by_hand": Text(en="closed by hand", nl="met de hand gesloten"),
    "quorum": Text(en="the quorum was missed", nl="het quorum is niet gehaald"),
    "key_lost": Text(en="its key was lost", nl="de sleutel is verloren gegaan"),
    "withdrawal": Text(
        en="a challenge was withdrawn and the papers stay closed",
        nl="een vraagstuk werd teruggetrokken en de stembiljetten blijven dicht",
    ),
    "few": Text(en="too few challenges for a ballot", nl="te weinig vraagstukken voor een stemming"),
    "in_the_room": Text(en="chosen in the room", nl="gekozen in de zaal"),
    "after_void": Text(en="after a void ballot", nl="na een ongeldige stemming"),
    # team assignment
    "challenges": Text(en="too few people for the challenges", nl="te weinig mensen voor de vraagstukken"),
    "people": Text(en="too many people for the challenges", nl="te veel mensen voor de vraagstukken"),
    "team_size": Text(en="no team size fits", nl="geen teamgrootte past"),
    # the curriculum (`domain.programme.SEED_TOPICS`); topics of a programme's own stand by their keys
    "team_formation": Text(en="team formation", nl="teamvorming"),
    "networking": Text(en="networking", nl="netwerken"),
    "presenting": Text(en="presenting", nl="presenteren"),
    "change": Text(en="basics of change management", nl="basisprincipes van veranderkunde"),
    "influence": Text(en="influencing stakeholders", nl="effectieve beïnvloeding van stakeholders"),
    "techniques": Text(en="newest techniques", nl="nieuwste technieken"),
    # what is asked of somebody
    "vote": Text(en="Vote", nl="Stem"),
    "rank": Text(en="Say what you prefer", nl="Geef je voorkeuren op"),
    "answer_poll": Text(en="Say when you can come", nl="Geef aan wanneer je kunt"),
    "judge_advice": Text(en="Approve or dissent", nl="Stem in of geef een afwijkend standpunt"),
    "admit_challenge": Text(en="Admit or decline", nl="Laat toe of wijs af"),
    "certify_ballot": Text(en="Certify the result", nl="Stel de uitslag vast"),
    "adopt_assignment": Text(en="Adopt the teams", nl="Neem de teams over"),
    "hold_gathering": Text(en="Say what was covered", nl="Leg vast wat is behandeld"),
    "respond": Text(en="Respond", nl="Reageer"),
    "settle_commitment": Text(en="Say whether it was kept", nl="Zeg of je het bent nagekomen"),
    # what comes
    "ballot_closes": Text(en="the ballot closes", nl="de stemming sluit"),
    "intake_closes": Text(en="last day for challenges", nl="laatste dag om vraagstukken in te brengen"),
    "preferences_close": Text(en="last day for preferences", nl="laatste dag om voorkeuren op te geven"),
    # gatherings and trips
    "session": Text(en="session", nl="CoP-sessie"),
    "own": Text(en="own gathering", nl="eigen bijeenkomst"),
    "yes": Text(en="yes", nl="ja"),
    "if_needed": Text(en="if needed", nl="als het moet"),
    "no": Text(en="no", nl="nee"),
    # sectors
    "knowledge": Text(en="knowledge institute", nl="kennisinstelling"),
    "government": Text(en="government", nl="overheid"),
    "business": Text(en="business", nl="bedrijfsleven"),
    "education": Text(en="education", nl="onderwijs"),
    "finance": Text(en="finance", nl="financiële sector"),
    "start_up": Text(en="start-up", nl="start-up"),
    "civil_society": Text(en="civil society", nl="maatschappelijk middenveld"),
    "other": Text(en="other", nl="overig"),
    # consent (rule 20)
    "background": Text(en="as background", nl="als achtergrond"),
    "anonymous_quote": Text(en="quoted without a name", nl="geciteerd zonder naam"),
    "named_quote": Text(en="quoted by name", nl="geciteerd met naam"),
    # advice and what follows
    "problem_statement": Text(en="the problem statement", nl="de probleemstelling"),
    "guiding_question": Text(en="the guiding question", nl="de vraagstelling"),
    "answer": Text(en="the answer", nl="het antwoord"),
    "summary": Text(en="the summary", nl="de samenvatting"),
    "recommendation": Text(en="a recommendation", nl="een aanbeveling"),
    "approve": Text(en="approved", nl="akkoord"),
    "dissent": Text(en="dissenting", nl="afwijkend standpunt"),
    "accepted": Text(en="accepted", nl="overgenomen"),
    "partly_accepted": Text(en="partly accepted", nl="deels overgenomen"),
    "rejected": Text(en="rejected", nl="niet overgenomen"),
    "kept": Text(en="kept", nl="nagekomen"),
    "not_kept": Text(en="not kept", nl="niet nagekomen"),
    "released": Text(en="released", nl="kwijtgescholden"),
    "implemented": Text(en="implemented", nl="uitgevoerd"),
    "not_implemented": Text(en="not implemented", nl="niet uitgevoerd"),
    "programme": Text(en="the programme", nl="de leergang"),
}


def word(code: str, language: str) -> str:
    """What a fixed word is called in this language (`nl`, else English)."""
    known = VOCABULARY.get(code)
    if known is None:
        return code
    return known.nl if language == "nl" else known.en
