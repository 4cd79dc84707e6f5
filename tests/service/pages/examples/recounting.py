"""Published results of counted ballots, and a site that serves the modules which recount them."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace
from playwright.async_api import BrowserContext, Page, Route

from domain.ballots.ballot import ranks, seed_commitment
from domain.calculations import counting
from domain.events.ballot import BallotChallenge, BallotCounted, BallotOpened, CountedPaper, as_digest
from domain.foundation import BallotId, ChallengeId, Code, OrganisationId, PersonId, ProgrammeId
from projections import ballots as views
from projections.view import EventMetadata
from service.reading.ballot_results import shown_result

MODULES = Path(__file__).parents[4] / "service" / "pages" / "static" / "recount"
SITE = "http://localhost"
"""Requests to it never leave the browser. Browsers trust the name, so that scripts have cryptography."""
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
T0 = datetime(2016, 10, 1, tzinfo=UTC)
SEED = bytes(range(32))

Result: TypeAlias = dict[str, Any]


class Counted:
    """A counted ballot: its two events, and the result as the API shows it."""

    def __init__(self, opened: BallotOpened, counted: BallotCounted) -> None:
        self.opened, self.counted = opened, counted

    def result(self, status: Literal["counted", "certified"] = "counted") -> Result:
        """The JSON of the result."""
        row = replace(views.result(None, self.counted, EventMetadata(1, T0)), status=status)
        return json.loads(msgspec.json.encode(shown_result(row, self.opened, with_voters=False, roll=None)))


def counted_ballot(
    rule: str,
    choices: Sequence[Sequence[str]],
    on_ballot: Sequence[str],
    seats: int,
    *,
    seed: bytes = SEED,
    organisations: Mapping[str, str] = {},
    struck: Collection[str] = (),
    trackers: Sequence[str] = (),
) -> Counted:
    """Count a ballot as the service does. `choices`: of each paper. `trackers`: theirs, if it is secret."""
    codes = [Code(one) for one in trackers] if trackers else [None] * len(choices)
    papers = tuple(
        CountedPaper(number, tuple(ChallengeId(each) for each in one), code)
        for number, (one, code) in enumerate(zip(choices, codes, strict=True), 1)
    )
    found = counting.count(
        rule,
        [counting.Paper(one.tracker or str(one.number), one.approvals) for one in papers],
        on_ballot,
        seats,
        seed,
        organisations,
        struck,
    )
    opened = BallotOpened(
        ballot=BallotId("ballot_1"),
        programme=ProgrammeId("programme_1"),
        challenges=tuple(
            BallotChallenge(
                ChallengeId(one), OrganisationId(organisations[one]) if one in organisations else None, None, ()
            )
            for one in on_ballot
        ),
        electorate=tuple(PersonId(f"person_{number}") for number in range(len(choices))),
        own=(),
        rule=Code(rule),
        seats=seats,
        quorum_permille=0,
        secrecy=Code("secret" if trackers else "named"),
        own_challenge=Code("disclosed"),
        tie_seed_commitment=seed_commitment(seed),
        ballot_key=as_digest(bytes(32)),
        closes_at=T0,
    )
    counted = BallotCounted(
        ballot=opened.ballot,
        programme=opened.programme,
        organisations=opened.organisations,
        challenge_ids=opened.challenge_ids,
        turnout=len(papers),
        selected=tuple(ChallengeId(one) for one in found.selected),
        tallies=found.tallies,
        own_approvals=(),
        trace=found.trace,
        papers=papers,
        voters=None,
        tie_seed=as_digest(seed),
        struck=tuple(sorted(ChallengeId(one) for one in struck)),
        stages=found.stages,
    )
    assert ranks(opened.rule) == bool(found.stages) or not found.selected
    return Counted(opened, counted)


async def serve(context: BrowserContext, site: str = SITE, html: str = "", result: str = "") -> None:
    """Serve the modules to this browser under the content security policy of pages, a page with `html`, and `/result`."""

    async def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{site}/")
        if name.startswith("recount/"):
            text, media_type = (MODULES / name.removeprefix("recount/")).read_text(), "text/javascript"
        elif name == "result":
            text, media_type = result, "application/json"
        else:
            text, media_type = f'<!doctype html><html lang="nl"><title>Kring</title>{html}', "text/html"
        headers = {"Content-Security-Policy": POLICY}
        await route.fulfill(body=text, content_type=f"{media_type}; charset=utf-8", headers=headers)

    await context.route(f"{site}/**", answer)


RECOUNT = """
async (results) => {
  const { recount } = await import("/recount/recount.js");
  return JSON.stringify(await Promise.all(JSON.parse(results).map(recount)));
}
"""


async def recounted(page: Page, results: Sequence[Result], site: str = SITE) -> list[dict[str, Any]]:
    """The findings of the modules about these results, in one page."""
    await serve(page.context, site)
    await page.goto(site)
    return json.loads(await page.evaluate(RECOUNT, json.dumps(results)))
