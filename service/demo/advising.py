"""The scenes of a CoP's advice: from problem statement to recommendations, presentation, delivery, response and follow-up."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from service.demo.case import Advice, ProblemStatement, Recommendation
from service.demo.client import Json
from service.demo.cop import CopOnStage
from service.demo.scene import Scene


class Advising:
    """The advice of a CoP of the case."""

    def __init__(self, cop: CopOnStage) -> None:
        self.cop, self.case = cop, cop.case

    @property
    def path(self) -> str:
        """The path of the advice."""
        return f"{self.cop.team}/advice"

    def scenes(self) -> Iterator[Scene]:
        """All scenes of the advice and its follow-up."""
        case, name = self.case, self.cop.name
        for version, statement in enumerate(case.problem_statements, 1):
            line = f"{name}: probleemstelling, versie {version}"
            yield Scene(statement.at, partial(self.state_problem, version, statement), line)
        for part, written in (("guiding_question", case.guiding_question), ("answer", case.answer)):
            if written is not None:
                yield Scene(written.at, partial(self.write, part, written.by, written.at, _text(written.text)))
        if (summary := case.summary) is not None:
            both = {"summary": summary.summary.strip(), "method": summary.method.strip()}
            yield Scene(summary.at, partial(self.write, "summary", summary.by, summary.at, both))
        for one in case.recommendations:
            yield Scene(one.at, partial(self.recommend, one))
        if (advice := case.advice) is not None:
            yield Scene(advice.approved_at, partial(self.approve, advice))
            yield Scene(advice.presented_at, partial(self.present, advice), f"{name}: advies gepresenteerd")
            if advice.delivered_at is not None:
                yield Scene(advice.delivered_at, partial(self.deliver, advice), f"{name}: advies aangeboden")
        for one in case.recommendations:
            yield from self._following_up(one)

    # Writing

    async def state_problem(self, version: int, one: ProblemStatement) -> None:
        """A member writes the problem statement, or revises its last version."""
        body: Json = {
            "text": one.text.strip(),
            "patterns": "\n".join(one.patterns),
            "causes": "\n".join(one.causes),
            "values": "\n".join(one.values),
        }
        if version > 1:
            body["based_on"] = version - 1
        await self.write("problem_statement", one.by, one.at, body, version=version)

    async def write(self, part: str, by: str, at: datetime, body: Json, version: int = 1) -> None:
        """A member writes a part of the advice."""
        await self.cop.actor(by).do(
            self.cop.step(part, version),
            f"{self.cop.team}/{part.replace('_', '-')}",
            body,
            at=at,
            look=self.path,
            done=lambda shown: (shown["parts"][part] or {"version": 0})["version"] >= version,
        )

    async def recommend(self, one: Recommendation) -> None:
        """A member formulates a recommendation based on the team's evidence."""
        body: Json = {
            "text": one.text.strip(),
            "evidence": [self.cop.ids[name] for name in one.evidence],
            "addressee": {"organisation_id": self.cop.programme.ids[f"organisation/{one.addressee}"]},
        }
        path, step = f"{self.cop.team}/recommendations", self.cop.step("recommendation", one.key)
        made = await self.cop.actor(one.by).make(step, path, body, at=one.at, same=("text",))
        self.cop.ids[f"recommendation:{one.key}"] = made["id"]

    # Handing over

    async def approve(self, advice: Advice) -> None:
        """Every member approves."""
        for key in self.case.members:
            await self.cop.actor(key).do(
                self.cop.step("approval", key),
                f"{self.path}/approval",
                {"verdict": "approve"},
                at=advice.approved_at,
                done=partial(_approved, self.cop.person(key)),
            )

    async def present(self, advice: Advice) -> None:
        """A member presents the advice to the commissioner."""
        await self.cop.actor(advice.presented_by).do(
            self.cop.step("presentation"),
            f"{self.path}/presentation",
            {"to": [self.cop.person(self.case.commissioner)]},
            at=advice.presented_at,
            done=lambda shown: shown["status"] in {"presented", "delivered"},
        )

    async def deliver(self, advice: Advice) -> None:
        """A member delivers the advice to the commissioner."""
        assert advice.delivered_by is not None, "the case names a person with the time"
        await self.cop.actor(advice.delivered_by).do(
            self.cop.step("delivery"),
            f"{self.path}/delivery",
            {"to": [self.cop.person(self.case.commissioner)]},
            at=advice.delivered_at,
            done=lambda shown: shown["status"] == "delivered",
        )

    # Following up

    def _following_up(self, one: Recommendation) -> Iterator[Scene]:
        name = self.cop.name
        if one.response_at is not None:
            yield Scene(one.response_at, partial(self.respond, one), f"{name}: reactie op de aanbeveling '{one.key}'")
        if one.commitment is not None:
            yield Scene(one.commitment.made_at, partial(self.commit, one), f"{name}: toezegging gedaan")
            if one.commitment.kept_at is not None:
                yield Scene(one.commitment.kept_at, partial(self.keep, one), f"{name}: toezegging nagekomen")
        if one.rejoinder_at is not None:
            yield Scene(one.rejoinder_at, partial(self.rejoin, one))
        if one.progress_at is not None:
            yield Scene(one.progress_at, partial(self.report, one))

    def _at(self, one: Recommendation) -> str:
        return f"/recommendations/{self.cop.ids[f'recommendation:{one.key}']}"

    async def respond(self, one: Recommendation) -> None:
        """The commissioner gives a formal response."""
        await self.cop.actor(self.case.commissioner).do(
            self.cop.step("response", one.key),
            f"{self._at(one)}/response",
            {"verdict": one.verdict, "reason": (one.response or "").strip()},
            at=one.response_at,
            done=lambda shown: shown["response"] is not None,
        )

    async def commit(self, one: Recommendation) -> None:
        """The commissioner makes a commitment."""
        promise, commissioner = one.commitment, self.cop.actor(self.case.commissioner)
        assert promise is not None, "the scene exists only with a commitment"
        owner = next(person.name for person in self.cop.programme.case.people if person.key == self.case.commissioner)
        await commissioner.do(
            self.cop.step("commitment", one.key),
            f"{self._at(one)}/commitments",
            {"text": promise.text, "owner": owner, "due_on": promise.due_on.isoformat()},
            at=promise.made_at,
            done=lambda shown: bool(shown["commitment_ids"]),
        )
        shown = await commissioner.get(self._at(one))
        self.cop.ids[f"commitment:{one.key}"] = shown["commitment_ids"][0]

    async def keep(self, one: Recommendation) -> None:
        """The commissioner records that the commitment was kept."""
        assert one.commitment is not None, "the scene exists only with a commitment"
        await self.cop.actor(self.case.commissioner).do(
            self.cop.step("commitment", one.key, "kept"),
            f"/commitments/{self.cop.ids[f'commitment:{one.key}']}/settlement",
            {"outcome": "kept", "reason": one.commitment.kept},
            at=one.commitment.kept_at,
            done=lambda shown: shown["status"] == "kept",
        )

    async def rejoin(self, one: Recommendation) -> None:
        """A member answers the response."""
        assert one.rejoinder_by is not None, "the case names a person with the text"
        await self.cop.actor(one.rejoinder_by).do(
            self.cop.step("rejoinder", one.key),
            f"{self._at(one)}/rejoinder",
            {"text": one.rejoinder},
            at=one.rejoinder_at,
            done=lambda shown: bool(shown["rejoinders"]),
        )

    async def report(self, one: Recommendation) -> None:
        """The commissioner reports progress."""
        await self.cop.actor(self.case.commissioner).do(
            self.cop.step("progress", one.key),
            f"{self._at(one)}/progress",
            {"text": one.progress},
            at=one.progress_at,
            done=lambda shown: bool(shown["progress"]),
        )


def _text(text: str) -> Json:
    return {"text": text.strip()}


def _approved(person: str, advice: Json) -> bool:
    return any(one["member_id"] == person and one["verdict"] == "approve" for one in advice["verdicts"])
