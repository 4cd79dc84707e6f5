// docs/reference/counting.md 'approval/1'

import { electable } from "./contest.js";
import { first } from "./draw.js";

/**
 * Elect the most approved one by one, so that a draw knows the organisations of those already selected.
 * @param {import("./contest.js").Contest} contest
 */
export function approval(contest) {
  const approvals = (one) => contest.supporters.get(one).size;
  const selected = [];
  const trace = [];
  for (let still; (still = electable(contest, selected)).length; ) {
    const most = Math.max(...still.map(approvals));
    const { one, draw } = first(contest, still.filter((each) => approvals(each) === most), selected);
    selected.push(one);
    const unpaid = { rho: "0", earned: "0", paid: [], left: [] };
    trace.push({ challenge_id: one, method: "approval", supporters: most, ...unpaid, draw });
  }
  return { selected, trace, stages: [] };
}
