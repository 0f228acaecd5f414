"""The gates: each says passed, failed or inconclusive about one kind of evidence; `judge` makes the verdict."""

from autopack.gates.decision import decide_on
from autopack.gates.facts import GateFacts
from autopack.gates.judge import GATES, judge

__all__ = ["GATES", "GateFacts", "decide_on", "judge"]
