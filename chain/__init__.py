"""Weighhouse's chain side: the public record and the money, from Python."""
