"""Events of questions on a challenge before the ballot (rule 34)."""

from domain.foundation import ChallengeId, Event, OrganisationId, PersonId, ProgrammeId, QuestionId, Text, Words


class QuestionAsked(Event, frozen=True, kw_only=True):
    """Somebody of the programme asked a question on a challenge. `proposer`: of the challenge, who is notified."""

    TOPIC = "challenge.question_asked"
    TAGS = ("question", "challenge", "proposer", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(
        en="{author} asked a question on {challenge}: “{text}”.",
        nl="{author} stelde een vraag over {challenge}: “{text}”.",
    )
    KEY = "challenge"

    question: QuestionId
    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId
    proposer: PersonId | None
    author: PersonId | None
    text: Words


class QuestionAnswered(Event, frozen=True, kw_only=True):
    """Somebody answered a question on a challenge, or replaced the answer. `asked_by`: its author, who is notified."""

    TOPIC = "challenge.question_answered"
    TAGS = ("question", "challenge", "asked_by", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(
        en="{author} answered a question on {challenge}: “{text}”.",
        nl="{author} beantwoordde een vraag over {challenge}: “{text}”.",
    )
    KEY = "challenge"

    question: QuestionId
    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId
    asked_by: PersonId | None
    author: PersonId | None
    text: Words
