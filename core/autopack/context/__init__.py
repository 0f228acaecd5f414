"""What a model sees of the repository and the phase, and how hostile text is shown to it."""

from autopack.context.brief import brief, project
from autopack.context.evidence import evidence_lines, finding_lines, first_runs_line
from autopack.context.framing import boundary, framed, numbered, plain
from autopack.context.gather import gather
from autopack.context.markdown import block, cell, code, prose
from autopack.context.sources import ContextLimits, Trees
from autopack.context.templates import fill

__all__ = [
    "ContextLimits",
    "Trees",
    "block",
    "boundary",
    "brief",
    "cell",
    "code",
    "evidence_lines",
    "fill",
    "finding_lines",
    "first_runs_line",
    "framed",
    "gather",
    "numbered",
    "plain",
    "project",
    "prose",
]
