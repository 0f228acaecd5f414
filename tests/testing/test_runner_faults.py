"""Runs that go wrong are never taken for tests that passed, and leave nothing behind. `python -m benchmarks.runner_faults`
makes ten trials of each kind and measures memory."""

from __future__ import annotations

import os

import pytest

from autopack.sandbox import Sandbox
from tests.kit.runner_faults import GONE_SECONDS, KINDS, trial

ALL = [pytest.param(kind, marks=pytest.mark.slow if KINDS[kind].long else ()) for kind in KINDS]


@pytest.mark.parametrize("level", [1, Sandbox.best().level])
@pytest.mark.parametrize("kind", ALL)
def test_a_fault_is_no_pass_and_leaves_nothing(kind, level, tmp_path):
    nonce = f"fault-{os.getpid()}-{list(KINDS).index(kind)}-{level}-nonce"
    right, gone, left = trial(KINDS[kind], tmp_path, nonce, Sandbox.at(level))
    assert right
    assert gone < GONE_SECONDS
    assert left < 20
