"""Which version answers whom: declarative rules per consumer and information type, and a plan for every question."""
