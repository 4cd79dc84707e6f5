// Ties, decided by organisations and then by a seed (rule 6): docs/reference/counting.md 'How ballots are counted'.

const SEED_BYTES = 32;

/**
 * A draw as a trace records it. `by`: `organisations` if they left one challenge only, else `seed`.
 * @typedef {{among: string[], by: "organisations" | "seed", order: string[]}} Draw
 */

/**
 * The bytes that base64url without padding stands for.
 * @returns {Uint8Array | null} null for anything else
 */
export function decoded(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    return encoded(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

function encoded(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * Whether this is the seed whose hash was published when the ballot opened.
 * @param {string} seed
 * @param {string} commitment
 */
export async function seedFits(seed, commitment) {
  const bytes = decoded(seed);
  return bytes?.length === SEED_BYTES && encoded(await sha256(bytes)) === commitment;
}

/**
 * The lot of each challenge: SHA-256(seed ‖ challenge id in UTF-8), as text that sorts like the hash.
 * @param {string} seed
 * @param {string[]} challenges
 * @returns {Promise<Map<string, string>>}
 */
export async function lots(seed, challenges) {
  const prefix = decoded(seed);
  const lotOf = async (one) => hex(await sha256(new Uint8Array([...prefix, ...new TextEncoder().encode(one)])));
  return new Map(await Promise.all(challenges.map(async (one) => [one, await lotOf(one)])));
}

function hex(bytes) {
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

/**
 * The one of `equal` that comes first: whose organisation has no selected challenge yet, then the lowest hash.
 * @param {import("./contest.js").Contest} contest
 * @param {string[]} equal
 * @param {string[]} selected
 * @returns {{one: string, draw: Draw | null}} draw: null if there was nothing to decide
 */
export function first(contest, equal, selected) {
  if (equal.length === 1) return { one: equal[0], draw: null };
  const order = byLot(contest, some(bringing(contest, equal, selected), equal));
  return { one: order[0], draw: drawn(equal, order) };
}

/** The one of `equal` that an exclusion takes: the rule reversed (docs/reference/counting.md 'stv/1'). */
export function last(contest, equal, selected) {
  if (equal.length === 1) return { one: equal[0], draw: null };
  const brings = new Set(bringing(contest, equal, selected));
  const order = byLot(contest, some(equal.filter((one) => !brings.has(one)), equal));
  return { one: order.at(-1), draw: drawn(equal, order) };
}

/** The challenges whose commissioning organisation has no selected challenge yet. */
function bringing({ organisations }, equal, selected) {
  const present = new Set(selected.map((one) => organisations.get(one)));
  return equal.filter((one) => organisations.has(one) && !present.has(organisations.get(one)));
}

function some(preferred, all) {
  return preferred.length ? preferred : all;
}

function byLot({ lots: lotOf }, challenges) {
  return challenges.toSorted((a, b) => (lotOf.get(a) < lotOf.get(b) ? -1 : 1));
}

function drawn(equal, order) {
  return { among: equal.toSorted(), by: order.length === 1 ? "organisations" : "seed", order };
}
