"""JSON in streams of lines: NDJSON and server-sent events."""

LINE_ENDS = {"\x85": b"\\u0085", "\u2028": b"\\u2028", "\u2029": b"\\u2029"}
"""Characters that JSON has as they are, and at which many readers of lines end a line, and how JSON escapes them."""


def in_one_line(document: bytes) -> bytes:
    """The same JSON in one line for every reader: such characters stand in its strings alone, where they are escaped."""
    for end, escaped in LINE_ENDS.items():
        document = document.replace(end.encode(), escaped)
    return document
