"""Everything on one machine: the processes of `kring up`, started, watched and stopped together."""
