"""A real browser for tests: the system's Chromium, driven by Playwright.

`tests/conftest.py` has the fixtures: `browser` for the session, `browser_context` and `page` for each test.
"""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright

NO_BROWSER = "NO BROWSER: pages were not tested in one. Install chromium."
"""The reason of skipped tests; the summary of the tests repeats it in red."""


def chromium() -> str | None:
    """The path of the browser; None if there is none."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@asynccontextmanager
async def running(path: str) -> AsyncGenerator[Browser]:
    """A headless browser. As root, Chromium does not start with its sandbox."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        await browser.close()


def errors_of(context: BrowserContext) -> list[str]:
    """The errors of all pages of a context, from now on: of scripts, of loading, and of the content security policy."""
    found = list[str]()

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    context.on("console", hear)
    context.on("weberror", lambda error: found.append(str(error.error)))
    return found
