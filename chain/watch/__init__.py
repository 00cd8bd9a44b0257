"""Roles as services: a loop that goes on through trouble, and a window to look at it through."""
