"""Keeping a round honest: checks before anything is measured, and aggregation that survives bad updates."""
