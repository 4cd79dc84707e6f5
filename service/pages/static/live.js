// Live pages: after an event, the page is fetched again, and what changed in it is replaced.
//
// Only elements marked `data-part="name"` are replaced, added or removed, and none in which somebody is typing: what
// they typed, the focus and the position of the page stay as they are.

const RETRY_MS = 3000

/** The document of a page as it is now. The browser's own parser of answers makes no markup of a text of ours. */
export function fetched(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.responseType = "document"
    request.open("GET", address)
    request.setRequestHeader("Accept", "text/html")
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(request.response)
      else reject(request.status)
    })
    request.addEventListener("error", reject)
    request.send()
  })
}

/** Whether somebody is at work in this element: a field has the focus, or differs from what was sent. */
function busy(element) {
  const focused = document.activeElement
  if (element.contains(focused) && focused.matches("input, textarea, select")) return true
  return [...element.querySelectorAll("input, textarea, select")].some((field) =>
    field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.tagName === "SELECT"
        ? [...field.options].some((one) => one.selected !== one.defaultSelected)
        : field.value !== field.defaultValue,
  )
}

/** The same element in a newer part: by its id or address, else by what it says and sends. */
function twin(element, newer) {
  if (element.id) return newer.querySelector(`#${CSS.escape(element.id)}`)
  if (element.hasAttribute("href")) return newer.querySelector(`a[href="${CSS.escape(element.getAttribute("href"))}"]`)
  return [...newer.querySelectorAll(element.tagName)].find(
    (one) => one.textContent === element.textContent && one.name === element.name && one.value === element.value,
  )
}

/** The part with this name. */
function partIn(page, name) {
  return page.querySelector(`[data-part="${CSS.escape(name)}"]`)
}

/** Add the parts that are new on the page, beside the part that they follow or precede there. */
function add(now) {
  for (const added of now.querySelectorAll("[data-part]")) {
    if (partIn(document, added.dataset.part)) continue
    const [before, after] = [added.previousElementSibling, added.nextElementSibling].map(
      (one) => one?.dataset.part && partIn(document, one.dataset.part),
    )
    if (before) before.after(document.importNode(added, true))
    else if (after) after.before(document.importNode(added, true))
  }
}

/** Replace the parts of this page that differ from the new one, and remove those that are gone. */
function swap(now) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = partIn(now, part.dataset.part)
    if (busy(part) || (next && part.isEqualNode(next))) continue
    if (!next) {
      part.remove()
      continue
    }
    for (const open of part.querySelectorAll("details[open]")) {
      const same = open.id ? twin(open, next) : twin(open.querySelector("summary"), next)?.parentElement
      same?.setAttribute("open", "")
    }
    const focused = document.activeElement
    const focus = part !== focused && part.contains(focused) && twin(focused, next)
    part.replaceWith(document.adoptNode(next))
    if (focus) focus.focus({ preventScroll: true })
  }
}

/** Keep a page up to date. `main`: has the address of its events and the text for a lost connection. */
export function watch(main) {
  let lost = null
  const events = new EventSource(main.dataset.live)
  events.addEventListener("open", () => {
    lost?.remove()
    if (lost) refresh()
    lost = null
  })
  events.addEventListener("changed", () => refresh())
  events.addEventListener("error", () => {
    if (!lost) {
      lost = document.createElement("p")
      lost.className = "notice wait lost"
      lost.textContent = main.dataset.lost
      lost.setAttribute("role", "status")
      main.prepend(lost)
    }
    if (events.readyState !== EventSource.CLOSED) return // the browser tries again by itself
    setTimeout(() => {
      lost.remove()
      watch(main)
    }, RETRY_MS)
  })

  let running = false
  let again = false
  async function refresh() {
    if (running) {
      again = true
      return
    }
    running = true
    try {
      const now = await fetched(location.href)
      add(now)
      swap(now)
    } catch {
      // The next event, or a new connection, tries again.
    } finally {
      running = false
      if (again) {
        again = false
        refresh()
      }
    }
  }
}
