"""Benchmarks, with peers in the same run: ratios count, since absolute figures vary from day to day."""
