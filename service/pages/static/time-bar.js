// The time bar: a slider under the bars. It shows the day while it moves; letting go, Enter or the link goes there.
import { fetched } from "./live.js"

/** Fetch the bar of a page when the part of the frame with its link is opened. The link stays: it has every week. */
export function fetchOnce(link) {
  link.closest("details").addEventListener(
    "toggle",
    async () => {
      try {
        const chart = (await fetched(link.href)).querySelector("[data-chart]")
        if (!chart) return
        link.closest(".timebar").prepend(document.adoptNode(chart))
        slide(chart)
      } catch {
        // The link leads to the same bar.
      }
    },
    { once: true },
  )
}

/** Let the slider of a bar choose a moment. The words and addresses are those that the page has. */
export function slide(chart) {
  const slider = chart.querySelector("input[type=range]")
  const link = chart.querySelector("a.button")
  const bars = [...chart.querySelectorAll("rect")]
  const at = () => bars[slider.value] ?? slider
  const show = () => {
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
  slider.addEventListener("input", show)
  slider.addEventListener("change", () => {
    if (pointed) go()
    pointed = false
  })
  slider.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go()
  })
  show()
}
