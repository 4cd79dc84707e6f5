"""The scenes of one CoP: gatherings, research, stakeholders and comments."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from service.demo.case import (
    Comment,
    Cop,
    Insight,
    Interview,
    OwnGathering,
    Share,
    Source,
    Stakeholder,
    Talk,
)
from service.demo.client import Actor, DemoStopped, Json, when
from service.demo.programme import ProgrammeOnStage
from service.demo.scene import Scene, milestone

APPROVED_AFTER = timedelta(days=2)  # from a gathering to the approval of its minutes
DEFAULT_CONSENT = "background"  # rule 20


class CopOnStage:
    """A CoP of the case. `ids`: of the things that it creates, by `kind:key`, as evidence names them."""

    def __init__(self, programme: ProgrammeOnStage, case: Cop) -> None:
        self.programme, self.case = programme, case
        self.ids: dict[str, str] = {}

    @property
    def team(self) -> str:
        """The path of the team."""
        return f"/teams/{self.programme.ids[f'team/{self.case.challenge}']}"

    @property
    def resuming(self) -> bool:
        """Whether this run continues an earlier one."""
        return self.programme.stage.resuming

    @property
    def name(self) -> str:
        """Its name in progress messages: the organisation whose challenge it works on."""
        challenge = next(one for one in self.programme.case.challenges if one.key == self.case.challenge)
        return next(one.name for one in self.programme.case.organisations if one.key == challenge.organisation)

    def person(self, key: str) -> str:
        """The id of the person with this key."""
        return self.programme.ids[f"person/{key}"]

    def actor(self, key: str) -> Actor:
        """The actor with this key."""
        return self.programme.stage[key]

    def step(self, *parts: object) -> str:
        """The name of a step of this CoP."""
        return "/".join([self.case.challenge, *map(str, parts)])

    def scenes(self) -> Iterator[Scene]:
        """All scenes except those of the trip and the advice."""
        case = self.case
        yield Scene(self.programme.formed_at, self.check_members)
        for number, gathering in enumerate(case.gatherings):
            yield Scene(gathering.planned_at, partial(self.plan, number, gathering))
            if gathering.minutes is not None:
                yield Scene(gathering.ends_at, partial(self.hold, number, gathering))
            if gathering.approved_by is not None:
                yield Scene(gathering.ends_at + APPROVED_AFTER, partial(self.approve_minutes, number, gathering))
        yield from self._research()
        for one in case.stakeholders:
            yield Scene(one.at, partial(self.identify, one))
            if one.later is not None:
                yield Scene(self.placed_again_at, partial(self.place, one, "later", self.placed_again_at))
        for number, talk in enumerate(case.talks):
            yield Scene(talk.at, partial(self.talk, number, talk))
        for number, comment in enumerate(case.comments):
            yield Scene(comment.at, partial(self.comment, number, comment))
        for number, share in enumerate(case.shares):
            yield Scene(share.at, partial(self.share, number, share))

    @property
    def placed_again_at(self) -> datetime:
        """The time of the second placement of stakeholders: the day after the third session."""
        return self.programme.case.sessions[-1].ends_at + timedelta(days=1)

    def _research(self) -> Iterator[Scene]:
        case = self.case
        last = max(one.at for one in case.sources)
        for source in case.sources:
            yield Scene(source.at, partial(self.log_source, source))
        yield milestone(last, f"{self.name}: {len(case.sources)} bronnen vastgelegd")
        for interview in case.interviews:
            yield Scene(interview.planned_at, partial(self.plan_interview, interview))
            if interview.held_at is not None:
                yield Scene(interview.held_at, partial(self.hold_interview, interview))
        held = [one.held_at for one in case.interviews if one.held_at is not None]
        yield milestone(max(held), f"{self.name}: {len(held)} {'gesprek' if len(held) == 1 else 'gesprekken'} gevoerd")
        for insight in case.insights:
            yield Scene(insight.at, partial(self.share_insight, insight))

    async def check_members(self) -> None:
        """Raises `DemoStopped` unless the team has the members of the case."""
        team = await self.actor(self.case.members[0]).get(self.team)
        if set(team["member_ids"]) != {self.person(one) for one in self.case.members}:
            raise DemoStopped(f"the CoP on {self.case.challenge} has other members than the case")

    # Own gatherings

    async def plan(self, number: int, one: OwnGathering) -> None:
        """A member plans a gathering."""
        body: Json = {
            "kind": "own",
            "starts_at": when(one.starts_at),
            "ends_at": when(one.ends_at),
            "place": one.place,
            "agenda": [{"title": title} for title in one.agenda],
        }
        path, step = f"{self.team}/gatherings", self.step("gathering", number)
        made = await self.actor(one.by).make(step, path, body, at=one.planned_at, same=("kind", "starts_at"))
        self.ids[f"gathering:{number}"] = made["id"]

    async def hold(self, number: int, one: OwnGathering) -> None:
        """A member records that the gathering was held, the attendance, and the minutes."""
        path, step = f"/gatherings/{self.ids[f'gathering:{number}']}", self.step("gathering", number)
        member, at = self.actor(one.by), one.ends_at
        await member.do(f"{step}/held", f"{path}/holding", at=at, done=lambda shown: shown["status"] == "held")
        people = [self.programme.presence(key, one.absent) for key in self.case.members]
        await member.do(
            f"{step}/attendance",
            f"{path}/attendance",
            {"people": people},
            at=at,
            done=lambda shown: bool(shown["attendance"]),
        )
        assert one.minutes is not None, "the case names both"
        assert one.minutes_by is not None, "the case names both"
        await self.actor(one.minutes_by).do(
            f"{step}/minutes",
            f"{path}/minutes",
            {"text": one.minutes.strip()},
            at=at + timedelta(hours=1),
            done=lambda shown: shown["minutes"] is not None,
        )

    async def approve_minutes(self, number: int, one: OwnGathering) -> None:
        """A member who attended approves the minutes."""
        path, step = f"/gatherings/{self.ids[f'gathering:{number}']}", self.step("gathering", number)
        assert one.approved_by is not None, "the scene exists only with somebody who approves"
        await self.actor(one.approved_by).do(
            f"{step}/minutes-approval",
            f"{path}/minutes-approval",
            at=one.ends_at + APPROVED_AFTER,
            done=lambda shown: shown["minutes"]["status"] == "approved",
        )

    # Research

    async def log_source(self, one: Source) -> None:
        """A member logs a source."""
        await self._make("source", one.key, one.by, "sources", {"csl": one.csl}, one.at, "csl")

    async def plan_interview(self, one: Interview) -> None:
        """A member plans an interview."""
        body = {"who": one.who, "role": one.role, "sector": one.sector, "on": one.on.isoformat()}
        await self._make("interview", one.key, one.by, "interviews", body, one.planned_at, "who")

    async def hold_interview(self, one: Interview) -> None:
        """A member records the findings, and the consent of the interviewee."""
        path, step = f"/interviews/{self.ids[f'interview:{one.key}']}", self.step("interview", one.key)
        member = self.actor(one.by)
        assert one.findings is not None, "the case names them with the time"
        findings = {"findings": one.findings.strip()}
        await member.do(
            f"{step}/held", f"{path}/holding", findings, at=one.held_at, done=lambda shown: shown["status"] == "held"
        )
        if one.consent != DEFAULT_CONSENT:
            await member.do(
                f"{step}/consent",
                f"{path}/consent",
                {"scope": one.consent},
                at=one.held_at,
                done=lambda shown: shown["consent"] == one.consent,
            )

    async def share_insight(self, one: Insight) -> None:
        """A member shares an insight."""
        await self._make("insight", one.key, one.by, "insights", {"text": one.text.strip()}, one.at, "text")

    async def _make(self, kind: str, key: str, by: str, last: str, body: Json, at: datetime, same: str) -> None:
        made = await self.actor(by).make(self.step(kind, key), f"{self.team}/{last}", body, at=at, same=(same,))
        self.ids[f"{kind}:{key}"] = made["id"]

    # Stakeholders

    async def identify(self, one: Stakeholder) -> None:
        """A member identifies a stakeholder and places them for the first time."""
        body: Json = {"name": one.name}
        if one.organisation is not None:
            body["organisation"] = one.organisation
        await self._make("stakeholder", one.key, one.by, "stakeholders", body, one.at, "name")
        await self.place(one, "first", one.at)

    async def place(self, one: Stakeholder, time: str, at: datetime) -> None:
        """A member places a stakeholder: power, interest and stance."""
        placement = one.first if time == "first" else one.later
        assert placement is not None, "the scene exists only with a placement"
        power, interest, stance, desired = placement
        body = {"power": power, "interest": interest, "stance": stance, "desired_stance": desired}
        times = 1 if time == "first" else 2
        await self.actor(one.by).do(
            self.step("stakeholder", one.key, time),
            f"/stakeholders/{self.ids[f'stakeholder:{one.key}']}/placement",
            body,
            at=at,
            done=lambda shown: len(shown["placements"]) >= times,
        )

    async def talk(self, number: int, one: Talk) -> None:
        """A member talks with a stakeholder about the advice."""
        await self.actor(one.by).do(
            self.step("talk", number),
            f"/stakeholders/{self.ids[f'stakeholder:{one.stakeholder}']}/talks",
            {"outcome": one.outcome, "next_step": one.next_step},
            at=one.at,
            done=lambda shown: any(talk["outcome"] == one.outcome for talk in shown["talks"]),
        )

    # Comments and sharing

    async def comment(self, number: int, one: Comment) -> None:
        """A member or the facilitator comments on a thing."""
        body = {"on": self.ids[one.on], "text": one.text}
        path = f"{self.team}/comments"
        await self.actor(one.by).make(self.step("comment", number), path, body, at=one.at, same=("on", "text"))

    async def share(self, number: int, one: Share) -> None:
        """A member shares a thing of the team with others."""
        body, path = {"item_id": self.ids[one.item], "with": one.with_}, f"{self.team}/shares"
        actor = self.actor(one.by)
        if not (self.resuming and await actor.find(path, item_id=body["item_id"])):
            await actor.make(self.step("share", number), path, body, at=one.at)
