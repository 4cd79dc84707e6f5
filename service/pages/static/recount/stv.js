// docs/reference/counting.md 'stv/1'

import { first, last } from "./draw.js";
import { asText, lcm, reduced } from "./fractions.js";

/** "A transfer value whose denominator has more than 18 digits is cut to 18 decimals" (decisions 0013 and 0016). */
const MAX_DENOMINATOR = 10n ** 18n;

/**
 * What the papers are worth, in whole parts: a paper begins with `unit` of them. `held`: the worth that stays with the
 * elected. `standing`: the challenges that are neither elected nor excluded.
 * @typedef {{unit: bigint, worth: bigint[], held: bigint, standing: Set<string>}} Votes
 */

/**
 * Elect or exclude, stage by stage, until the seats are filled or nobody stands any more.
 * @param {import("./contest.js").Contest} contest
 */
export function stv(contest) {
  // "The quota is ⌊n / (seats + 1)⌋ + 1 (Droop), an integer that is fixed at the start."
  const quota = BigInt(Math.floor(contest.papers.length / (contest.seats + 1)) + 1);
  const worth = contest.papers.map(() => 1n); // "At first every paper has the value 1."
  const votes = { unit: 1n, worth, held: 0n, standing: new Set(contest.supporters.keys()) };
  const selected = [];
  const stages = [];
  const goesOn = () => votes.standing.size > 0 && selected.length < contest.seats;
  while (goesOn()) {
    const piles = dealt(contest, votes);
    const before = recorded(votes, piles, quota);
    const standing = [...votes.standing];
    const reached = standing.filter((one) => piles.get(one).total >= quota * votes.unit);
    // "When no more challenges remain than there are seats left, all of them are elected."
    if (reached.length || standing.length <= contest.seats - selected.length) {
      const { elected, draws } = electedOf(contest, piles, reached.length ? reached : standing, selected);
      selected.push(...elected);
      for (const one of elected) votes.standing.delete(one);
      const transfers = goesOn() ? transferred(votes, piles, elected, quota) : [];
      stages.push({ ...before, elected_ids: elected, transfers, excluded_id: null, draws });
    } else {
      const { one, draws } = excludedOf(contest, piles, standing, selected);
      votes.standing.delete(one); // "its papers are transferred at their present value"
      stages.push({ ...before, elected_ids: [], transfers: [], excluded_id: one, draws });
    }
  }
  return { selected, trace: [], stages };
}

/** The papers "for the first challenge on it that is neither elected nor excluded"; null: the exhausted ones. */
function dealt(contest, votes) {
  const piles = new Map([...votes.standing, null].map((one) => [one, { papers: [], total: 0n }]));
  for (const [paper, { choices }] of contest.papers.entries()) {
    const pile = piles.get(choices.find((one) => votes.standing.has(one)) ?? null);
    pile.papers.push(paper);
    pile.total += votes.worth[paper];
  }
  return piles;
}

/** The stage as it begins: standing, held and exhausted votes add up to n. */
function recorded({ unit, held, standing }, piles, quota) {
  return {
    quota: `${quota}`,
    standing: [...standing].map((one) => ({ challenge_id: one, votes: asText(piles.get(one).total, unit) })),
    held: asText(held, unit),
    exhausted: asText(piles.get(null).total, unit),
  };
}

/** The challenges of `reached` that get a seat, most votes first. */
function electedOf(contest, piles, reached, selected) {
  const elected = [];
  const draws = [];
  for (let still = reached; still.length && selected.length + elected.length < contest.seats; ) {
    const { one, draw } = first(contest, extreme(piles, still, (a, b) => a > b), [...selected, ...elected]);
    elected.push(one);
    if (draw) draws.push(draw);
    still = still.filter((each) => each !== one);
  }
  return { elected, draws };
}

/** "The one with the fewest is excluded"; of equals the one that the draw prefers least. */
function excludedOf(contest, piles, standing, selected) {
  const { one, draw } = last(contest, extreme(piles, standing, (a, b) => a < b), selected);
  return { one, draws: draw ? [draw] : [] };
}

/** The challenges with the most or the fewest votes, as `beats` says. */
function extreme(piles, challenges, beats) {
  const votes = (one) => piles.get(one).total;
  const best = challenges.map(votes).reduce((found, each) => (beats(each, found) ? each : found));
  return challenges.filter((one) => votes(one) === best);
}

/** Transfer the surpluses of one stage together: all papers of a challenge, "at (v − q) / v of their value". */
function transferred(votes, piles, elected, quota) {
  const values = elected.map((one) => transferValue(piles.get(one).total, quota * votes.unit));
  const parts = lcm(values.map(({ under }) => under));
  votes.unit *= parts;
  votes.held *= parts;
  votes.worth = votes.worth.map((worth) => worth * parts);
  for (const [index, { over, under }] of values.entries()) {
    const { papers, total } = piles.get(elected[index]);
    votes.held += ((total * parts) / under) * (under - over); // "the remainder stays with the elected challenge"
    for (const paper of papers) votes.worth[paper] = (votes.worth[paper] / under) * over;
  }
  return values.map(({ over, under }, index) => ({ challenge_id: elected[index], value: asText(over, under) }));
}

/** (v − q) / v in lowest terms, cut if it is too long; 0 for a challenge elected below the quota. */
function transferValue(total, quota) {
  if (total <= quota) return { over: 0n, under: 1n };
  const value = reduced({ over: total - quota, under: total });
  if (value.under <= MAX_DENOMINATOR) return value;
  return reduced({ over: (value.over * MAX_DENOMINATOR) / value.under, under: MAX_DENOMINATOR });
}
