// The recount on a page: docs/reference/counting.md 'Recount in a browser'.
//
// The page has one element for each result, and its words, since this module knows no language:
//
//   <form data-recount="/…/result.json" hidden
//         data-counting="…" data-fits="… {papers} …" data-passed-on="…" data-differs="… {parts} …"
//         data-unknown-rule="…" data-stays-closed="…" data-no-cryptography="…" data-unreachable="…"
//         data-part-selected="…" data-part-trace="…" …>
//     <button>…</button> <svg data-ring class="open">…</svg> <p role="status"></p>
//   </form>
//
// It is shown only where it can work, so that nobody sees a button that does nothing.

import { recount } from "./recount.js";

const RINGS = { fits: "closed", differs: "broken", cannot: "open" };

for (const form of document.querySelectorAll("form[data-recount]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(form);
  });
}

/** Fetch the result, count it again, and say what came out. */
async function show(form) {
  if (form.ariaBusy === "true") return; // a second click while it counts
  form.ariaBusy = "true";
  say(form, form.dataset.counting, "open");
  try {
    const result = await fetched(form.dataset.recount);
    const found = result ? await recount(result) : null;
    if (found) say(form, sentence(form.dataset, result, found), RINGS[found.outcome]);
    else say(form, form.dataset.unreachable, "open");
  } catch (error) {
    say(form, form.dataset.unreachable, "open"); // what came is no result of a ballot
    throw error;
  } finally {
    form.ariaBusy = "false";
  }
}

/** The result as the server has it now; null if it cannot be had. */
async function fetched(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // no connection, or no JSON: perhaps the page of a sign-in that expired
  }
}

function sentence(texts, result, { outcome, because, differences, passed_on }) {
  if (outcome === "cannot") return texts[camel(because)];
  const language = document.documentElement.lang;
  const parts = differences.map((part) => texts[camel(`part-${part}`)]);
  const text = texts[outcome]
    .replace("{papers}", () => new Intl.NumberFormat(language).format(result.papers.length))
    .replace("{parts}", () => new Intl.ListFormat(language).format(parts));
  return passed_on.length ? `${text} ${texts.passedOn}` : text;
}

/** The name of an attribute `data-…` in `dataset`. */
function camel(name) {
  return name.replace(/[-_](.)/g, (_, letter) => letter.toUpperCase());
}

function say(form, text, ring) {
  form.querySelector("[role=status]").textContent = text;
  const marks = form.querySelector("[data-ring]").classList;
  marks.remove(...Object.values(RINGS));
  marks.add(ring);
}
