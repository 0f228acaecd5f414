"""Small deliberate errors in changed lines: which are made, which tests are asked, and what it says when none notices.

Pure functions of a change; whoever calls them runs the tests on the mutated files.
"""

from autopack.mutation.asking import asked_tests
from autopack.mutation.choosing import mutants_of
from autopack.mutation.findings import survivor_findings
from autopack.mutation.mutant import Mutant, Operator
from autopack.mutation.rewording import Depending, Rewording, reworded_findings
from autopack.mutation.scoring import MutantOutcome, MutationScore, score

__all__ = [
    "Depending",
    "Mutant",
    "MutantOutcome",
    "MutationScore",
    "Operator",
    "Rewording",
    "asked_tests",
    "mutants_of",
    "reworded_findings",
    "score",
    "survivor_findings",
]
