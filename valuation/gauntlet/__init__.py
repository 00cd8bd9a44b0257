"""Gauntlet: scoring pseudo-gradients over many rounds by the loss that each saves, among strangers."""
