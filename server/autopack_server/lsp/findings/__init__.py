"""Findings of runs as diagnostics."""
