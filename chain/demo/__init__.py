"""The demonstration: a real training project, small, with cheaters, on any dev chain."""
