// Live pages: after an event, the page is fetched again, and what changed in it is replaced.
//
// Only elements marked `data-part="name"` are replaced, and none in which somebody is typing: what they typed, the
// focus and the position of the page stay as they are.

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

/** A selector that finds the focused element again in its replacement. */
function placeOfFocus(element) {
  const focused = document.activeElement
  if (!element.contains(focused) || focused === element) return null
  if (focused.id) return `#${CSS.escape(focused.id)}`
  return focused.getAttribute("href") ? `a[href="${CSS.escape(focused.getAttribute("href"))}"]` : null
}

/** Replace the parts of this page that differ from the new one. */
function swap(now) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = now.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`)
    if (!next || busy(part) || part.isEqualNode(next)) continue
    const focus = placeOfFocus(part)
    for (const open of part.querySelectorAll("details[open][id]"))
      next.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "")
    part.replaceWith(document.adoptNode(next))
    if (focus) next.querySelector(focus)?.focus({ preventScroll: true })
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
      swap(await fetched(location.href))
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
