// The options of a date poll: a button that adds a row. Without scripts there are always two empty rows.

const list = document.querySelector(".dates")

/** The next row: the last one, renumbered and empty. */
function nextRow() {
  const last = list.lastElementChild
  const number = Number(last.dataset.row)
  const row = last.cloneNode(true)
  row.dataset.row = number + 1
  for (const element of row.querySelectorAll("[id], [for], [name]")) {
    for (const name of ["id", "for", "name"]) {
      const value = element.getAttribute(name)
      if (value) element.setAttribute(name, value.replace(`_${number}`, `_${number + 1}`))
    }
  }
  for (const label of row.querySelectorAll("label")) {
    label.firstChild.data = label.firstChild.data.replace(number, number + 1)
  }
  for (const error of row.querySelectorAll(".error")) error.remove()
  for (const field of row.querySelectorAll("input")) {
    field.value = ""
    field.removeAttribute("value")
    field.removeAttribute("aria-invalid")
  }
  return row
}

if (list) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "button quiet"
  button.textContent = list.dataset.add
  button.addEventListener("click", () => {
    const row = nextRow()
    list.append(row)
    row.querySelector("input").focus()
    button.hidden = list.children.length >= Number(list.dataset.most)
  })
  list.after(button)
}
