"""The demo: the case of Rabobank IJsseldelta and its programme, over the public HTTP API, everybody with their own token.

The challenge, the way of working and the recommendations are those of the programme of 2016; persons other than its four
participants and its facilitator, further organisations, responses and commitments are invented.
"""

from service.demo.client import DemoStopped, Issue
from service.demo.load import load
from service.demo.playing import play, steps

__all__ = ["DemoStopped", "Issue", "load", "play", "steps"]
