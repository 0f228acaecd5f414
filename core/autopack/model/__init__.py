"""Frozen types that flow through the house (DESIGN: plan, phase, attempt, context, answer, change set, candidate,
evidence, findings, verdict, outcome) and the tables of its state machines. No I/O, nothing but the standard library
and pydantic."""
