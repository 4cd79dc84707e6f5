"""A recount of a ballot from its events (rule 11), as an auditor does it, with the differences.

Everything that it needs is in `ballot.opened` and `ballot.counted`: challenges, rule, seats and the commitment to the seed were
fixed before the first vote; papers, struck challenges and the seed were published with the result.

A recount cannot check two things: whose papers these are, so whether own approvals were added up correctly; and that they are
the papers that were current at the close. The first needs the voters, the second the digest in `ballot.closed` and the sealed
papers.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from domain import base64url
from domain.ballots.ballot import MILLE, seed_commitment
from domain.calculations import counting
from domain.events.ballot import BallotCounted, BallotOpened, CountedPaper
from domain.foundation import Digest

Field: TypeAlias = Literal[
    "ballot",
    "challenges",
    "struck",
    "turnout",
    "papers",
    "tie_seed",
    "selected",
    "tallies",
    "trace",
    "stages",
    "own_approvals",
    "recusals",
]


class Difference(Struct, frozen=True):
    """A difference between a recorded count and the recount; both as JSON, or in words."""

    field: Field
    recorded: str
    recounted: str

    def __str__(self) -> str:
        return f"{self.field}: recorded {self.recorded}, recounted {self.recounted}"


class CannotRecount(counting.CountingError):
    """A recount is impossible: the rule is unknown here, or the papers of a secret ballot stay closed."""


def recount(opened: BallotOpened, counted: BallotCounted) -> tuple[Difference, ...]:
    """Return every difference between a recorded count and the recount; none: the count is right.

    Contradictions between the events are returned without a recount. Raises `CannotRecount` only if there are none.
    """
    if found := tuple(_contradictions(opened, counted)):
        return found
    if counted.stays_closed:
        raise CannotRecount("too few papers of a secret ballot: they stay closed")
    papers = [counting.Paper(_key(one), one.approvals) for one in counted.papers]
    organisations: dict[str, str] = {
        one.challenge: one.organisation for one in opened.challenges if one.organisation is not None
    }
    try:
        again = counting.count(
            opened.rule,
            papers,
            opened.challenge_ids,
            opened.seats,
            _seed(counted.tie_seed),
            organisations,
            counted.struck,
        )
    except counting.UnknownRule as unknown:
        raise CannotRecount(str(unknown)) from unknown
    compared: tuple[tuple[Field, object, object], ...] = (
        ("selected", counted.selected, again.selected),
        ("tallies", counted.tallies, again.tallies),
        ("trace", counted.trace, again.trace),
        ("stages", counted.stages, again.stages),
    )
    return tuple(
        Difference(field, _json(recorded), _json(recounted))
        for field, recorded, recounted in compared
        if recorded != recounted
    )


def _contradictions(opened: BallotOpened, counted: BallotCounted) -> Iterator[Difference]:
    """The contradictions between the two events, before anything is counted."""
    on_ballot = set(opened.challenge_ids)
    if (opened.ballot, opened.programme) != (counted.ballot, counted.programme):
        yield Difference("ballot", counted.ballot, opened.ballot)
    if opened.challenge_ids != counted.challenge_ids:
        yield Difference("challenges", _json(counted.challenge_ids), _json(opened.challenge_ids))
    if strays := set(counted.struck) - on_ballot:
        yield Difference("struck", _json(sorted(strays)), "on the ballot")
    if _commitment(counted.tie_seed) != opened.tie_seed_commitment:
        yield Difference("tie_seed", counted.tie_seed, f"a seed whose SHA-256 is {opened.tie_seed_commitment}")
    yield from _result_out_of_bounds(opened, counted)
    if not counted.stays_closed:
        yield from _papers_out_of_bounds(opened, counted)


def _result_out_of_bounds(opened: BallotOpened, counted: BallotCounted) -> Iterator[Difference]:
    on_ballot = set(opened.challenge_ids) - set(counted.struck)
    if len(counted.selected) > opened.seats or len(set(counted.selected)) < len(counted.selected):
        yield Difference("selected", _json(counted.selected), f"{opened.seats} different ones at most")
    if strays := set(counted.selected) - on_ballot:
        yield Difference("selected", _json(sorted(strays)), "on the ballot and not struck")
    electors, recused = len(opened.electorate), {one.challenge: one.approvals for one in counted.recusals}
    # Electors who are recused from everything do not count for the quorum (rule 8); they are no more than the recusals from
    # any one challenge.
    voiceless = min((recused.get(one, 0) for one in on_ballot), default=electors)
    if not opened.quorum_permille * (electors - voiceless) <= counted.turnout * MILLE <= electors * MILLE:
        yield Difference("turnout", str(counted.turnout), f"a quorum of {opened.quorum_permille} in 1000 of {electors}")


def _papers_out_of_bounds(opened: BallotOpened, counted: BallotCounted) -> Iterator[Difference]:
    papers = counted.papers
    if counted.turnout != len(papers):
        yield Difference("turnout", str(counted.turnout), f"{len(papers)} papers")
    if [one.number for one in papers] != list(range(1, len(papers) + 1)):
        yield Difference("papers", _json([one.number for one in papers]), "numbered from 1, each once")
    if len({_key(one) for one in papers}) < len(papers):
        yield Difference("papers", _json([_key(one) for one in papers]), "each once")
    approved = Counter[counting.Name](challenge for one in papers for challenge in one.approvals)
    if strays := approved.keys() - set(opened.challenge_ids):
        yield Difference("papers", _json(sorted(strays)), "on the ballot")
    for own in counted.own_approvals:
        if own.approvals > approved[own.challenge]:
            yield Difference("own_approvals", _json(own), f"{approved[own.challenge]} approvals in all")
    for one in counted.recusals:
        if one.approvals + approved[one.challenge] > len(opened.electorate):
            yield Difference("recusals", _json(one), f"{approved[one.challenge]} approvals of {len(opened.electorate)}")


def _key(paper: CountedPaper) -> counting.Name:
    """The name of a paper in the trace: its tracker on a secret ballot, else its number."""
    return paper.tracker or str(paper.number)


def _commitment(seed: Digest) -> Digest | None:
    octets = _seed(seed)
    return None if len(octets) != counting.SEED_BYTES else seed_commitment(octets)


def _seed(seed: Digest) -> bytes:
    try:
        return base64url.decode(seed)
    except ValueError:
        return b""


def _json(one: object) -> str:
    return msgspec.json.encode(one).decode()
