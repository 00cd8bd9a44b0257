"""Who takes part: when to stop exploring, whom to select, whose update to leave out."""
