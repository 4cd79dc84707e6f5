"""The browser and system of a person, in words, for them to recognise: "Firefox on Android". Nothing depends on it."""

from typing import NamedTuple

from domain.foundation import Language, Text

# The first one that occurs in the header counts: browsers name those that they resemble as well.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Vivaldi": "Vivaldi",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "macOS",
    "Linux": "Linux",
}

BOTH = Text(en="{browser} on {system}", nl="{browser} op {system}")
UNKNOWN = Text(en="an unknown browser", nl="een onbekende browser")


class Device(NamedTuple):
    """The names of a browser and its system; empty if they are unknown."""

    browser: str
    system: str

    def in_language(self, language: Language) -> str:
        """Both in one language."""
        if self.browser and self.system:
            return BOTH.in_language(language).format(browser=self.browser, system=self.system)
        return self.browser or self.system or UNKNOWN.in_language(language)


def device_of(user_agent: str) -> Device:
    """The device that a header `User-Agent` names."""
    return Device(_named(user_agent, BROWSERS), _named(user_agent, SYSTEMS))


def _named(user_agent: str, names: dict[str, str]) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")
