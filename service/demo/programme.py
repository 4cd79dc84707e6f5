"""The scenes of the whole programme: setting up, challenges, the choice of three, team assignment and joint sessions."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from service.clock_and_ids import now
from service.demo.case import Challenge, Paper, Programme, Question, Session
from service.demo.client import Actor, DemoStopped, Json, Stage, when
from service.demo.scene import Scene, milestone

JUDGED_AFTER = timedelta(days=1)  # from a challenge to the facilitator's decision
APPROVED_AFTER = timedelta(days=4)  # from a session to the approval of its minutes


class ProgrammeOnStage:
    """A programme of the case. `ids`: of people, organisations, challenges, teams and their work, by `kind/key`."""

    def __init__(self, stage: Stage, case: Programme, operator: Actor) -> None:
        self.stage, self.case, self.operator = stage, case, operator
        self.ids: dict[str, str] = {}
        self.manager = case.in_role("manager")[0]
        self.guide = case.in_role("facilitator")[0]

    @property
    def path(self) -> str:
        """The path of the programme."""
        return f"/programmes/{self.ids['programme']}"

    def scenes(self) -> Iterator[Scene]:
        """All scenes of the whole programme."""
        case, opened = self.case, self.case.opened_at
        yield Scene(opened, self.open, f"Leergang '{case.name}', editie {case.edition}, geopend")
        yield Scene(opened, self.set_up, f"{len(case.organisations)} organisaties ingeschreven")
        yield Scene(opened, self.bring_in, f"{len(case.in_role('participant'))} deelnemers ingeschreven")
        for one in case.challenges:
            yield Scene(one.at, partial(self.propose, one))
            yield Scene(one.at + JUDGED_AFTER, partial(self.judge, one))
        for question in case.questions:
            yield Scene(question.at, partial(self.ask, question))
            yield Scene(question.answered_at, partial(self.answer, question))
        last = max(one.at for one in case.challenges) + JUDGED_AFTER
        yield milestone(last, f"Module {case.module.number}: {len(case.challenges)} vraagstukken ingebracht")
        yield from self._choosing()
        for one in case.sessions:
            yield from self._session(one)

    # Setting up

    async def open(self) -> None:
        """The operator registers the manager, who opens the programme."""
        person = await self._manager()
        await self.stage.admit(self.manager.key, role="manager", person=person, organisation=None, by=self.operator)
        manager, case = self.stage[self.manager.key], self.case
        found = await manager.find("/programmes", name=case.name, edition=case.edition)
        self.stage.resuming = found is not None
        body: Json = {
            "name": case.name,
            "edition": case.edition,
            "starts_on": case.starts_on.isoformat(),
            "ends_on": case.ends_on.isoformat(),
        }
        opened = found or await manager.make("programme", "/programmes", body, at=case.opened_at)
        self.ids["programme"] = opened["id"]

    async def _manager(self) -> str:
        body = {"name": self.manager.name, "email": self.manager.email}
        try:
            return (await self.operator.make("manager", "/people", body, at=self.case.opened_at))["id"]
        except DemoStopped:  # an earlier run has registered them, with another token of the operator
            known = await self.operator.find_soon("/people", name=self.manager.name)
            if known is None:
                raise
            return known["id"]

    async def set_up(self) -> None:
        """The manager sets the curriculum, plans the module and registers the organisations."""
        manager, case, module = self.stage[self.manager.key], self.case, self.case.module
        await manager.do(
            "curriculum",
            f"{self.path}/curriculum",
            {},
            at=case.opened_at,
            method="PUT",
            done=lambda shown: bool(shown["modules"]),
        )
        body: Json = {
            "number": module.number,
            "title": module.title,
            "starts_on": module.starts_on.isoformat(),
            "ends_on": module.ends_on.isoformat(),
        }
        await manager.do(
            "module", f"{self.path}/modules", body, at=case.opened_at, done=lambda shown: bool(shown["modules"])
        )
        for one in case.organisations:
            made = await manager.make(
                f"organisation/{one.key}", "/organisations", {"name": one.name}, at=case.opened_at, same=("name",)
            )
            self.ids[f"organisation/{one.key}"] = made["id"]

    async def bring_in(self) -> None:
        """The manager gives everybody their role and their token."""
        manager, at = self.stage[self.manager.key], self.case.opened_at
        # Commissioners last: once an organisation has one for all challenges, it appoints its own contacts (rule 27).
        for one in sorted(self.case.people, key=lambda person: person.role == "commissioner"):
            if one is self.manager:
                continue
            made = await manager.make(
                f"person/{one.key}", "/people", {"name": one.name, "email": one.email}, at=at, same=("name",)
            )
            person = self.ids[f"person/{one.key}"] = made["id"]
            organisation = None if one.organisation is None else self.ids[f"organisation/{one.organisation}"]
            match one.role:
                case "participant":
                    await self._enrol(one.key, person, organisation)
                case "facilitator":
                    await self._assign(one.key, person)
                case role:
                    body = {"person_id": person, "role": role}
                    path = f"/organisations/{organisation}/contacts"
                    if not (self.stage.resuming and await manager.find(path, person_id=person)):
                        await manager.make(f"contact/{one.key}", path, body, at=at)
            await self.stage.admit(one.key, role=one.role, person=person, organisation=None, by=manager)

    async def _enrol(self, key: str, person: str, organisation: str | None) -> None:
        manager, path = self.stage[self.manager.key], f"{self.path}/participants"
        if not (self.stage.resuming and await manager.find(path, person_id=person)):
            body = {"person_id": person, "organisation_id": organisation}
            await manager.make(f"participant/{key}", path, body, at=self.case.opened_at)

    async def _assign(self, key: str, person: str) -> None:
        manager, path = self.stage[self.manager.key], f"{self.path}/facilitators"
        if not (self.stage.resuming and await manager.find(path, person_id=person)):
            await manager.make(f"facilitator/{key}", path, {"person_id": person}, at=self.case.opened_at)

    # Module 1: challenges

    async def propose(self, one: Challenge) -> None:
        """A person proposes a challenge of their organisation."""
        body: Json = {
            "title": one.title,
            "context": one.context.strip(),
            "organisation_id": self.ids[f"organisation/{one.organisation}"],
        }
        if one.wish is not None:
            body["wish"] = one.wish.strip()
        if one.short_title is not None:
            body["short_title"] = one.short_title
        path, actor = f"{self.path}/challenges", self.stage[one.by]
        made = await actor.make(f"challenge/{one.key}", path, body, at=one.at, same=("title",))
        self.ids[f"challenge/{one.key}"] = made["id"]

    async def judge(self, one: Challenge) -> None:
        """The facilitator admits or declines the challenge, a day after it was proposed."""
        guide, at = self.stage[self.guide.key], one.at + JUDGED_AFTER
        step, path = f"judgement/{one.key}", f"/challenges/{self.ids[f'challenge/{one.key}']}"
        if one.declined is None:
            await guide.do(step, f"{path}/admission", at=at, done=_judged)
        else:
            await guide.do(step, f"{path}/declination", {"reason": one.declined.strip()}, at=at, done=_judged)

    async def ask(self, one: Question) -> None:
        """A participant asks a question on a challenge."""
        path = f"/challenges/{self.ids[f'challenge/{one.challenge}']}/questions"
        made = await self.stage[one.by].make(f"question/{one.key}", path, {"text": one.text}, at=one.at, same=("text",))
        self.ids[f"question/{one.key}"] = made["id"]

    async def answer(self, one: Question) -> None:
        """The proposer, the commissioner or the facilitator answers it."""
        await self.stage[one.answered_by].do(
            f"answer/{one.key}",
            f"/questions/{self.ids[f'question/{one.key}']}/answer",
            {"text": one.answer.strip()},
            at=one.answered_at,
            done=lambda shown: shown["answer"] is not None,
        )

    # The choice

    def _choosing(self) -> Iterator[Scene]:
        ballot, choice = self.case.ballot, self.case.choice
        yield Scene(ballot.opened_at, self.open_ballot, "Stemming geopend")
        for number, paper in enumerate(ballot.papers):
            yield Scene(paper.at, partial(self.vote, number, paper))
        voters = len({one.voter for one in ballot.papers})
        yield Scene(ballot.closed_at, self.close_ballot, f"Stemming gesloten: {voters} stembiljetten")
        yield Scene(ballot.certified_at, self.certify, "Uitslag geteld en vastgesteld")
        yield Scene(choice.ranked_from, self.rank, f"{len(choice.rankings)} deelnemers gaven hun voorkeur")
        yield Scene(choice.assigned_at, self.assign_teams, "Teamindeling berekend")
        yield Scene(choice.adopted_at, self.adopt, "Teamindeling overgenomen: de CoP's zijn gevormd")

    @property
    def ballot(self) -> str:
        """The path of the ballot."""
        return f"/ballots/{self.ids['ballot']}"

    async def open_ballot(self) -> None:
        """The facilitator opens a ballot on all admitted challenges, with a deadline days after this run."""
        guide, case = self.stage[self.guide.key], self.case.ballot
        deadline = (now() + timedelta(days=case.days_open)).replace(hour=0, minute=0, second=0, microsecond=0)
        admitted = [one.key for one in self.case.challenges if one.declined is None]
        body = {
            "challenge_ids": [self.ids[f"challenge/{key}"] for key in admitted],
            "closes_at": deadline.isoformat(),
        }
        path = f"{self.path}/ballots"
        found = await guide.find(path) if self.stage.resuming else None
        self.ids["ballot"] = (found or await guide.make("ballot", path, body, at=case.opened_at))["id"]

    async def vote(self, number: int, paper: Paper) -> None:
        """An elector hands in a paper."""
        approvals = [self.ids[f"challenge/{key}"] for key in paper.approves]
        replaced = any(later.voter == paper.voter for later in self.case.ballot.papers[number + 1 :])
        await self.stage[paper.voter].do(
            f"vote/{number}",
            f"{self.ballot}/vote",
            {"approvals": approvals},
            at=paper.at,
            method="PUT",
            look=f"{self.ballot}/vote",
            done=lambda shown: replaced or sorted(shown["approvals"]) == sorted(approvals),
        )

    async def close_ballot(self) -> None:
        """The facilitator closes the ballot before its deadline."""
        at = self.case.ballot.closed_at
        await self.stage[self.guide.key].do(
            "close", f"{self.ballot}/close", at=at, done=lambda shown: shown["status"] != "open"
        )

    async def certify(self) -> None:
        """The facilitator has the ballot counted and certifies the result."""
        guide, at = self.stage[self.guide.key], self.case.ballot.certified_at
        await guide.do(
            "count", f"{self.ballot}/count", at=at, done=lambda shown: shown["status"] in {"counted", "certified"}
        )
        await guide.do(
            "certification", f"{self.ballot}/certification", at=at, done=lambda shown: shown["status"] == "certified"
        )

    async def rank(self) -> None:
        """Every participant ranks the selected challenges."""
        choice = self.case.choice
        for hours, (key, wishes) in enumerate(choice.rankings.items()):
            ranking = [self.ids[f"challenge/{one}"] for one in wishes]
            body: Json = {"ranking": ranking}
            if key in choice.motivations:
                body["motivation"] = choice.motivations[key]
            await self.stage[key].do(
                f"preferences/{key}",
                f"{self.path}/preferences",
                body,
                at=choice.ranked_from + timedelta(hours=hours),
                method="PUT",
                look=f"{self.path}/preferences",
                done=lambda shown, ranking=ranking: shown["ranking"] == ranking,
            )

    async def assign_teams(self) -> None:
        """The facilitator requests a team assignment and waits for it. Raises `DemoStopped` if it is infeasible."""
        guide, path = self.stage[self.guide.key], f"{self.path}/team-assignments"
        found = await guide.find(path) if self.stage.resuming else None
        requested = found or await guide.make("team-assignment", path, {}, at=self.case.choice.assigned_at)
        self.ids["assignment"] = requested["id"]
        solved = await guide.until(f"/team-assignments/{requested['id']}", lambda shown: shown["status"] != "solving")
        if solved["status"] not in {"proposed", "adopted"}:
            raise DemoStopped(f"the team assignment is {solved['status']}")

    async def adopt(self) -> None:
        """The facilitator adopts the proposed assignment unchanged."""
        guide, path = self.stage[self.guide.key], f"/team-assignments/{self.ids['assignment']}"
        await guide.do(
            "adoption",
            f"{path}/adoption",
            at=self.case.choice.adopted_at,
            done=lambda shown: shown["status"] == "adopted",
        )
        chosen = {self.ids[f"challenge/{one.key}"]: one.key for one in self.case.challenges}
        async for team in guide.all(f"{self.path}/teams"):
            self.ids[f"team/{chosen[team['challenge_id']]}"] = team["id"]

    # Joint sessions

    def _session(self, one: Session) -> Iterator[Scene]:
        yield Scene(one.planned_at, partial(self.plan_session, one))
        if one.moved_at is not None:
            yield Scene(one.moved_at, partial(self.move_session, one), f"CoP-sessie {one.number} verzet")
        yield Scene(one.ends_at, partial(self.hold_session, one), f"CoP-sessie {one.number} gehouden")
        yield Scene(one.ends_at + APPROVED_AFTER, partial(self.approve_minutes, one))

    async def plan_session(self, one: Session) -> None:
        """The facilitator plans a session of all CoPs, including those that are formed later (rule 12)."""
        starts_at = one.moved_from or one.starts_at
        body: Json = {
            "kind": "session",
            "number": one.number,
            "starts_at": when(starts_at),
            "ends_at": when(starts_at + (one.ends_at - one.starts_at)),
            "place": one.place,
            "agenda": [{"topic": item.topic, "title": item.title, "minutes": item.minutes} for item in one.agenda],
        }
        path, guide = f"{self.path}/gatherings", self.stage[self.guide.key]
        made = await guide.make(f"session/{one.number}", path, body, at=one.planned_at, same=("kind", "number"))
        self.ids[f"session/{one.number}"] = made["id"]

    async def move_session(self, one: Session) -> None:
        """The facilitator moves a session to another day, with a reason."""
        body = {"starts_at": when(one.starts_at), "ends_at": when(one.ends_at), "reason": one.moved_reason}
        path = f"/gatherings/{self.ids[f'session/{one.number}']}"
        await self.stage[self.guide.key].do(
            f"session/{one.number}/reschedule",
            f"{path}/reschedule",
            body,
            at=one.moved_at,
            done=lambda shown: shown["sequence"] > 0,
        )

    async def hold_session(self, one: Session) -> None:
        """The facilitator records that the session was held, the attendance, and the minutes."""
        step, path = f"session/{one.number}", f"/gatherings/{self.ids[f'session/{one.number}']}"
        guide, at = self.stage[self.guide.key], one.ends_at
        held = {"topics": [item.topic for item in one.agenda], "techniques": list(one.techniques)}
        await guide.do(f"{step}/held", f"{path}/holding", held, at=at, done=lambda shown: shown["status"] == "held")
        people = [self.presence(person.key, one.absent) for person in self.case.in_role("participant")]
        await guide.do(
            f"{step}/attendance",
            f"{path}/attendance",
            {"people": people},
            at=at,
            done=lambda shown: bool(shown["attendance"]),
        )
        await self.stage[one.minutes_by].do(
            f"{step}/minutes",
            f"{path}/minutes",
            {"text": one.minutes.strip()},
            at=at + timedelta(hours=2),
            done=lambda shown: shown["minutes"] is not None,
        )

    async def approve_minutes(self, one: Session) -> None:
        """A participant who attended approves the minutes."""
        step, path = f"session/{one.number}", f"/gatherings/{self.ids[f'session/{one.number}']}"
        await self.stage[one.approved_by].do(
            f"{step}/minutes-approval",
            f"{path}/minutes-approval",
            at=one.ends_at + APPROVED_AFTER,
            done=lambda shown: shown["minutes"]["status"] == "approved",
        )

    def presence(self, key: str, absent: dict[str, str]) -> Json:
        """The attendance of a person, with the reason of an absence."""
        shown: Json = {"person_id": self.ids[f"person/{key}"], "present": key not in absent}
        return {**shown, "reason": absent[key]} if key in absent else shown


def _judged(shown: Json) -> bool:
    return shown["status"] != "proposed"
