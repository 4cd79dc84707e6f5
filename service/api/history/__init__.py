"""The log over HTTP: feed, trail, timeline, notifications."""
