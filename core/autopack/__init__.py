"""Autopack's orchestrator: a library that knows no LSP and no editor; `autopack.service` is its public face."""

__version__ = "0.1.0"
