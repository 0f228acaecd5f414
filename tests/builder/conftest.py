"""The in-memory tree of the context tests, here too."""

from tests.context.conftest import memory_trees

__all__ = ["memory_trees"]
