"""Whether a plan only adds: it asks for something new, and says of nothing that is there that it changes.

A plan that names a test file among its deliverables asks for tests there. Where it only adds, that is no leave to rewrite
what old tests expect: what they look at is to stay as it was.
"""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[;\n]|[.!?](?=\s|$)")
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"`[^`]*`|[\w.]+\(|\w+(?:\.\w+)+")
"""Names of things, whatever the words are that they are called after."""
_ADDING = frozenset(
    {
        *("accept", "add", "allow", "create", "enable", "give", "implement", "introduce", "let", "offer", "provide"),
        *("support", "teach"),
    }
)
"""What such a plan begins with."""
_ADDED = re.compile(
    r"\b(?:also|needs?|optional|optionally|additionally|an? new)\b"
    r"|\b(?:can|could|may|should)\s+(?:take|have|get|accept|be\s+given)\b"
    r"|\b(?:takes?|accepts?|gets?|gains?|has)\s+(?:(?:an?|another)\b|\w+\s?=)"
    r"|\w\([^()]*\w\s?=[^()]*"
)
"""What it says where it begins with the thing that something is added to: an argument that may be left out, for one."""
_KEEPING = re.compile(
    r"\b(?:remain|stay)s? the default\b"
    r"|\b(?:keeps?|stays?|remains?|unchanged|untouched)\b|\bnothing (?:else )?changes\b|\bas before\b"
    r"|\bas (?:it|they) (?:is|are|was|were)\b(?: now\b)?|\bwithout changing\b|\bunaffected\b|\bnot (?:be )?affected\b"
    r"|\bas (?:today|now|always|ever|so far|until now|usual)\b|\b(?:as|what) (?:it|they) (?:\w+ )?(?:today|now)\b"
    r"|\bsame (?:answers?|figures?|numbers?|outputs?|results?|values?)\b"
    r"|\b(?:must|may|shall|should|do|does|will|can|need)\s*(?:not|n['’]t)\s+(?:be\s+)?"
    r"(?:affect|alter|break|chang|differ|mov|shift|touch|var[iy])\w*"
    r"|\bcannot (?:be )?(?:affect|chang)\w*|\bno(?:thing)?\b[^.;!?]{0,40}?\bchang(?:es|ed)?\b"
    r"|\bspeed(?:s|ed)?(?:\s+\w+){0,4}\s+up\b|\bfaster\b|\b(?:is|are) (?:too )?slow\b"
)
"""What it says of what is there, or of no more than the time it takes."""
_CHANGING = frozenset(
    {
        *("adapt", "adjust", "anew", "become", "becomes", "bug", "change", "changed", "changes", "changing", "correct"),
        *("default", "defaults", "different", "drop", "dropped", "drops", "error", "fix", "fixed", "fixes"),
        *("formerly", "instead", "migrate", "move", "moves", "now", "previously", "rather"),
        *("re", "regenerate", "regenerated", "reject", "rejects"),
        *("remove", "removed", "removes", "rename", "renamed", "renames", "replaced", "replaces"),
        *("rewritten", "unless", "update", "updated", "updates", "used"),
    }
)
"""Words of a plan that may say of something that it will be another than it was."""
_CHANGE = r"\b(?:adapt|adjust|chang|rework|rewrit|updat|follow|correct|convert|regenerat|re-?record|replac)\w*\b"
_TESTS = r"\b(?:tests?|expect\w+|snapshots?|goldens?|test_\w+)\b"
_SO_FAR = r"[^.;!?\n]*?"
_REWRITING = re.compile(f"{_CHANGE}{_SO_FAR}{_TESTS}|{_TESTS}{_SO_FAR}{_CHANGE}|\\brecord\\b{_SO_FAR}\\banew\\b")
"""A change and tests, or what they expect, in one sentence."""
_POINT = re.compile(r"\.(?=\w)")
"""A point within a name ends no sentence."""
_GIVEN = re.compile(r"\(\s*(?:by )?default\b[^()]*\)")
"""The value of something new where nothing is said: `(default 30)`."""
_OTHERWISE = re.compile(r"\b(?:no|any) longer\b|\bwith (?:an)?other\b|\bbring(?:ing)?\b[^.;!?\n]*\bup to\b")
_PLACE = re.compile(r"\btests?\b[^.;!?\n]*\bbelongs?\b|^(?:test|cover|extend)\b")
"""Says where additions go."""
_ALL = frozenset({"all", "always", "each", "every", "everywhere", "never", "only"})
"""Words that speak of all there is."""
_TOKEN = re.compile(r"\w+(?:[.,]\w+)*|(?<=\S) {2,}(?=\S)")
"""A word, a number, or the blanks between two columns."""


def opens(said: str) -> bool:
    """Whether the words of a plan begin with adding, so that what was refused before may be what they allow."""
    first = next((s for s in map(str.strip, _SENTENCE.split(said.casefold())) if s), "")
    words = _WORD.findall(first)
    return bool(words) and (words[0] in _ADDING or _ADDED.search(first) is not None)


def asks_for_rewriting(said: str) -> bool:
    """Whether the words of a plan speak of tests, or of what they expect, that change: `Adapt tests/test_a.py`."""
    return _REWRITING.search(_POINT.sub(" ", said.casefold())) is not None


def places(sentence: str) -> bool:
    """Whether a sentence of a plan only says what is added: files that it names are where that goes."""
    said = sentence.strip().casefold()
    return _WORD.findall(said)[:1] in [[word] for word in _ADDING] or _PLACE.search(said) is not None


def only_grows(before: str, after: str) -> bool:
    """Whether each word and number of a text stands in the other one still, in the same order, columns as far apart."""
    left = iter(_TOKEN.findall(after))
    return all(word in left for word in _TOKEN.findall(before))


def only_adds(said: str) -> bool:
    """Whether the words of a plan ask for something more and for no change of what is there: they begin with adding, or say
    that something stays, and no word of theirs speaks of a change."""
    if asks_for_rewriting(said) or _OTHERWISE.search(_POINT.sub(" ", said.casefold())) is not None:
        return False
    begins, said = opens(said), _CODE.sub(" ", said.casefold())
    left = set(_WORD.findall(_KEEPING.sub(" ", _GIVEN.sub(" ", said))))
    if _KEEPING.search(said) is not None:
        return left.isdisjoint(_CHANGING)
    return begins and left.isdisjoint(_CHANGING | _ALL)
