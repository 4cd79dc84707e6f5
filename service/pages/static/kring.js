// Additions to every page. Everything works without them.
import { watch } from "./live.js"

const SLOW_MS = 1000
const AGAIN_MS = 15000

// A form is sent once: the server records it once anyway, but two answers confuse people.
// If the answer is slow, the form says so, and after a while it can be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target
  if (form.method !== "post") return
  if (form.dataset.sent) {
    event.preventDefault()
    return
  }
  form.dataset.sent = "true"
  remember(form)
  const { sending, again } = document.body.dataset
  if (!sending) return
  const said = document.createElement("p")
  said.setAttribute("role", "status")
  form.append(said)
  setTimeout(() => { said.textContent = sending }, SLOW_MS)
  setTimeout(() => {
    said.textContent = again
    delete form.dataset.sent
  }, AGAIN_MS)
})

// After "back", the form is a new occasion.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent
    form.querySelector(":scope > [role=status]:last-child")?.remove()
  }
})

// After "back" a page is fetched anew, with the texts that were typed but with other names for its commands.
// By its old name, what was sent already is not recorded again (rule 24).
for (const [id, command] of Object.entries(history.state?.commands ?? {})) {
  const field = document.getElementById(id)?.elements?.command
  if (field) field.value = command
}

function remember(form) {
  const command = form.elements.command?.value
  if (!form.id || !command) return
  const commands = { ...history.state?.commands, [form.id]: command }
  history.replaceState({ ...history.state, commands }, "")
}

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
