"""Commands that a concluded programme still accepts, and those that it refuses."""

from domain.administration import contacts, details, inviting, tokens
from domain.advice import commitment, followup
from domain.ballots import ballot, recusing, tallying, voting
from domain.events.programme import ProgrammeConcluded
from domain.foundation import Caller, ChallengeId, Command, PersonId, ProgrammeId, TeamId, TripId
from domain.gatherings import gathering
from domain.people import calendar, people, sign_in
from domain.programmes import programme
from domain.research import consent, stakeholders
from domain.spanning import concluding, redaction, trail, withdrawing
from domain.teams import enrolment, forming
from domain.trips import booking, expense, lifecycle
from tests.samples import ANNA, AT, BY_ANNA, every_command, sample_id

GOES_ON: dict[type[Command], str] = {
    **dict.fromkeys(
        (
            followup.RespondToRecommendation,
            followup.ReportProgress,
            followup.AddRejoinder,
            followup.CloseRecommendation,
            commitment.MakeCommitment,
            commitment.MoveCommitment,
            commitment.SettleCommitment,
            stakeholders.HoldTalk,
        ),
        "follow-up comes after the conclusion",
    ),
    **dict.fromkeys(
        (
            gathering.CancelGathering,
            lifecycle.CancelTrip,
            booking.CancelBooking,
            booking.FailBooking,
            expense.ShareExpense,
        ),
        "plans are wound up and paid",
    ),
    **dict.fromkeys(
        (withdrawing.WithdrawChallenge, withdrawing.RecommissionChallenge),
        "an organisation may leave at any time, and another may take over its challenge",
    ),
    **dict.fromkeys(
        (enrolment.AppointManager, enrolment.AssignFacilitator, enrolment.ReplaceFacilitator),
        "the follow-up needs managers and facilitators",
    ),
    programme.ReviseProgramme: "the policies for responses and retention apply after the end too",
    consent.SetConsent: "consent can be withdrawn at any time (rule 20)",
    redaction.RedactWords: "a text can be withheld at any time",
    trail.BringIn: "the trail is read after the end",
    **dict.fromkeys(
        (
            calendar.LinkCalendar,
            contacts.AppointContact,
            contacts.EndContact,
            inviting.ResendContactInvitation,
            details.ChangeDetails,
            tokens.IssueToken,
            people.RegisterOrganisation,
            sign_in.SignIn,
            people.RegisterPerson,
            details.RenameOrganisation,
            tokens.RevokeToken,
            programme.OpenProgramme,
        ),
        "it concerns no programme, or a new one",
    ),
    **dict.fromkeys(
        (
            ballot.CertifyBallot,
            ballot.CloseBallot,
            ballot.VoidBallot,
            recusing.DeclareRecusal,
            tallying.CountBallot,
            voting.CastVote,
        ),
        "an open ballot is completed by the rules of its opening (rules 4 and 6)",
    ),
    **dict.fromkeys(
        (forming.DeclareInfeasible, forming.ProposeAssignment),
        "the system answers earlier requests, which nobody can adopt",
    ),
    concluding.ConcludeProgramme: "a second conclusion has its own refusal",
}
ENDED: list[type[Command]] = [one for one in every_command() if one not in GOES_ON]
OVER = ProgrammeConcluded(
    programme=ProgrammeId(sample_id("programme", "programme")),
    teams=(TeamId(sample_id("team", "team")),),
    members=(ANNA,),
    trips=(TripId(sample_id("trip", "trip")),),
    challenges=(ChallengeId(sample_id("challenge", "challenge")),),
)
STRANGER = PersonId(sample_id("person", "guide"))
BY_GUIDE = Caller(role="facilitator", person=STRANGER, via=BY_ANNA.via, at=AT, reason=BY_ANNA.reason)
