"""Rounds of federated training as games, and the methods that value them: one file a method."""
