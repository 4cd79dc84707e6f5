"""`python -m tests.reference`: write the pages of the reference that are made from the code."""

from tests.reference.pages import write

write()
