// The time bar: a slider under the bars. It shows the day while it moves; letting go, Enter or the link goes there.
import { fetched } from "./live.js"

/** Show the bar of a page beside the link to it. The link stays: it leads to every week. */
export async function show(link) {
  try {
    const chart = (await fetched(link.href)).querySelector("[data-chart]")
    if (!chart) return
    link.closest(".timebar").prepend(document.adoptNode(chart))
    slide(chart)
  } catch {
    // The link leads to the same bar.
  }
}

/** Let the slider of a bar choose a moment. The words and addresses are those that the page has. */
export function slide(chart) {
  const slider = chart.querySelector("input[type=range]")
  const link = chart.querySelector("a.button")
  const bars = [...chart.querySelectorAll("rect")]
  const at = () => bars[slider.value] ?? slider
  const say = () => {
    const { go, said } = at().dataset
    link.href = go
    link.textContent = said
    slider.setAttribute("aria-valuetext", said)
    bars.forEach((bar, number) => bar.classList.toggle("later", number > slider.value))
  }
  const go = () => location.assign(at().dataset.go)
  // Keys move one bar at a time: whoever uses them goes with Enter.
  let pointed = false
  slider.addEventListener("pointerdown", () => (pointed = true))
  slider.addEventListener("input", say)
  slider.addEventListener("change", () => {
    if (pointed) go()
    pointed = false
  })
  slider.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go()
  })
  say()
}
