"""Pseudo-gradients: how they are laid out, compressed, and carried as bytes that may come from anybody."""
