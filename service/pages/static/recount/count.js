// The count of a ballot by its rule: docs/reference/counting.md 'How ballots are counted'.

import { approval } from "./approval.js";
import { contest } from "./contest.js";
import { lots } from "./draw.js";
import { equalShares } from "./equal-shares.js";
import { stv } from "./stv.js";

/** All rules that were ever used: "A rule that changes gets a new version, and the old one stays." */
export const RULES = new Map([
  ["equal_shares/1", equalShares],
  ["approval/1", approval],
  ["stv/1", stv],
]);

/**
 * Count papers by a rule of `RULES`. The steps have the form that the API gives them.
 * @param {object} ballot
 * @param {string} ballot.rule
 * @param {import("./contest.js").Paper[]} ballot.papers
 * @param {string[]} ballot.challenges
 * @param {number} ballot.seats
 * @param {string} ballot.seed 32 bytes in base64url
 * @param {Map<string, string>} ballot.organisations the commissioner of each challenge that has one
 * @param {string[]} ballot.struck
 */
export async function count({ rule, seed, ...ballot }) {
  const counted = contest({ ...ballot, lots: await lots(seed, ballot.challenges) });
  return { ...RULES.get(rule)(counted), tallies: counted.tallies };
}
