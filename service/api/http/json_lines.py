"""JSON in streams of lines: NDJSON and server-sent events."""

LINE_ENDS = {"\x85": b"\\u0085", "\u2028": b"\\u2028", "\u2029": b"\\u2029"}
"""Characters that JSON may hold unescaped and at which many programs end a line, with their JSON escapes."""


def in_one_line(document: bytes) -> bytes:
    """The same JSON in one line for every program: these characters occur only in strings, where they are escaped."""
    for end, escaped in LINE_ENDS.items():
        document = document.replace(end.encode(), escaped)
    return document
