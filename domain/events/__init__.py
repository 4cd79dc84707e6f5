"""Everything that can be recorded in the log, one file per subject."""
