// Ranking by buttons and by dragging, beside the numbers that work without this.
//
//   <ol data-ranks data-up="… {title}" data-down="… {title}"
//     data-moved="… {title} … {place}" data-left-out="… {title}">
//     <li><label>…</label><input type="number"> …</li>
//
// The order of the list is the ranking; what has no number stands below, left out.

for (const list of document.querySelectorAll("[data-ranks]")) begin(list)

function begin(list) {
  const said = document.createElement("p")
  said.setAttribute("role", "status")
  said.className = "sr"
  list.after(said)
  let dragged = null
  for (const item of list.children) {
    if (field(item).disabled) continue
    const buttons = document.createElement("div")
    buttons.className = "move"
    const up = button("↑", named(list.dataset.up, item), () => move(-1))
    buttons.append(up, button("↓", named(list.dataset.down, item), () => move(1)))
    field(item).after(buttons)
    item.draggable = true
    item.addEventListener("dragstart", () => { dragged = item })
    item.addEventListener("dragend", () => { dragged = null })
    item.addEventListener("dragover", (event) => { if (dragged) event.preventDefault() })
    item.addEventListener("drop", (event) => {
      if (!dragged || dragged === item) return
      event.preventDefault()
      const order = ranked(list).filter((one) => one !== dragged)
      const at = order.indexOf(item)
      order.splice(at < 0 ? order.length : at, 0, dragged)
      keep(list, order)
      tell(dragged)
    })
    const move = (step) => {
      const order = ranked(list)
      const at = order.indexOf(item)
      if (at < 0) {
        if (step > 0) return
        order.push(item)
      } else {
        order.splice(at, 1)
        if (at + step <= order.length) order.splice(Math.max(at + step, 0), 0, item) // below the last: left out
      }
      keep(list, order)
      tell(item)
    }
  }
  list.addEventListener("change", () => keep(list, ranked(list), false))
  keep(list, ranked(list), false)

  function tell(item) {
    const text = field(item).value ? list.dataset.moved : list.dataset.leftOut
    said.textContent = named(text, item).replace("{place}", () => field(item).value)
  }
}

function field(item) {
  return item.querySelector("input[type=number]")
}

function named(text, item) {
  return text.replace("{title}", () => item.querySelector("h2, h3").textContent.trim())
}

function button(text, label, pressed) {
  const made = document.createElement("button")
  made.type = "button"
  made.className = "button plain"
  made.textContent = text
  made.setAttribute("aria-label", label)
  made.addEventListener("click", pressed)
  return made
}

/** The items with a number, in its order. */
function ranked(list) {
  return [...list.children].filter((item) => field(item).value).sort((a, b) => field(a).value - field(b).value)
}

/** Put the items in this order, the others after them; and number them, unless somebody is typing. */
function keep(list, order, numbers = true) {
  const focused = document.activeElement
  const others = [...list.children].filter((item) => !order.includes(item))
  if (numbers) {
    order.forEach((item, at) => { field(item).value = at + 1 })
    for (const item of others) field(item).value = ""
  }
  const wanted = [...order, ...others]
  if (wanted.some((item, at) => list.children[at] !== item)) list.append(...wanted)
  focused?.focus() // a moved element loses it
}
