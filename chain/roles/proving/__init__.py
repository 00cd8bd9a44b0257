"""Proofs against a wrong header: for each link of docs/court.md, the call that shows it broken.

A link is looked at when all before it hold, so that what it builds on is what everybody recomputes. Nothing
here sends anything.
"""
