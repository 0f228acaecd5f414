"""One check beside another about the same thing: what the second lets pass that the first does not."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

from autopack.tampering.checks import IDLE, Check
from autopack.tampering.facts import Kind
from autopack.tampering.sight import Ancestors

_TIGHT = 1.001e-6
"""A comparison of floats within a millionth is no looser than an exact one: floats that agree further agree by chance."""
_LEAST_LIKE = 0.5
_MATCH = re.compile(r"(.*?)(?: match (.*))?", re.S)
_VALUE_OPS = frozenset({"==", "is", "approx", "set =="})
_BOUND_OPS = frozenset({"<", "<=", ">", ">="})
_SOME = {"truth": ("all", "any"), "not": ("any", "all")}
"""What has to be true of each, and what of one alone."""
_TIME = re.compile(r"time|clock|perf_counter|monotonic|elapsed|duration|took|seconds|Since|nanoTime|Instant", re.I)
_NAME = re.compile(r"[^\W\d]\w*")
_TEXT = re.compile(r"""[rbf]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_BUILTINS = frozenset((*dir(builtins), *keyword.kwlist))


@dataclass(frozen=True)
class Weakening:
    kind: Kind
    why: str


def weakening(old: Check, new: Check, ancestors: Ancestors) -> Weakening | None:
    """How `new` asks less than `old`, or something else; None where it asks as much."""
    if new.op == "tautology":
        return Weakening(Kind.TAUTOLOGY, "is true whatever the code does")
    if old.op in ("raises", "warns"):
        return _of_errors(old, new, ancestors)
    if new.op in IDLE:
        return Weakening(Kind.REMOVED, "asserts nothing any more")
    if new.computed and not old.computed and new.op in _VALUE_OPS and new.expected != old.expected:
        return Weakening(Kind.TAUTOLOGY, "expects what the code under test itself computes")
    if new.ours and not old.ours and new.op in _VALUE_OPS and _is_literal(old.expected):
        kind = Kind.TAUTOLOGY if new.ours == "computes" else Kind.LOOSENED
        return Weakening(kind, f"expects what the code under test itself {new.ours}")
    if old.op in _VALUE_OPS and new.op in _VALUE_OPS:
        return _of_values(old, new)
    if old.op in _BOUND_OPS and new.op == old.op:
        return _of_bounds(old, new)
    if old.op == new.op == "any" and old.expected != new.expected and len(new.expected) > len(old.expected):
        return Weakening(Kind.LOOSENED, "allows more values")
    if old.op == new.op == "startswith" and old.expected != new.expected:
        match _value(old.expected), _value(new.expected):
            case str(was), str(now):
                shorter = was.startswith(now)
            case _:
                shorter = len(new.expected) < len(old.expected)
        return Weakening(Kind.LOOSENED if shorter else Kind.REPLACED, "expects another text")
    if _truth(old) is not None and _truth(new) is not None and _truth(old) is not _truth(new):
        return Weakening(Kind.REPLACED, "expects the opposite")
    if old.op == new.op == "called with" and old.expected != new.expected:
        shorter = bool(old.expected) and not new.expected
        return Weakening(Kind.LOOSENED if shorter else Kind.REPLACED, "expects other arguments")
    if old.op == new.op and old.expected != new.expected:
        return Weakening(Kind.REPLACED, "expects something else")
    if _SOME.get(old.op) == (*old.losses[:1], *new.losses[:1]):
        return Weakening(Kind.LOOSENED, "holds where it does of some")
    if old.losses == ("len",) and old.expected == "0" and new.op == "not":
        return None
    if old.op in _VALUE_OPS and new.op == "not in" and old.subject == f"{new.subject}[{new.expected}]":
        return Weakening(Kind.REPLACED, "expects that it is not there")
    if new.rank < old.rank:
        truth = (
            old.op in ("is", "==")
            and old.expected in ("True", "False")
            and new.op in ("truth", "not")
            and not new.losses
        )
        return (
            None if truth and (old.expected == "True") == (new.op == "truth") else Weakening(Kind.LOOSENED, "asks less")
        )
    return None


def _truth(check: Check) -> bool | None:
    """What a check expects of something that is true or false."""
    if check.op in ("truth", "not"):
        return check.op == "truth"
    return {"True": True, "False": False}.get(check.expected) if check.op in ("is", "==") else None


def _of_values(old: Check, new: Check) -> Weakening | None:
    gained = [s for s in new.losses if s not in old.losses and f"{s}({new.core})" not in old.subject]
    dropped = [loss for loss in old.losses if loss not in new.losses]
    was, now = _value(old.expected), _value(new.expected)
    if gained:
        if gained[0] in _FORMS and _FORMS[gained[0]](was) == now:
            return None
        return Weakening(Kind.LOOSENED, f"looks only at {gained[0]}() of it")
    if new.op == "set ==" and old.op != "set ==":
        return Weakening(Kind.LOOSENED, "no longer asks for the order")
    same = old.expected == new.expected or (old.number is not None and old.number == new.number)
    if not same and dropped:
        same = dropped[0] not in _FORMS or _FORMS[dropped[0]](now) == was
    same = same or _plain(old.expected) == _plain(new.expected)
    if old.op == "approx" or new.op == "approx":
        wider = _wider(old, new)
        if same or (old.number is not None and new.number is not None and _near(old, new)):
            return Weakening(Kind.WIDENED, "lets larger differences pass") if wider else None
    return None if same else Weakening(Kind.REPLACED, "expects another value")


def _is_literal(text: str) -> bool:
    return text == "None" or _value(text) is not None


def _value(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _as_lines(value: object) -> object:
    return value.splitlines() if isinstance(value, str) else ()


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else ()


_FORMS: dict[str, Callable[[object], object]] = {"splitlines": _as_lines, "strip": _stripped, "rstrip": _stripped}
"""What is put round a text without a loss that counts: the blanks round it alone."""


def _near(old: Check, new: Check) -> bool:
    assert old.number is not None and new.number is not None
    width = old.tolerance.width(old.number) if old.tolerance else 0.0
    return abs(old.number - new.number) <= (width or 0.0)


def _wider(old: Check, new: Check) -> bool:
    if new.tolerance is None:
        return False
    if old.tolerance is None:
        exact = (
            re.fullmatch(r"-?[\d_]+\.[\d_]*(?:e-?\d+)?", old.expected) is None
            and old.number is not None
            and "." not in old.expected
        )
        size = abs(new.number) if new.number else 1.0
        return exact or max(new.tolerance.relative, new.tolerance.least / size) > _TIGHT
    size = abs(new.number) if new.number else 1.0
    if max(new.tolerance.relative, new.tolerance.least / size) <= _TIGHT:
        return False
    before, after = old.tolerance.width(old.number), new.tolerance.width(new.number)
    if before is not None and after is not None:
        return after > before * 1.001
    return new.tolerance.relative > old.tolerance.relative * 1.001 or new.tolerance.least > old.tolerance.least * 1.001


def _of_bounds(old: Check, new: Check) -> Weakening | None:
    if old.number is None or new.number is None or old.number == new.number:
        return (
            Weakening(Kind.REPLACED, "has another bound")
            if old.number is None and old.expected != new.expected
            else None
        )
    upper = old.op in ("<", "<=")
    if (new.number > old.number) == upper:
        timed = upper and _TIME.search(f"{old.subject} {old.text}")
        return Weakening(Kind.SLOWER if timed else Kind.LOOSENED, "has a wider bound")
    return None


def _of_errors(old: Check, new: Check, ancestors: Ancestors) -> Weakening | None:
    if new.op == "is error":
        return Weakening(Kind.BROADENED, "takes any error")
    if new.op == "suppress":
        return Weakening(Kind.BROADENED, "passes without the error too")
    if new.op in IDLE:
        return Weakening(Kind.REMOVED, "no longer expects the error")
    if new.op not in ("raises", "warns"):
        return Weakening(Kind.REPLACED, "no longer expects the error")
    (before, match), (after, other) = _parts(old.expected), _parts(new.expected)
    broader = sorted(name for name in after - before if not any(b in ancestors(name) for b in before))
    covered = [b for b in before if b in after or any(a in ancestors(b) for a in after)]
    if broader and (before - after == set() or covered or not after <= before):
        known = len(covered) == len(before)
        generic = bool({"Exception", "BaseException", "Throwable"} & after)
        return Weakening(Kind.BROADENED if known or generic else Kind.REPLACED, f"takes {', '.join(sorted(after))}")
    if before and not after:
        return Weakening(Kind.BROADENED, "takes any error")
    if match and not other:
        return Weakening(Kind.BROADENED, "no longer looks at what the error says")
    wider = "|" in other and "|" not in match
    if match != other and match and (wider or match.strip("'\"") not in other):
        looser = wider or match.strip("'\"").find(other.strip("'\"")) >= 0 or other.strip("'\"") in ("", ".", ".*")
        return Weakening(Kind.BROADENED if looser else Kind.REPLACED, "expects another text of the error")
    if old.callee and new.subject and set(_NAME.findall(_TEXT.sub("", new.subject))) <= _BUILTINS:
        return Weakening(Kind.BROADENED, "expects it of nothing of the product")
    if "raise " in new.subject and "raise " not in old.subject:
        return Weakening(Kind.BROADENED, "raises the error itself")
    return None


def _parts(expected: str) -> tuple[set[str], str]:
    found = _MATCH.fullmatch(f" {expected}" if expected.startswith("match ") else expected)
    names, match = (found[1], found[2] or "") if found else (expected, "")
    return {n for n in names.split(",") if n}, match


def _plain(text: str) -> str:
    return re.sub(r"[\s'\"\[\](){}]|\bDecimal\b|\bdict\b|\bfloat\b", "", text)


def _adds_text(old: Check, new: Check) -> bool:
    """Whether both expect the same error, and the new one what it says as well."""
    return old.op in ("raises", "warns") and new.expected.startswith(f"{old.expected} match ")


def likeness(old: Check, new: Check) -> float:
    """How far two checks are about the same thing, 0.0 where they are about different ones."""
    if old.is_about(new):
        return 2.0 - 0.1 * (new.op in ("nothing", "ran", "suppress")) - 0.05 * (old.op != new.op)
    if old.core and new.core and (new.core.startswith(old.core) or old.core.startswith(new.core)):
        return 1.5
    if new.op not in IDLE and new.is_about_part_of(old):
        return 1.4
    if new.op == "tautology":
        return (
            SequenceMatcher(None, old.tokens, new.tokens).ratio() if old.callee and old.callee in new.subject else 0.0
        )
    if old.core.endswith(".call_count") and ".call_args_list" in new.core and new.op == "==":
        return 1.2
    same = old.op == new.op and (old.expected == new.expected or _adds_text(old, new))
    if same and old.callee != new.callee and f".{old.callee}" in new.attributes:
        return max(SequenceMatcher(None, old.tokens, new.tokens).ratio(), _LEAST_LIKE)
    if old.function != new.function and not same:
        return 0.0
    ratio = SequenceMatcher(None, old.tokens, new.tokens, autojunk=False).ratio()
    errors = old.op == new.op == "raises" and bool(old.callee) and old.callee == new.callee
    alike = same and bool(old.asks_of) and old.asks_of == new.asks_of
    if errors or alike or (same and len(old.expected) > 4):
        return max(ratio, _LEAST_LIKE)
    return ratio - 0.1 * (new.op in IDLE) if ratio >= _LEAST_LIKE else 0.0
