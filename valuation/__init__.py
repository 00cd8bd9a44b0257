"""Contribution values from arrays: pure numbers, no chain, no network, no files."""
