"""Rewards: from scores to whole shares of a budget."""
