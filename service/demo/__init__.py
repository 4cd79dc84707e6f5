"""The demo: the case of Rabobank IJsseldelta and its programme, played over the public HTTP API, each person with their token.

The challenge, the way of working and the recommendations are those of the programme of 2016. All persons except its four
participants and its facilitator, all other organisations, the responses and the commitments are invented.
"""

from service.demo.client import DemoStopped, Issue
from service.demo.load import load
from service.demo.playing import play, steps

__all__ = ["DemoStopped", "Issue", "load", "play", "steps"]
