"""Measurements as ratios against a named baseline in one run; results in benchmarks/results."""
