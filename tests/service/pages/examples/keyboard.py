"""A person who works by keyboard alone, and sees at every stop where they are."""

from typing import Literal

from playwright.async_api import Locator, Page

MAX_STOPS = 150
Role = Literal["button", "checkbox", "combobox", "link", "radio", "textbox"]

UNSEEN = """
() => {
  const one = document.activeElement
  const bounds = one.getBoundingClientRect()
  const shown = [one, one.closest("label")].some((each) => {
    const style = each && getComputedStyle(each)
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
  })
  const parts = [one, one.closest("label"), one.id && document.querySelector(`label[for="${one.id}"]`)].filter(Boolean)
  const points = [[bounds.x + 3, bounds.y + 3], [bounds.x + bounds.width / 2, bounds.y + bounds.height / 2]]
  const hits = points.map(([x, y]) => document.elementFromPoint(x, y))
  const uncovered = hits.some((hit) => hit && parts.some((each) => each.contains(hit)))
  const said = (one.getAttribute("aria-label") || one.textContent || one.name || one.tagName).trim().slice(0, 60)
  return [shown || `${said}: its focus does not show`, uncovered || `${said} is covered by ${hits[1]?.outerHTML.slice(0, 80)}`]
    .filter((each) => each !== true)
}
"""
"""The faults of the focused element: WCAG 2.2, 2.4.7 (focus visible) and 2.4.11 (focus not obscured)."""


class Keyboard:
    """The keyboard of a page. `unseen`: the stops at which the focus could not be seen."""

    def __init__(self, page: Page) -> None:
        self.page, self.unseen = page, list[str]()

    async def open(self, url: str) -> None:
        """Open a page and skip to its contents."""
        await self.page.goto(url)
        await self.press("Tab")
        await self.page.wait_for_function("document.activeElement.matches('a.skip')")
        await self.press("Enter")

    async def press(self, key: str) -> None:
        """Press a key."""
        await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type a text into the focused field."""
        await self.page.keyboard.type(text)

    async def go_to(self, role: Role, name: str) -> Locator:
        """Press Tab until the focus is on this element."""
        wanted = self.page.get_by_role(role, name=name, exact=True)
        for _ in range(MAX_STOPS):
            await self.press("Tab")
            self.unseen += await self.page.evaluate(UNSEEN)
            if await wanted.evaluate("one => one === document.activeElement"):
                return wanted
        raise AssertionError(f"no way by Tab to the {role} {name}")
