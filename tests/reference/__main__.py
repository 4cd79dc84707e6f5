"""`python -m tests.reference`: write the reference pages that are generated from the code."""

from tests.reference.pages import write

write()
