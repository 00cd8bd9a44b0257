"""Reputation: whom to trust by what others say, when anybody can add others who say it."""
