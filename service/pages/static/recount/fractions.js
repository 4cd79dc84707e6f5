// Exact fractions of whole numbers of any size: "All numbers are exact fractions" (docs/reference/counting.md).

/**
 * A fraction `over / under`, not always in lowest terms; `under` is positive.
 * @typedef {{over: bigint, under: bigint}} Fraction
 */

/** The greatest common divisor of two numbers that are not negative. */
export function gcd(a, b) {
  while (b) [a, b] = [b, a % b];
  return a;
}

/** The least number that all of these divide; 1 if there are none. */
export function lcm(numbers) {
  return numbers.reduce((found, one) => (found / gcd(found, one)) * one, 1n);
}

/**
 * The fraction in lowest terms.
 * @returns {Fraction}
 */
export function reduced({ over, under }) {
  const common = gcd(over, under);
  return { over: over / common, under: under / common };
}

/** Negative if `a` is the smaller one, 0 if they are equal, positive if `b` is. */
export function compare(a, b) {
  return sign(a.over * b.under - b.over * a.under);
}

/** -1, 0 or 1: what `Array.sort` expects of a comparison of large numbers. */
export function sign(number) {
  return number < 0n ? -1 : Number(number > 0n);
}

/** The fraction as a trace writes it: `p/q` in lowest terms, or `p` if it is whole. */
export function asText(over, under) {
  const found = reduced({ over, under });
  return found.under === 1n ? `${found.over}` : `${found.over}/${found.under}`;
}
