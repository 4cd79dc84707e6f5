"""Results computed from the rows of other views, which hold no rows themselves."""
