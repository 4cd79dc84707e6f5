"""The scenes of the whole programme: setting up, challenges, the choice of three, team assignment and joint sessions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from service.clock_and_ids import now
from service.demo.case import ZONE, Announcement, Ballot, Challenge, Choice, Paper, Programme, Question, Session
from service.demo.client import Actor, DemoStopped, Json, Stage, when
from service.demo.scene import Scene, milestone

JUDGED_AFTER = timedelta(days=1)  # from a challenge to the facilitator's decision
APPROVED_AFTER = timedelta(days=4)  # from a session to the approval of its minutes
CLOSES_AT_HOUR = 17  # of ballots


class ProgrammeOnStage:
    """A programme of a case. `ids`: of people, organisations, challenges, teams and their work, by `kind/key`.

    `other`: an earlier programme of the same manager on the same stage, with which it shares people and organisations.
    """

    def __init__(
        self, stage: Stage, case: Programme, operator: Actor, *, name: str = "", other: "ProgrammeOnStage | None" = None
    ) -> None:
        self.stage, self.case, self.operator, self.name, self.other = stage, case, operator, name, other
        self.ids: dict[str, str] = {}
        self.manager = case.in_role("manager")[0]
        self.guide = case.in_role("facilitator")[0]

    @property
    def path(self) -> str:
        """The path of the programme."""
        return f"/programmes/{self.ids['programme']}"

    def step(self, *parts: object) -> str:
        """The name of a step of this programme."""
        return "/".join(str(one) for one in (self.name, *parts) if one != "")

    def scenes(self) -> Iterator[Scene]:
        """All scenes of the whole programme."""
        case, opened = self.case, self.case.opened_at
        yield Scene(opened, self.open, f"Leergang '{case.name}', editie {case.edition}, geopend")
        yield Scene(opened, self.set_up, f"{len(case.organisations)} organisaties doen mee")
        yield Scene(opened, self.bring_in, f"{len(case.in_role('participant'))} deelnemers doen mee")
        for one in case.challenges:
            yield Scene(one.at, partial(self.propose, one))
            if not one.undecided:
                yield Scene(one.at + JUDGED_AFTER, partial(self.judge, one))
        for question in case.questions:
            yield Scene(question.at, partial(self.ask, question))
            if question.answered_at is not None:
                yield Scene(question.answered_at, partial(self.answer, question))
        last = max(one.at for one in case.challenges if not one.undecided) + JUDGED_AFTER
        yield milestone(last, f"Module {case.module.number}: {len(case.challenges)} vraagstukken ingebracht")
        for one in case.ballots:
            yield from self._ballot(one)
        yield from self._forming()
        for one in case.sessions:
            yield from self._session(one)
        for number, announcement in enumerate(case.announcements):
            yield Scene(announcement.at, partial(self.announce, number, announcement))

    # Setting up

    async def open(self) -> None:
        """The operator registers the manager, who opens the programme."""
        if self.other is None:
            person = await self._manager()
            await self.stage.admit(self.manager.key, role="manager", person=person, organisation=None, by=self.operator)
        else:
            self.ids.update(
                (name, one) for name, one in self.other.ids.items() if name.startswith(("person/", "organisation/"))
            )
        manager, case = self.stage[self.manager.key], self.case
        found = await manager.find("/programmes", name=case.name, edition=case.edition)
        self.stage.resuming |= found is not None
        body: Json = {
            "name": case.name,
            "edition": case.edition,
            "starts_on": case.starts_on.isoformat(),
            "ends_on": case.ends_on.isoformat(),
        }
        opened = found or await manager.make(self.step("programme"), "/programmes", body, at=case.opened_at)
        self.ids["programme"] = opened["id"]

    async def _manager(self) -> str:
        body = {"name": self.manager.name, "email": self.manager.email}
        try:
            return (await self.operator.make(self.step("manager"), "/people", body, at=self.case.opened_at))["id"]
        except DemoStopped:  # an earlier run has registered them, with another token of the operator
            known = await self.operator.find_soon("/people", name=self.manager.name)
            if known is None:
                raise
            return known["id"]

    async def set_up(self) -> None:
        """The manager sets the curriculum, plans the module and registers the organisations."""
        manager, case, module = self.stage[self.manager.key], self.case, self.case.module
        await manager.do(
            self.step("curriculum"),
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
            self.step("module"),
            f"{self.path}/modules",
            body,
            at=case.opened_at,
            done=lambda shown: bool(shown["modules"]),
        )
        for one in case.organisations:
            key = f"organisation/{one.key}"
            if key not in self.ids:
                step, body = self.step(key), {"name": one.name}
                made = await manager.make(step, "/organisations", body, at=case.opened_at, same=("name",))
                self.ids[key] = made["id"]

    async def bring_in(self) -> None:
        """The manager gives everybody their role and their token."""
        manager, at = self.stage[self.manager.key], self.case.opened_at
        # Commissioners last: once an organisation has one for all challenges, it appoints its own contacts (rule 27).
        for one in sorted(self.case.people, key=lambda person: person.role == "commissioner"):
            if one is self.manager:
                continue
            key = f"person/{one.key}"
            if key not in self.ids:
                body = {"name": one.name, "email": one.email}
                made = await manager.make(self.step(key), "/people", body, at=at, same=("name",))
                self.ids[key] = made["id"]
            person = self.ids[key]
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
                        await manager.make(self.step("contact", one.key), path, body, at=at)
            await self.stage.admit(one.key, role=one.role, person=person, organisation=None, by=manager)

    async def _enrol(self, key: str, person: str, organisation: str | None) -> None:
        manager, path = self.stage[self.manager.key], f"{self.path}/participants"
        if not (self.stage.resuming and await manager.find(path, person_id=person)):
            body = {"person_id": person, "organisation_id": organisation}
            await manager.make(self.step("participant", key), path, body, at=self.case.opened_at)

    async def _assign(self, key: str, person: str) -> None:
        manager, path = self.stage[self.manager.key], f"{self.path}/facilitators"
        if not (self.stage.resuming and await manager.find(path, person_id=person)):
            step = self.step("facilitator", key)
            await manager.make(step, path, {"person_id": person}, at=self.case.opened_at)

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
        made = await actor.make(self.step("challenge", one.key), path, body, at=one.at, same=("title",))
        self.ids[f"challenge/{one.key}"] = made["id"]

    async def judge(self, one: Challenge) -> None:
        """The facilitator admits or declines the challenge, a day after it was proposed."""
        guide, at = self.stage[self.guide.key], one.at + JUDGED_AFTER
        step, path = self.step("judgement", one.key), f"/challenges/{self.ids[f'challenge/{one.key}']}"
        if one.declined is None:
            await guide.do(step, f"{path}/admission", at=at, done=_judged)
        else:
            await guide.do(step, f"{path}/declination", {"reason": one.declined.strip()}, at=at, done=_judged)

    async def ask(self, one: Question) -> None:
        """A participant asks a question on a challenge."""
        path = f"/challenges/{self.ids[f'challenge/{one.challenge}']}/questions"
        step = self.step("question", one.key)
        made = await self.stage[one.by].make(step, path, {"text": one.text}, at=one.at, same=("text",))
        self.ids[f"question/{one.key}"] = made["id"]

    async def answer(self, one: Question) -> None:
        """The proposer, the commissioner or the facilitator answers it."""
        assert one.answered_by is not None, "the case names both with the time"
        assert one.answer is not None, "the case names both with the time"
        await self.stage[one.answered_by].do(
            self.step("answer", one.key),
            f"/questions/{self.ids[f'question/{one.key}']}/answer",
            {"text": one.answer.strip()},
            at=one.answered_at,
            done=lambda shown: shown["answer"] is not None,
        )

    # Ballots

    def _ballot(self, one: Ballot) -> Iterator[Scene]:
        yield Scene(one.opened_at, partial(self.open_ballot, one), "Stemming geopend")
        for number, paper in enumerate(one.papers):
            yield Scene(paper.at, partial(self.vote, one, number, paper))
        voters = len({paper.voter for paper in one.papers})
        if one.closed_at is None:
            yield milestone(one.papers[-1].at, f"Stemming loopt: {voters} stembiljetten")
        else:
            yield Scene(one.closed_at, partial(self.close_ballot, one), f"Stemming gesloten: {voters} stembiljetten")
        if one.counted_at is not None:
            yield Scene(one.counted_at, partial(self.count, one), "Stemmen geteld")
        if one.certified_at is not None:
            yield Scene(one.certified_at, partial(self.certify, one), "Uitslag geteld en vastgesteld")

    def _ballot_path(self, one: Ballot) -> str:
        return f"/ballots/{self.ids[f'ballot/{one.key}']}"

    async def open_ballot(self, one: Ballot) -> None:
        """The facilitator opens a ballot, with a deadline days after this run."""
        guide, path = self.stage[self.guide.key], f"{self.path}/ballots"
        keys = one.challenges or [each.key for each in self.case.challenges if each.declined is None]
        challenges = [self.ids[f"challenge/{key}"] for key in keys]
        day = now().astimezone(ZONE) + timedelta(days=one.days_open)
        body: Json = {
            "challenge_ids": challenges,
            "closes_at": day.replace(hour=CLOSES_AT_HOUR, minute=0, second=0, microsecond=0).isoformat(),
        }
        if one.seats is not None:
            body["seats"] = one.seats
        made = await guide.make(self.step(one.key), path, body, at=one.opened_at, same=("challenge_ids",))
        self.ids[f"ballot/{one.key}"] = made["id"]

    async def vote(self, ballot: Ballot, number: int, paper: Paper) -> None:
        """An elector hands in a paper, unless this run resumes when the ballot has ended."""
        path, voter = self._ballot_path(ballot), self.stage[paper.voter]
        if self.stage.resuming and (await voter.get(path))["status"] != "open":
            return
        approvals = [self.ids[f"challenge/{key}"] for key in paper.approves]
        replaced = any(later.voter == paper.voter for later in ballot.papers[number + 1 :])
        await voter.do(
            self.step(ballot.key, "vote", number),
            f"{path}/vote",
            {"approvals": approvals},
            at=paper.at,
            method="PUT",
            look=f"{path}/vote",
            done=lambda shown: replaced or sorted(shown["approvals"]) == sorted(approvals),
        )

    async def close_ballot(self, one: Ballot) -> None:
        """The facilitator closes the ballot before its deadline."""
        await self.stage[self.guide.key].do(
            self.step(one.key, "close"),
            f"{self._ballot_path(one)}/close",
            at=one.closed_at,
            done=lambda shown: shown["status"] != "open",
        )

    async def count(self, one: Ballot) -> None:
        """The facilitator has the ballot counted."""
        await self.stage[self.guide.key].do(
            self.step(one.key, "count"),
            f"{self._ballot_path(one)}/count",
            at=one.counted_at or one.certified_at,
            done=lambda shown: shown["status"] in {"counted", "certified"},
        )

    async def certify(self, one: Ballot) -> None:
        """The facilitator certifies the result, counted before or now."""
        if one.counted_at is None:
            await self.count(one)
        await self.stage[self.guide.key].do(
            self.step(one.key, "certification"),
            f"{self._ballot_path(one)}/certification",
            at=one.certified_at,
            done=lambda shown: shown["status"] == "certified",
        )

    # Teams

    def _forming(self) -> Iterator[Scene]:
        agreement, choice = self.case.agreement, self.case.choice
        if agreement is not None:
            yield Scene(agreement.at, self.agree, f"{len(agreement.challenges)} vraagstukken samen gekozen")
        if choice is not None:
            yield Scene(choice.ranked_from, self.rank, f"{len(choice.rankings)} deelnemers gaven hun voorkeur")
            yield Scene(choice.assigned_at, self.assign_teams, "Teamindeling berekend")
            yield Scene(choice.adopted_at, self.adopt, "Teamindeling overgenomen: de CoP's zijn gevormd")

    @property
    def formed_at(self) -> datetime:
        """The time at which the CoPs were formed."""
        return self._choice.adopted_at

    @property
    def _choice(self) -> Choice:
        assert self.case.choice is not None, "there are no CoPs without it"
        return self.case.choice

    async def agree(self) -> None:
        """The facilitator records which challenges the group chose in a meeting."""
        agreement = self.case.agreement
        assert agreement is not None, "the scene exists only with it"
        guide, chosen = self.stage[self.guide.key], [self.ids[f"challenge/{key}"] for key in agreement.challenges]
        await guide.do(
            self.step("choice"),
            f"{self.path}/choice",
            {"challenge_ids": chosen, "how": "in_the_room", "reason": agreement.reason.strip()},
            at=agreement.at,
            look=f"/challenges/{chosen[0]}",
            done=lambda shown: shown["status"] not in {"proposed", "admitted"},
        )

    async def rank(self) -> None:
        """Every participant ranks the selected challenges."""
        choice = self._choice
        for hours, (key, wishes) in enumerate(choice.rankings.items()):
            ranking = [self.ids[f"challenge/{one}"] for one in wishes]
            body: Json = {"ranking": ranking}
            if key in choice.motivations:
                body["motivation"] = choice.motivations[key]
            await self.stage[key].do(
                self.step("preferences", key),
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
        requested = found or await guide.make(self.step("team-assignment"), path, {}, at=self._choice.assigned_at)
        self.ids["assignment"] = requested["id"]
        solved = await guide.until(f"/team-assignments/{requested['id']}", lambda shown: shown["status"] != "solving")
        if solved["status"] not in {"proposed", "adopted"}:
            raise DemoStopped(f"the team assignment is {solved['status']}")

    async def adopt(self) -> None:
        """The facilitator adopts the proposed assignment unchanged."""
        guide, path = self.stage[self.guide.key], f"/team-assignments/{self.ids['assignment']}"
        await guide.do(
            self.step("adoption"),
            f"{path}/adoption",
            at=self._choice.adopted_at,
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
        if one.minutes is not None:
            yield Scene(one.ends_at, partial(self.hold_session, one), f"CoP-sessie {one.number} gehouden")
        if one.approved_by is not None:
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
        made = await guide.make(
            self.step("session", one.number), path, body, at=one.planned_at, same=("kind", "number")
        )
        self.ids[f"session/{one.number}"] = made["id"]

    async def move_session(self, one: Session) -> None:
        """The facilitator moves a session to another day, with a reason."""
        body = {"starts_at": when(one.starts_at), "ends_at": when(one.ends_at), "reason": one.moved_reason}
        path = f"/gatherings/{self.ids[f'session/{one.number}']}"
        await self.stage[self.guide.key].do(
            self.step("session", one.number, "reschedule"),
            f"{path}/reschedule",
            body,
            at=one.moved_at,
            done=lambda shown: shown["sequence"] > 0,
        )

    async def hold_session(self, one: Session) -> None:
        """The facilitator records that the session was held, the attendance, and the minutes."""
        step, path = self.step("session", one.number), f"/gatherings/{self.ids[f'session/{one.number}']}"
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
        assert one.minutes is not None, "the case names both"
        assert one.minutes_by is not None, "the case names both"
        await self.stage[one.minutes_by].do(
            f"{step}/minutes",
            f"{path}/minutes",
            {"text": one.minutes.strip()},
            at=at + timedelta(hours=2),
            done=lambda shown: shown["minutes"] is not None,
        )

    async def approve_minutes(self, one: Session) -> None:
        """A participant who attended approves the minutes."""
        step, path = self.step("session", one.number), f"/gatherings/{self.ids[f'session/{one.number}']}"
        assert one.approved_by is not None, "the scene exists only with somebody who approves"
        await self.stage[one.approved_by].do(
            f"{step}/minutes-approval",
            f"{path}/minutes-approval",
            at=one.ends_at + APPROVED_AFTER,
            done=lambda shown: shown["minutes"]["status"] == "approved",
        )

    async def announce(self, number: int, one: Announcement) -> None:
        """The manager makes an announcement to all participants."""
        path, step = f"{self.path}/announcements", self.step("announcement", number)
        await self.stage[self.manager.key].make(step, path, {"text": one.text.strip()}, at=one.at, same=("text",))

    def presence(self, key: str, absent: dict[str, str]) -> Json:
        """The attendance of a person, with the reason of an absence."""
        shown: Json = {"person_id": self.ids[f"person/{key}"], "present": key not in absent}
        return {**shown, "reason": absent[key]} if key in absent else shown


def _judged(shown: Json) -> bool:
    return shown["status"] != "proposed"
