// Additions to every page. Everything works without them.
import { watch } from "./live.js"

// A form is sent once: the server records it once anyway, but two answers confuse people.
document.addEventListener("submit", (event) => {
  const form = event.target
  if (form.method !== "post") return
  if (form.dataset.sent) {
    event.preventDefault()
    return
  }
  form.dataset.sent = "true"
})

// After "back", the form is a new occasion.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent
})

// The address of a page that has just recorded something can be kept and shared without that notice.
if (document.querySelector("[data-once]")) {
  const address = new URL(location.href)
  address.searchParams.delete("recorded")
  history.replaceState(history.state, "", address)
}

// Bring people to what is wrong.
document.querySelector(".summary[autofocus]")?.focus()

// Boxes that say what they will keep: `data-counts="{n} of {all} present"`.
for (const group of document.querySelectorAll("[data-counts]")) {
  const boxes = [...group.querySelectorAll("input[type=checkbox]")]
  const shown = document.getElementById(group.dataset.countsIn)
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length
    shown.textContent = group.dataset.counts.replace("{n}", chosen).replace("{all}", boxes.length)
  }
  group.addEventListener("change", show)
  show()
}

for (const main of document.querySelectorAll("[data-live]")) watch(main)

// The time bar is loaded where it is shown: on its own page, and once the part of the frame with its link is opened.
for (const link of document.querySelectorAll("[data-time-bar]")) {
  const load = async () => (await import("./time-bar.js")).show(link)
  link.closest("details").addEventListener("toggle", load, { once: true })
}
for (const chart of document.querySelectorAll("[data-chart]")) {
  import("./time-bar.js").then(({ slide }) => slide(chart))
}
