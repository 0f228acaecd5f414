"""What every test of the project runs under."""

from __future__ import annotations

from hypothesis import settings

# No test asserts an absolute time: a generated case that is slow on a busy machine is not a failure.
settings.register_profile("autopack", settings(), deadline=None)
settings.load_profile("autopack")
