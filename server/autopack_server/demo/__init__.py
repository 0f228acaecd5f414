"""The demo: a small real project in a temporary folder, and a four-phase plan run on it by the real command line."""

from autopack_server.demo.story import run_demo

__all__ = ["run_demo"]
