"""State machine of an advice, from drafts to commitments: any actor, in any order, while members and contacts change."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from msgspec.structs import replace

from domain.advice.advice import (
    DraftAnswer,
    DraftSummary,
    FixGuidingQuestion,
    FormulateRecommendation,
    PartKind,
    ReviseProblemStatement,
    ReviseRecommendation,
    basis_before,
)
from domain.advice.commitment import MakeCommitment, MoveCommitment, SettleCommitment
from domain.advice.followup import (
    AddRejoinder,
    CloseRecommendation,
    ReportProgress,
    RespondToRecommendation,
)
from domain.advice.presenting import TIME_TO_ANSWER, DeliverAdvice, JudgeAdvice, PresentAdvice, Verdict
from domain.events.advice import Addressee, Basis, OfDraft, RecommendationFormulated
from domain.events.commitment import CommitmentMade, Settlement
from domain.events.followup import (
    FormalResponseGiven,
    OfRecommendation,
    Outcome,
    RejoinderAdded,
    ResponseVerdict,
)
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.presentation import AdviceDelivered, AdvicePresented, ApprovedByMember, Dissented
from domain.events.research import InterviewPlanned, Scope
from domain.events.roles import ContactAppointed, ContactEnded, ParticipantWithdrew
from domain.events.team import MemberJoined, MemberLeft
from domain.foundation import (
    AnyId,
    Caller,
    Code,
    Command,
    CommitmentId,
    ContactId,
    Digest,
    Event,
    FileId,
    InterviewId,
    Label,
    MediaType,
    Personal,
    PersonId,
    RecommendationId,
    Refusal,
    SourceId,
    Words,
)
from domain.research.consent import SetConsent
from domain.research.files import AttachFile
from domain.research.research import HoldInterview
from projections.advice import ADVICE, Advice, HandedOver, StatedFile
from projections.commitments import COMMITMENTS
from projections.recommendations import RECOMMENDATIONS, Recommendation, RecommendationStatus, as_of
from projections.view import EventMetadata, fold_events
from service.reading.advice_document import document, document_hash
from tests.domain.examples import team as t
from tests.domain.examples.deciding import NOW
from tests.domain.examples.state_machine import SETTINGS, MemoryLog

PEOPLE = (t.ANNA, t.BERT, t.CORA, t.OTTO)
CONTACTS = {t.BANKER: ContactId(t.id_of("contact", 1)), t.GUIDE: ContactId(t.id_of("contact", 2))}
FOREIGN, INTERVIEW = SourceId(t.id_of("source", 2)), InterviewId(t.id_of("interview", 1))
MAX_RECOMMENDATIONS = 3
PARTS: tuple[PartKind, ...] = ("problem_statement", "guiding_question", "answer", "summary")
BEGINNING: list[Event] = [
    *t.EVERYBODY,
    OrganisationRegistered(organisation=t.BANK, name=Label("Rabobank")),
    *(
        PersonRegistered(person=one, name=Personal("P"), email=Personal("p@example.org"), language=Code("nl"))
        for one in (*PEOPLE, t.GUIDE)
    ),
    t.LOGGED,
    replace(t.LOGGED, source=FOREIGN, team=t.OTHER_TEAM),
    InterviewPlanned(
        interview=INTERVIEW,
        team=t.TEAM,
        programme=t.PROGRAMME,
        who=Personal("X"),
        role=Words("Lector"),
        sector="knowledge",
        on=None,
    ),
]
PARTICIPANTS = tuple(("participant", one) for one in PEOPLE)
ACTORS = (
    *PARTICIPANTS,
    ("facilitator", t.GUIDE),
    ("commissioner", t.BANKER),
    ("commissioner", t.GUIDE),
    ("manager", None),
)

anybody = st.sampled_from(ACTORS)
member = st.sampled_from((*PARTICIPANTS, *PARTICIPANTS, ("facilitator", t.GUIDE)))
commissioner = st.sampled_from((*(("commissioner", t.BANKER),) * 6, *ACTORS))
reason = st.sampled_from((None, "Daarom", "Omdat"))
VERDICTS = st.sampled_from(("accepted", "partly_accepted", "rejected"))
which = st.integers(0, MAX_RECOMMENDATIONS)
Actor = tuple[str, PersonId | None]


class OfAdvice(RuleBasedStateMachine):
    """The log, and a model of the state that the rules require."""

    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryLog(NOW, *BEGINNING)
        self.members = {t.ANNA, t.BERT, t.CORA}
        self.withdrawn: set[PersonId] = set()
        self.contacts = {t.BANKER}
        self.version = 0
        self.parts: dict[PartKind, tuple[int, Basis]] = {}
        self.recommendations: dict[RecommendationId, RecommendationFormulated] = {}
        self.judged: dict[PersonId, str | None] = {}
        self.asked_at: datetime | None = None
        self.asked: set[PersonId] = set()
        self.presented: dict[int, AdvicePresented] = {}
        self.delivered: dict[int, AdviceDelivered] = {}
        self.as_presented: dict[int, HandedOver] = {}
        self.standing: dict[RecommendationId, RecommendationStatus] = {}
        self.shown: dict[RecommendationId, int] = {}
        self.due: dict[RecommendationId, datetime | None] = {}
        self.commitments: dict[CommitmentId, str] = {}
        self.files: dict[FileId, StatedFile] = {}
        self.numbers = 10

    # Actors

    def by(self, actor: Actor, why: str | None = None, *, behalf: bool = False) -> Caller:
        role, person = actor
        return Caller(
            role=role,  # pyright: ignore[reportArgumentType]  one of the roles above
            person=person,
            via="token_1",
            at=self.log.now,
            reason=None if why is None else Words(why),
            on_behalf_of=t.BANK if behalf else None,
        )

    @property
    def active(self) -> set[PersonId]:
        return self.members - self.withdrawn

    def is_member(self, by: Caller) -> bool:
        return by.role == "participant" and by.person in self.active

    def may_answer(self, by: Caller) -> bool:
        """Whether the caller can answer for the commissioner (rules 19, 23)."""
        if by.role == "commissioner":
            return by.person in self.contacts
        return by.role == "manager" and by.on_behalf_of == t.BANK and by.reason is not None

    def execute(self, command: Command) -> Event | None:
        """Execute the command; return the recorded event, or None if it was refused."""
        try:
            (event,) = self.log.execute(command)
        except Refusal:
            return None
        self.check_actor(event, command.by)
        return event

    def check_actor(self, event: Event, by: Caller) -> None:
        """Check that the caller was allowed to do this."""
        teams = OfDraft | ApprovedByMember | Dissented | AdvicePresented | AdviceDelivered | RejoinderAdded
        if isinstance(event, teams):
            assert self.is_member(by), "only members do what a team does"
        elif isinstance(event, OfRecommendation):
            assert self.may_answer(by), "rule 19: nobody responds, commits or closes on the commissioner's behalf"
            assert event.organisation == t.BANK

    def new(self, prefix: str) -> str:
        self.numbers += 1
        return t.id_of(prefix, self.numbers)

    # Writing

    @property
    def current(self) -> Basis:
        return Basis(*(self.parts[kind][0] if kind in self.parts else 0 for kind in PARTS[:3]))

    def changed(self) -> None:
        self.version += 1
        self.judged, self.asked_at, self.asked = {}, None, set()

    @rule(actor=member, kind=st.sampled_from(PARTS), behind=st.integers(0, 2))
    def write(self, actor: Actor, kind: PartKind, behind: int) -> None:
        version = self.parts[kind][0] if kind in self.parts else 0
        based_on = max(0, version - behind)
        event = self.execute(self.writing(kind, self.by(actor), based_on))
        assert (event is not None) == (self.is_member(self.by(actor)) and based_on == version), (
            "rule 16: based on the last"
        )
        if event is not None:
            self.parts[kind] = (version + 1, basis_before(kind, self.current))
            self.changed()

    @staticmethod
    def writing(kind: PartKind, by: Caller, based_on: int | None = None) -> Command:
        match kind:
            case "problem_statement":
                return ReviseProblemStatement(t.TEAM, text=Words("p"), causes=Words("c"), based_on=based_on, by=by)
            case "guiding_question":
                return FixGuidingQuestion(t.TEAM, text=Words("q"), based_on=based_on, by=by)
            case "answer":
                return DraftAnswer(t.TEAM, text=Words("a"), based_on=based_on, by=by)
            case "summary":
                return DraftSummary(t.TEAM, summary=Words("s"), method=Words("m"), based_on=based_on, by=by)

    @rule(actor=member, number=which, evidence=st.sampled_from((t.SOURCE, t.SOURCE, FOREIGN, INTERVIEW)))
    def recommend(self, actor: Actor, number: int, evidence: str) -> None:
        known = list(self.recommendations)
        before = known[number] if number < len(known) else None
        if before is None and len(known) >= MAX_RECOMMENDATIONS:
            return
        self.formulate(self.by(actor), before, AnyId(evidence))

    def formulate(self, by: Caller, before: RecommendationId | None, evidence: AnyId) -> None:
        kind = FormulateRecommendation if before is None else ReviseRecommendation
        command = kind(
            before or RecommendationId(self.new("recommendation")),
            team=t.TEAM,
            text=Words("r"),
            evidence=(evidence,),
            addressee=Addressee(organisation=t.BANK),
            by=by,
        )
        event = self.execute(command)
        if event is not None:
            assert isinstance(event, RecommendationFormulated)
            assert evidence != FOREIGN, "rule 17: evidence of that team"
            assert event.basis == self.current
            self.recommendations[event.recommendation] = event
            self.changed()

    @rule(actor=member, scope=st.sampled_from((None, "background", "named_quote")))
    def interview(self, actor: Actor, scope: Scope | None) -> None:
        by = self.by(actor)
        if self.execute(HoldInterview(INTERVIEW, findings=Words("f"), by=by)) is None:
            self.execute(SetConsent(INTERVIEW, scope=scope, by=by))

    # Judging and handing over

    @rule(actor=member, verdict=st.sampled_from(("approve", "approve", "dissent")), text=reason)
    def judge(self, actor: Actor, verdict: Verdict, text: str | None) -> None:
        by = self.by(actor)
        words = None if text is None else Words(text)
        event = self.execute(JudgeAdvice(t.TEAM, verdict=verdict, text=words, by=by))
        if event is None:
            return
        assert by.person is not None
        assert self.version not in self.presented, "a presented version is immutable"
        assert isinstance(event, ApprovedByMember | Dissented)
        self.judged[by.person] = text if verdict == "dissent" else None
        if self.asked_at is None:
            self.asked_at, self.asked = self.log.now, set(self.members)
        assert event.asked_at == self.asked_at

    @rule(days=st.sampled_from((1, 7, 30)))
    def wait(self, days: int) -> None:
        self.log.now += timedelta(days=days)

    @rule()
    def make_ready(self) -> None:
        """Write every part that is missing or stale, and let everybody approve."""
        if not self.active:
            return
        anna = self.by(("participant", min(self.active)))
        for kind in PARTS:
            if kind not in self.parts or self.parts[kind][1] != basis_before(kind, self.current):
                assert self.execute(self.writing(kind, anna)) is not None
                self.parts[kind] = (self.parts.get(kind, (0,))[0] + 1, basis_before(kind, self.current))
                self.changed()
        if not self.recommendations:
            self.formulate(anna, None, AnyId(t.SOURCE))
        for one in [one for one, event in self.recommendations.items() if event.basis != self.current]:
            self.formulate(anna, one, AnyId(t.SOURCE))
        self.approve()

    def approve(self) -> None:
        """Approve for every active member without a verdict."""
        for one in sorted(self.active):
            if one not in self.judged:
                self.judge(("participant", one), "approve", None)

    @rule(kind=st.sampled_from(PARTS))
    def write_and_present(self, kind: PartKind) -> None:
        """Write one more part, let everybody approve, and try to present at once."""
        if self.active:
            anna = ("participant", min(self.active))
            self.write(anna, kind, 0)
            self.approve()
            self.present(anna, with_file=False, other=None)

    def recorded(self) -> list[tuple[Event, EventMetadata]]:
        return [(one.event, EventMetadata(one.position, one.at)) for one in self.log.recorded]

    def advice(self) -> Advice | None:
        return fold_events(ADVICE, self.recorded()).get(t.TEAM)

    def document_state(self, files: tuple[FileId, ...] = ()) -> tuple[int, dict[PersonId, Words], Digest]:
        """The version, the dissents and the hash of the document, as the HTTP layer passes them."""
        row = self.advice()
        if row is None:
            return 0, {}, document_hash({})
        shown = fold_events(RECOMMENDATIONS, self.recorded())
        presented = [one for over in row.handed_over if over.version == row.version for one in over.files]
        added = [self.files[one] for one in files if one not in {file.file for file in presented}]
        found = [shown[one.recommendation] for one in row.recommendations]
        dissents = {one.member: one.text for one in row.verdicts if one.text is not None}
        value = document(row, found, [*presented, *added], challenge=t.CHALLENGE)
        return row.version, dissents, document_hash(value)

    def complete(self) -> bool:
        return all(kind in self.parts for kind in PARTS[:3]) and bool(self.recommendations)

    def fresh(self) -> bool:
        parts = (basis == basis_before(kind, self.current) for kind, (_, basis) in self.parts.items())
        return all(parts) and all(one.basis == self.current for one in self.recommendations.values())

    def agreed(self) -> bool:
        silent = self.active - self.judged.keys()
        if not silent <= self.asked:  # later members were not asked
            return False
        return not silent or (self.asked_at is not None and self.log.now >= self.asked_at + TIME_TO_ANSWER)

    @rule(actor=member, with_file=st.booleans(), other=st.sampled_from((None, None, "version", "dissent")))
    def present(self, actor: Actor, with_file: bool, other: str | None) -> None:
        """`other`: the document was made from another version, or another dissent."""
        by, files = self.by(actor), tuple(self.files)[:1] if with_file else ()
        version, dissents, hashed = self.document_state(files)
        version -= other == "version"
        dissents |= {t.BERT: Words("Anders")} if other == "dissent" else {}
        may = self.is_member(by) and self.complete() and self.fresh() and self.agreed() and other is None
        event = self.execute(
            PresentAdvice(
                t.TEAM,
                programme=t.PROGRAMME,
                to=(t.BANKER,),
                version=version,
                dissents=dissents,
                document_hash=hashed,
                files=files,
                by=by,
            )
        )
        assert (event is not None) == (may and self.version not in self.presented), "rules 16 and 18"
        if event is None:
            return
        assert isinstance(event, AdvicePresented)
        assert (event.version, event.parts) == (self.version, self.current)
        assert event.dissenters == tuple(sorted(one for one, text in self.judged.items() if text is not None))
        self.presented[event.version] = event
        row = self.advice()
        assert row is not None
        self.as_presented[event.version] = row.handed_over[-1]
        for one in event.recommendations:
            if self.shown.get(one.recommendation) != one.version:
                self.standing[one.recommendation], self.due[one.recommendation] = "presented", None
            self.shown[one.recommendation] = one.version

    @rule(actor=member, to=st.sampled_from((t.BANKER, t.BANKER, t.GUIDE, t.OTTO)), with_file=st.booleans())
    def deliver(self, actor: Actor, to: PersonId, with_file: bool) -> None:
        by, files = self.by(actor), tuple(self.files)[-1:] if with_file else ()
        version, _, hashed = self.document_state(files)
        may = self.is_member(by) and self.version in self.presented and self.version not in self.delivered
        command = DeliverAdvice(
            t.TEAM, programme=t.PROGRAMME, to=(to,), files=files, version=version, document_hash=hashed, by=by
        )
        event = self.execute(command)
        assert (event is not None) == (may and to in self.contacts), "rule 18: to a commissioner contact"
        if event is None:
            return
        assert isinstance(event, AdviceDelivered)
        before = self.presented[event.version]
        assert event.recommendations == before.recommendations
        assert (event.document_hash == before.document_hash) == (event.files == before.files)
        self.delivered[event.version] = event
        for one in event.recommendations:
            self.due[one.recommendation] = self.log.now + timedelta(weeks=event.response_weeks)

    @rule(actor=member)
    def attach(self, actor: Actor) -> None:
        if len(self.files) < MAX_RECOMMENDATIONS:
            file = FileId(self.new("file"))
            digest = Digest(file[-1] * 43)
            by = self.by(actor)
            command = AttachFile(
                file, team=t.TEAM, name=Words("n"), media_type=MediaType("text/plain"), size=1, sha256=digest, by=by
            )
            if self.execute(command) is not None:
                self.files[file] = StatedFile(file, digest)

    @initialize(begun=st.integers(0, 3), verdict=VERDICTS, why=reason)
    def begin(self, begun: int, verdict: ResponseVerdict, why: str | None) -> None:
        """Start most runs at a late stage; otherwise few would reach a response."""
        if begun:
            self.make_ready()
        if begun > 1:
            self.hand_over()
        if begun > 2:
            for number in range(len(self.recommendations)):
                self.respond(("commissioner", t.BANKER), number, verdict, why, behalf=False)

    @rule()
    def hand_over(self) -> None:
        """Present and deliver with everything in order, so that nothing is refused."""
        self.make_ready()
        if self.active:
            anna = ("participant", min(self.active))
            self.present(anna, with_file=bool(self.files), other=None)
            for one in sorted(self.contacts):
                self.deliver(anna, one, with_file=False)
                assert self.version in self.delivered

    # The commissioner

    def recommendation_at(self, number: int) -> RecommendationId:
        known = list(self.recommendations)
        return known[number % len(known)] if known else t.RECOMMENDATION

    def answerable(self, one: RecommendationId) -> bool:
        """Whether the last presented version was delivered and is not closed."""
        return self.due.get(one) is not None and self.standing[one] not in {"implemented", "not_implemented"}

    def accepted(self, one: RecommendationId) -> bool:
        return self.answerable(one) and self.standing[one] in {"accepted", "partly_accepted", "in_progress"}

    @rule(
        actor=commissioner,
        number=which,
        verdict=VERDICTS,
        why=reason,
        behalf=st.booleans(),
    )
    def respond(self, actor: Actor, number: int, verdict: ResponseVerdict, why: str | None, behalf: bool) -> None:
        one, by = self.recommendation_at(number), self.by(actor, why, behalf=behalf and actor[0] == "manager")
        may = self.may_answer(by) and self.answerable(one) and self.standing[one] == "presented"
        event = self.execute(RespondToRecommendation(one, verdict=verdict, by=by))
        assert (event is not None) == (may and (verdict != "rejected" or why is not None)), "rules 18 and 19"
        if event is None:
            return
        assert isinstance(event, FormalResponseGiven)
        assert event.version == self.shown[one]
        assert event.verdict != "rejected" or event.reason is not None
        self.standing[one] = verdict

    @rule(actor=commissioner, number=which, promise=st.booleans())
    def commit_or_report(self, actor: Actor, number: int, promise: bool) -> None:
        one, by = self.recommendation_at(number), self.by(actor, "Voortgang", behalf=actor[0] == "manager")
        command = (
            MakeCommitment(
                CommitmentId(self.new("commitment")),
                recommendation=one,
                text=Words("t"),
                owner=Personal("o"),
                due_on=date(2017, 3, 1),
                by=by,
            )
            if promise
            else ReportProgress(one, text=Words("v"), by=by)
        )
        event = self.execute(command)
        assert (event is not None) == (self.may_answer(by) and self.accepted(one))
        if event is not None:
            self.standing[one] = "in_progress"
        if isinstance(event, CommitmentMade):
            self.commitments[event.commitment] = "open"

    @rule(actor=commissioner, number=which, outcome=st.sampled_from(("implemented", "not_implemented")), why=reason)
    def close(self, actor: Actor, number: int, outcome: Outcome, why: str | None) -> None:
        one, by = self.recommendation_at(number), self.by(actor, why, behalf=actor[0] == "manager")
        event = self.execute(CloseRecommendation(one, outcome=outcome, by=by))
        assert (event is not None) == (self.may_answer(by) and self.accepted(one) and why is not None)
        if event is not None:
            self.standing[one] = outcome

    @rule(
        actor=commissioner,
        number=which,
        outcome=st.sampled_from((None, "kept", "not_kept", "released")),
        why=reason,
    )
    def move_or_settle(self, actor: Actor, number: int, outcome: Settlement | None, why: str | None) -> None:
        """Move or settle a commitment; make one first if there is none open."""
        if "open" not in self.commitments.values():
            self.respond(("commissioner", t.BANKER), number, "accepted", None, behalf=False)
            self.commit_or_report(("commissioner", t.BANKER), number, promise=True)
        if not self.commitments:
            return
        one, by = list(self.commitments)[number % len(self.commitments)], self.by(actor, why, behalf=True)
        due = date(2017, 4, 1) + timedelta(days=len(self.log.recorded))  # never the same day again
        event = self.execute(
            MoveCommitment(one, due_on=due, by=by) if outcome is None else SettleCommitment(one, outcome=outcome, by=by)
        )
        may = self.may_answer(by) and self.commitments[one] == "open"
        assert (event is not None) == (may and (outcome == "kept" or why is not None))
        if event is not None and outcome is not None:
            self.commitments[one] = outcome

    @rule(actor=anybody, number=which)
    def rejoin(self, actor: Actor, number: int) -> None:
        one, by = self.recommendation_at(number), self.by(actor)
        answered = one in self.standing and self.standing[one] != "presented"
        event = self.execute(AddRejoinder(one, text=Words("Toch"), by=by))
        assert (event is not None) == (self.is_member(by) and answered)

    # Changes of membership

    @rule(person=st.sampled_from(PEOPLE), out=st.booleans())
    def join_or_leave(self, person: PersonId, out: bool) -> None:
        if person in self.members:
            if len(self.active - {person}) == 0:
                return
            left = MemberLeft(team=t.TEAM, programme=t.PROGRAMME, organisation=t.BANK, person=person)
            gone = ParticipantWithdrew(programme=t.PROGRAMME, person=person, organisation=None)
            self.log.add(gone if out else left)
            (self.withdrawn.add if out else self.members.discard)(person)
        else:
            self.log.add(MemberJoined(team=t.TEAM, programme=t.PROGRAMME, organisation=t.BANK, person=person))
            self.members.add(person)

    @rule(person=st.sampled_from((t.BANKER, t.GUIDE)))
    def change_contact(self, person: PersonId) -> None:
        contact = CONTACTS[person]
        if person in self.contacts:
            self.log.add(ContactEnded(contact=contact, organisation=t.BANK, person=person))
            self.contacts.discard(person)
        else:
            appointed = ContactAppointed(contact=contact, organisation=t.BANK, person=person, role=Code("commissioner"))
            self.log.add(appointed)
            self.contacts.add(person)

    # Checks

    def teardown(self) -> None:
        recorded = self.recorded()
        self.check_statuses(fold_events(RECOMMENDATIONS, recorded))
        shown = fold_events(COMMITMENTS, recorded)
        assert {one.id: one.status for one in shown.values()} == self.commitments
        row = fold_events(ADVICE, recorded).get(t.TEAM)
        assert (row.version if row else 0) == self.version
        for one in row.handed_over if row else ():
            self.check_unchanged(one)
        for number, (event, _) in enumerate(recorded):
            if isinstance(event, AdvicePresented):
                assert self.hash_of(recorded[:number], event) == event.document_hash, (
                    "the hash is that of the presented document"
                )

    def check_statuses(self, shown: Mapping[str, Recommendation]) -> None:
        """Check that the view agrees with the model."""
        assert shown.keys() == self.recommendations.keys()
        for one, event in self.recommendations.items():
            due = self.due.get(one)
            standing = self.standing.get(one)
            if standing == "presented" and due is not None and due < self.log.now:
                standing = "no_response"
            row = as_of(shown[one], self.log.now)
            assert row.standing == standing
            assert row.status == (standing if self.shown.get(one) == event.version else "drafted")

    def check_unchanged(self, now: HandedOver) -> None:
        """Check that handed-over advice did not change (rule 18)."""
        then = self.as_presented[now.version]
        assert (
            replace(
                now,
                status=then.status,
                delivered_at=None,
                delivered_to=(),
                delivered_files=(),
                delivered_hash=None,
                response_due_at=None,
            )
            == then
        )
        delivered = self.delivered.get(now.version)
        assert now.delivered_hash == (delivered.document_hash if delivered else None)

    @staticmethod
    def hash_of(before: list[tuple[Event, EventMetadata]], event: AdvicePresented) -> Digest:
        """The hash of the document, computed again from the events before its presentation."""
        row, shown = fold_events(ADVICE, before)[t.TEAM], fold_events(RECOMMENDATIONS, before)
        files = [StatedFile(one.file, one.sha256) for one in event.files]
        return document_hash(
            document(
                row, [shown[one.recommendation] for one in event.recommendations], files, challenge=event.challenge
            )
        )


TestOfAdvice = OfAdvice.TestCase
TestOfAdvice.settings = SETTINGS
