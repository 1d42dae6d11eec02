"""Whom to ask in a comparison campaign, and when to stop. No I/O."""
