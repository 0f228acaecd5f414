"""What `from module import *` binds, where the module is a file of the repository."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autopack.testcode.modules import Import, Module


def opened(module: Module) -> dict[str, Import]:
    """By name, what the star imports of a module bind and the module itself does not define."""
    found: dict[str, Import] = {}
    opening = module.project.opening
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ImportFrom) or module.is_script or not any(a.name == "*" for a in node.names):
            continue
        link = module.project.bound(module.path, node).get("*")
        held = module.project.module(link.target) if link is not None and link.inside else None
        if link is None or held is None or held.path in opening:
            continue
        opening.add(module.path)
        try:
            found.update((name, replace(link, name=name)) for name in public_names(held))
        finally:
            opening.discard(module.path)
    return {n: link for n, link in found.items() if n not in module.definitions and n not in module.assigned}


def public_names(module: Module) -> list[str]:
    """What a star import takes of a module: those of its `__all__`, else all at its top that do not begin with `_`."""
    for value in module.assigned.get("__all__", []):
        if isinstance(value, ast.List | ast.Tuple) and all(isinstance(e, ast.Constant) for e in value.elts):
            return [str(e.value) for e in value.elts if isinstance(e, ast.Constant)]
    names = (*module.definitions, *module.assigned, *module.imports)
    return [name for name in dict.fromkeys(names) if "." not in name and name != "*" and not name.startswith("_")]
