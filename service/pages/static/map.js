// The stakeholder map as an addition to the form beside it: point at a cell to choose power and interest.
const LEFT = 56, TOP = 40, WIDTH = 172, HEIGHT = 128, STEPS = 5
const SVG = "http://www.w3.org/2000/svg"

for (const box of document.querySelectorAll("[data-map]")) {
  const form = document.getElementById(box.dataset.map)
  const map = box.querySelector("svg")
  const cell = document.createElementNS(SVG, "rect")
  cell.setAttribute("class", "chosen")
  cell.setAttribute("width", WIDTH)
  cell.setAttribute("height", HEIGHT)
  cell.setAttribute("visibility", "hidden")
  map.querySelector(".ground").after(cell)

  const show = () => {
    const { power, interest } = Object.fromEntries(new FormData(form))
    if (!power || !interest) return
    cell.setAttribute("x", LEFT + WIDTH * (interest - 1))
    cell.setAttribute("y", TOP + HEIGHT * (STEPS - power))
    cell.setAttribute("visibility", "visible")
  }
  const choose = (name, value) => {
    form.querySelector(`[name=${name}][value="${value}"]`).checked = true
  }
  const step = (at, start, size) => Math.min(STEPS, Math.max(1, Math.ceil((at - start) / size)))

  box.classList.add("pointed")
  map.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse())
    choose("interest", step(at.x, LEFT, WIDTH))
    choose("power", STEPS + 1 - step(at.y, TOP, HEIGHT))
    form.dispatchEvent(new Event("change"))
  })
  form.addEventListener("change", show)
  show()
}
