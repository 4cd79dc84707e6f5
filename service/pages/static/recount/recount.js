// The recount of a published result, for any page in any language: docs/reference/counting.md 'Recount in a browser'.

import { RULES, count } from "./count.js";
import { seedFits } from "./draw.js";

/**
 * What a recount found.
 *
 * `because`: why it cannot be recounted. `differences`: the parts of the result that differ. `passed_on`: challenges
 * that the count selected and that lost their seat after the certification (rule 22); a recount of the papers cannot
 * check that. The rest is the recount itself, in the form of the result.
 * @typedef {object} Recount
 * @property {"fits" | "differs" | "cannot"} outcome
 * @property {"unknown-rule" | "stays-closed" | "no-cryptography" | null} because
 * @property {string[]} differences
 * @property {string[]} passed_on
 * @property {string[]} selected
 * @property {object[]} trace
 * @property {object[]} stages
 * @property {object[]} tallies
 */

const NOTHING = { because: null, differences: [], passed_on: [], selected: [], trace: [], stages: [], tallies: [] };

/**
 * Count a ballot again from its published result, `GET /ballots/{id}/result`.
 *
 * Contradictions in the result are named without a recount, as `recount` in Python does.
 * @returns {Promise<Recount>}
 */
export async function recount(result) {
  if (!globalThis.crypto?.subtle) return cannot("no-cryptography"); // browsers have it on secure addresses only
  const contradictions = await contradictionsIn(result);
  if (contradictions.length) return { ...NOTHING, outcome: "differs", differences: contradictions };
  if (result.stays_closed) return cannot("stays-closed");
  if (!RULES.has(result.rule)) return cannot("unknown-rule");
  const again = await count({
    rule: result.rule,
    papers: result.papers.map((one) => ({ name: nameOf(one), choices: choicesOf(one) })),
    challenges: result.challenges.map((one) => one.challenge_id),
    seats: result.seats,
    seed: result.tie_seed,
    organisations: new Map(result.challenges.flatMap(commissioner)),
    struck: result.struck_ids,
  });
  const differences = ["tallies", "trace", "stages"].filter((part) => !isSame(result[part], again[part]));
  if (!selects(result, again.selected)) differences.unshift("selected");
  const passed_on = differences.length ? [] : again.selected.filter((one) => !result.selected.includes(one));
  return { ...NOTHING, ...again, outcome: differences.length ? "differs" : "fits", differences, passed_on };
}

function cannot(because) {
  return { ...NOTHING, outcome: "cannot", because };
}

/** "The trace names papers": by tracker on a secret ballot, else by number. */
function nameOf(paper) {
  return paper.tracker ?? `${paper.number}`;
}

function choicesOf(paper) {
  return paper.ranking ?? paper.approvals;
}

function commissioner({ challenge_id, organisation_id }) {
  return organisation_id === null ? [] : [[challenge_id, organisation_id]];
}

/** Whether the result selects what was elected; after the certification, runners-up may have taken seats (rule 22). */
function selects({ status, selected }, elected) {
  if (status === "counted") return isSame(selected, elected);
  const stayed = elected.filter((one) => selected.includes(one));
  return selected.length <= elected.length && isSame(stayed, selected.filter((one) => elected.includes(one)));
}

/** The parts of a result that contradict the others. */
async function contradictionsIn(result) {
  const { challenges, papers, own_approvals, selected, seats, struck_ids: struck } = result;
  const onBallot = new Set(challenges.map((one) => one.challenge_id));
  const named = papers.map(choicesOf);
  const approvals = (challenge) => named.filter((choices) => choices.includes(challenge)).length;
  const all = {
    tie_seed: await seedFits(result.tie_seed, result.tie_seed_commitment),
    struck: struck.every((one) => onBallot.has(one)),
    selected:
      selected.length <= seats &&
      isDistinct(selected) &&
      selected.every((one) => onBallot.has(one) && !struck.includes(one)),
  };
  const ofPapers = {
    turnout: result.turnout === papers.length,
    papers:
      papers.every((one, index) => one.number === index + 1) &&
      isDistinct(papers.map(nameOf)) &&
      named.flat().every((one) => onBallot.has(one)),
    own_approvals: own_approvals.every((one) => one.approvals <= approvals(one.challenge_id)),
  };
  const checks = result.stays_closed ? all : { ...all, ...ofPapers };
  return Object.keys(checks).filter((part) => !checks[part]);
}

function isDistinct(values) {
  return new Set(values).size === values.length;
}

/** Whether two values of JSON are equal, whatever the order of the keys. */
function isSame(a, b) {
  if (a === null || typeof a !== "object" || b === null || typeof b !== "object") return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && isSame(a[key], b[key]));
}
