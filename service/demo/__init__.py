"""The demo, played over the public HTTP API, each person with their token: an edition of 2016, and a living one around today.

The bank of the edition of 2016, its question, its way of working and its recommendations are those of a published example. All
persons, all other organisations, the responses and the commitments are invented.
"""

from service.demo.client import DemoStopped, Issue
from service.demo.load import load
from service.demo.playing import play, play_living, play_past, steps

__all__ = ["DemoStopped", "Issue", "load", "play", "play_living", "play_past", "steps"]
