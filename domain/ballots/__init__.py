"""The joint choice of challenges."""
