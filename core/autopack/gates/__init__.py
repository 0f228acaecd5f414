"""The gates: each says passed, failed or inconclusive about one kind of evidence; `judge` makes the verdict."""

from autopack.gates.decision import decide_on
from autopack.gates.facts import GateFacts
from autopack.gates.judge import GATES, judge
from autopack.gates.quality import GATE as QUALITY
from autopack.gates.quality import quality_report

__all__ = ["GATES", "QUALITY", "GateFacts", "decide_on", "judge", "quality_report"]
