// The input of all rules: docs/reference/counting.md 'How ballots are counted', "For all rules".

/**
 * A paper. `name`: its tracker or number. `choices`: the challenges that it approves or ranks, the best first.
 * @typedef {{name: string, choices: string[]}} Paper
 */

/**
 * What a rule counts.
 * @typedef {object} Contest
 * @property {Paper[]} papers those that approve or rank a challenge that is not struck, by name
 * @property {Map<string, Set<number>>} supporters of each challenge that has any: the indexes of their papers
 * @property {{challenge_id: string, approvals: number}[]} tallies of all challenges that are not struck
 * @property {number} seats
 * @property {Map<string, string>} organisations the commissioner of each challenge that has one
 * @property {Map<string, string>} lots for the draw
 */

/**
 * The contest of these papers, with struck challenges left out as if they had never been on one.
 * @param {{papers: Paper[], challenges: string[], struck: string[], seats: number,
 *   organisations: Map<string, string>, lots: Map<string, string>}} ballot
 * @returns {Contest}
 */
export function contest({ papers, challenges, struck, seats, organisations, lots }) {
  const remaining = challenges.filter((one) => !struck.includes(one)).sort();
  const valid = papers
    .map(({ name, choices }) => ({ name, choices: choices.filter((one) => remaining.includes(one)) }))
    .filter(({ choices }) => choices.length)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const supporters = new Map(remaining.map((one) => [one, new Set()]));
  for (const [paper, { choices }] of valid.entries()) for (const one of choices) supporters.get(one).add(paper);
  const tallies = remaining.map((one) => ({ challenge_id: one, approvals: supporters.get(one).size }));
  for (const one of remaining) if (!supporters.get(one).size) supporters.delete(one);
  return { papers: valid, supporters, tallies, seats, organisations, lots };
}

/** The challenges that can still be elected: "A challenge that nobody approves (or ranks) is never elected." */
export function electable({ supporters, seats }, selected) {
  return selected.length < seats ? [...supporters.keys()].filter((one) => !selected.includes(one)) : [];
}
