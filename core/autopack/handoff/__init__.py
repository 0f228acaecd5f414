"""The bundle for whoever takes over a phase that failed for good: a person, or a fresh agent."""

from autopack.handoff.bundle import write_bundle
from autopack.handoff.facts import BundleAttempt, BundleFacts, BundleFile, BundleRequest

__all__ = ["BundleAttempt", "BundleFacts", "BundleFile", "BundleRequest", "write_bundle"]
