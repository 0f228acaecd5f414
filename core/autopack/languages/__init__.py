"""What a file says in its language: what it defines, what it takes from others, and where it cannot be parsed.

Functions of a path and bytes that never run what they read; what only a grammar can tell is read by a child process.
"""

from autopack.languages.child import put, taken
from autopack.languages.known import LANGUAGES, language_of
from autopack.languages.python_names import offered_names, used_of_module
from autopack.languages.reading import MOST_BYTES, NOTHING, Fault, Reader, Reading, Symbol, read, read_by_grammar
from autopack.languages.trees import Node, Trees, taken_trees

__all__ = [
    "LANGUAGES",
    "MOST_BYTES",
    "NOTHING",
    "Fault",
    "Node",
    "Reader",
    "Reading",
    "Symbol",
    "Trees",
    "language_of",
    "offered_names",
    "put",
    "read",
    "read_by_grammar",
    "taken",
    "taken_trees",
    "used_of_module",
]
