// docs/reference/counting.md 'equal_shares/1'

import { electable } from "./contest.js";
import { first } from "./draw.js";
import { asText, compare, reduced, sign } from "./fractions.js";

/**
 * The money of the papers, in whole coins; a challenge costs `price`. If an amount is not whole, coins are split.
 * @typedef {{price: bigint, purses: bigint[]}} Money
 */

/**
 * Elect by equal shares while any challenge can be paid for, then by Phragmén with the money that is left.
 * @param {import("./contest.js").Contest} contest
 */
export function equalShares(contest) {
  // "Each of the n papers starts with b = seats / n": seats coins of n that a challenge costs.
  const price = BigInt(contest.papers.length);
  const money = { price, purses: contest.papers.map(() => BigInt(contest.seats)) };
  const selected = [];
  const trace = [];
  for (const [method, needs] of [["equal_shares", rho], ["phragmen", wait]]) {
    for (let found; (found = least(contest, money, needs, selected)); ) {
      const { one, draw } = first(contest, found.equal, selected);
      selected.push(one);
      trace.push({ challenge_id: one, method, ...bought(contest, money, one, method, found.amount), draw });
    }
  }
  return { selected, trace, stages: [] };
}

/** "The challenge with the least ρ" (step 2), or that gets there first (step 3): the amount, and all that need it. */
function least(contest, money, needs, selected) {
  const poorestFirst = [...money.purses.keys()].sort((a, b) => sign(money.purses[a] - money.purses[b]));
  let found = null;
  for (const one of electable(contest, selected)) {
    const amount = needs(money, poorestFirst, contest.supporters.get(one));
    if (!amount) continue;
    const difference = found ? compare(amount, found.amount) : -1;
    if (difference < 0) found = { amount, equal: [one] };
    else if (difference === 0) found.equal.push(one);
  }
  return found;
}

/**
 * Step 1: the least ρ with Σ over the supporters of min(purse, ρ) = price, in coins; null if they own less together.
 * From the poorest up: a paper that has less than an even part of what is still due pays all that it has.
 */
function rho({ price, purses }, poorestFirst, supporters) {
  let due = price;
  let heads = BigInt(supporters.size);
  for (const paper of poorestFirst) {
    if (!supporters.has(paper)) continue;
    if (purses[paper] * heads >= due) return { over: due, under: heads };
    due -= purses[paper];
    heads -= 1n;
  }
  return null;
}

/** Step 3: the coins that every paper earns until the supporters own the price together, (1 − Σ b) / |S|. */
function wait({ price, purses }, _, supporters) {
  let missing = price;
  for (const paper of supporters) missing -= purses[paper];
  return { over: missing, under: BigInt(supporters.size) };
}

/** Take the price from the supporters. `amount`: the most that one pays (step 2), or what each paper earns (step 3). */
function bought(contest, money, one, method, amount) {
  const { over: coins, under: parts } = reduced(amount);
  money.price *= parts;
  money.purses = money.purses.map((purse) => purse * parts);
  const earned = method === "phragmen" ? coins : 0n;
  if (earned) money.purses = money.purses.map((purse) => purse + earned);
  const supporters = [...contest.supporters.get(one)];
  const pays = (purse) => (method === "phragmen" || purse < coins ? purse : coins);
  const paid = new Map(supporters.map((paper) => [paper, pays(money.purses[paper])]));
  for (const [paper, payment] of paid) money.purses[paper] -= payment;
  const payments = shares(contest, money, paid);
  return {
    supporters: supporters.length,
    rho: payments[0].amount,
    earned: asText(earned, money.price),
    paid: payments,
    left: shares(contest, money, money.purses),
  };
}

/** The papers with the same amount each, the largest amount first. */
function shares(contest, money, amounts) {
  const papersWith = new Map();
  for (const [paper, coins] of amounts.entries()) {
    if (!papersWith.has(coins)) papersWith.set(coins, []);
    papersWith.get(coins).push(contest.papers[paper].name);
  }
  return [...papersWith]
    .sort(([a], [b]) => sign(b - a))
    .map(([coins, papers]) => ({ amount: asText(coins, money.price), papers }));
}
