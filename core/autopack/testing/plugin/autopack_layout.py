# ruff: noqa: PTH112, PTH113, PTH114, PTH117, PTH118, PTH119, PTH120, PTH206, PTH208, UP031
# pyright: basic
"""Where things are for a process that runs tests, and what it imports from where: the worktree, never the user's checkout.
PYTEST_DONT_REWRITE

Needs Python 3.7 and nothing else, like every file beside it.
"""

import importlib.machinery
import importlib.util
import os
import sys

_REAL = {}
_HERE = os.path.dirname(os.path.realpath(__file__))
_BUILT_IN = (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter)


def _real(path):
    """As os.path.realpath; folders are resolved once."""
    known = _REAL.get(path)
    if known is None:
        folder, name = os.path.split(path)
        if not name or name in (os.curdir, os.pardir) or not os.path.isabs(path):
            known = os.path.realpath(path)
        else:
            known = os.path.join(folder if folder == os.sep else _real(folder), name)
            known = os.path.realpath(known) if os.path.islink(known) else known
        _REAL[path] = known
    return known


def _below(path, folder):
    return bool(folder) and (path == folder or path.startswith(folder.rstrip(os.sep) + os.sep))


class Layout:
    """Where things are: the worktree, its source roots, and the checkout of the user that must not be imported."""

    def __init__(self, data):
        self.worktree = _real(data["worktree"])
        self.roots = [_real(os.path.join(self.worktree, r)) for r in data["roots"]]
        self.extra = list(data.get("pythonpath") or [])
        self.user_root = _real(data["user_root"]) if data.get("user_root") else ""
        self.select = {entry.rstrip("/") or "." for entry in data.get("select") or []}
        self.per_test = float(data.get("per_test") or 0)
        self.lines = data.get("lines")
        self.prefixes = [_real(p) for p in {sys.prefix, sys.base_prefix, sys.exec_prefix}]
        stdlib = os.path.dirname(_real(os.__file__))
        self.stdlib = [stdlib, os.path.join(stdlib, "lib-dynload")]
        self.tops = {}
        for root in self.roots:
            for name, regular in _top_level(root):
                self.tops[name] = self.tops.get(name, False) or regular

    def inside(self, path):
        return _below(_real(path), self.worktree)

    def relative(self, path):
        return os.path.relpath(_real(path), self.worktree).replace(os.sep, "/")

    def known(self, path):
        """The relative path of a file in the worktree, "" for any other."""
        return self.relative(path) if path and self.inside(path) else ""

    def foreign(self, path):
        """In the user's checkout, and neither in the worktree nor in this folder or the interpreter's own."""
        if not self.user_root or not path:
            return False
        real = os.path.join(_real(os.path.dirname(path)), os.path.basename(path))
        if not _below(real, self.user_root) or _below(real, self.worktree):
            return False
        return not any(_below(real, p) for p in (_HERE, *self.prefixes) if p != self.user_root)

    def standard(self, path):
        real = _real(path)
        return any(os.path.dirname(real) == s or _below(real, s) for s in self.stdlib) and not any(
            part in ("site-packages", "dist-packages") for part in real.split(os.sep)
        )

    def provides(self, module):
        """The worktree holds the regular top-level package (or module) of `module`, or a file of that dotted name."""
        parts = module.split(".")
        if parts[0] not in self.tops:
            return False
        if self.tops[parts[0]]:
            return True
        for root in self.roots:
            base = os.path.join(root, *parts)
            if os.path.isfile(base + ".py") or os.path.isfile(os.path.join(base, "__init__.py")):
                return True
        return False


def _top_level(root):
    """(name, regular) of each importable top-level name in a folder; a folder without __init__ is not regular."""
    suffixes = importlib.machinery.all_suffixes()
    try:
        names = os.listdir(root)
    except OSError:
        return
    for name in names:
        path = os.path.join(root, name)
        if name.isidentifier() and os.path.isdir(path):
            yield name, os.path.isfile(os.path.join(path, "__init__.py"))
            continue
        for suffix in suffixes:
            if name.endswith(suffix) and name[: -len(suffix)].isidentifier():
                yield name[: -len(suffix)], True
                break


class WorktreeFinder:
    """Answers imports from the worktree before any editable install's finder does, and hides the user's checkout."""

    def __init__(self, layout):
        self.layout = layout

    def find_spec(self, fullname, path=None, target=None):
        find = importlib.machinery.PathFinder.find_spec
        places = []
        if path is None:
            if fullname in sys.builtin_module_names:
                return None
            if fullname in self.layout.tops:
                places = [None, self.layout.roots]
        else:
            places = [[p for p in path if isinstance(p, str) and self.layout.inside(p)]]
        for place in places:
            if place is not None and not place:
                continue
            spec = find(fullname, place, target)
            if spec is not None and spec.loader is not None and spec.origin and self.layout.inside(spec.origin):
                return spec
        return self._others(fullname, path, target)

    def _others(self, fullname, path, target):
        hidden = False
        chain = sys.meta_path
        start = chain.index(self) + 1 if self in chain else len(chain)
        for finder in chain[start:]:
            find = getattr(finder, "find_spec", None)
            if find is None:
                continue
            spec = find(fullname, path, target)
            if spec is None:
                continue
            if spec.has_location and self.layout.foreign(spec.origin):
                hidden = True
                continue
            return spec
        if hidden:
            raise ModuleNotFoundError("No module named %r" % fullname, name=fullname)
        return None

    def invalidate_caches(self):
        pass


def place_finder(layout):
    """Forget what was imported or is to be found in the user's checkout, and answer before every other finder."""
    sys.path[:] = [p for p in sys.path if not layout.foreign(os.path.join(p, "x"))]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and name != "__main__" and layout.foreign(file):
            del sys.modules[name]
    sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "WorktreeFinder"]
    rewriting = [i for i, f in enumerate(sys.meta_path) if type(f).__name__ == "AssertionRewritingHook"]
    sys.meta_path.insert(rewriting[-1] + 1 if rewriting else 0, WorktreeFinder(layout))


def redirected(layout):
    """Whether a finder that comes before sys.path takes a name of the worktree elsewhere."""
    for finder in sys.meta_path:
        if finder is importlib.machinery.PathFinder:
            return False
        if type(finder).__name__ in ("WorktreeFinder", "AssertionRewritingHook") or finder in _BUILT_IN:
            continue
        for name in layout.tops if hasattr(finder, "find_spec") else ():
            spec = finder.find_spec(name, None, None)
            if spec is not None and spec.has_location and not layout.inside(spec.origin):
                return True
    return False


def install(layout):
    """Put the roots at the head of sys.path and into PYTHONPATH for children, and the finder before the others."""
    roots = layout.roots + layout.extra
    children = [os.path.join(_HERE, "children")] if redirected(layout) else []
    sys.path[:] = [_HERE, *roots, *(p for p in sys.path if p not in roots and p != _HERE)]
    os.environ["PYTHONPATH"] = os.pathsep.join(children + roots)
    os.environ.pop("PYTHONSAFEPATH", None)
    place_finder(layout)


def selected(nodeid, wanted):
    """Whether a test, its class, its file or a folder above it is among the wanted entries."""
    test = nodeid.partition("[")[0]
    path = test.partition("::")[0]
    names = {nodeid, "."}
    while test != path:
        names.add(test)
        test = test.rpartition("::")[0]
    while path:
        names.add(path)
        path = path.rpartition("/")[0]
    return not names.isdisjoint(wanted)


def load(name, path):
    """The module in a file, imported under a name."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def beside(name):
    """A module of this folder, by its place: after `install` the worktree answers for its own names first."""
    return sys.modules.get(name) or load(name, os.path.join(_HERE, name + ".py"))
