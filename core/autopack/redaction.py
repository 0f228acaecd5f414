"""Redaction: the one choke point every text passes before a prompt, log, database, artefact, diagnostic or message.

Two means: the exact values of the secrets this process holds, and anchored patterns of well-known credentials. Each
pattern starts at a literal that cannot begin inside its own run of characters, so that hostile input is read in linear
time. What merely looks random (hashes, identifiers) stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

__all__ = ["MARKER", "Redactor", "secret_path", "secret_spans"]

MARKER = "[REDACTED]"
MIN_KNOWN = 8
_MAX_DEPTH = 64
_MAX_PASSES = 4

Span = tuple[int, int, str]


class _Pattern(NamedTuple):
    kind: str
    needle: str
    expression: re.Pattern[str]
    credible: Callable[[str], bool]


_FILLER = re.compile(r"x{6}|\*{3}|your[-_]|placeholder|EXAMPLE\Z")
_WORDY = re.compile(r"example|placeholder|your[-_]|change[-_]?me|dummy|redacted|x{5}|\*{3}|1234567890|abcdefgh", re.I)


def _certain(value: str) -> bool:
    """The shape alone says it; only the filler of documentation is let through."""
    return not _FILLER.search(value)


def _mixed(value: str) -> bool:
    """Letters and digits, and no filler text."""
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and not _FILLER.search(value)


def _generated(value: str) -> bool:
    """At least three of lower, upper, digit and other, a digit among them: a generated password, not a word."""
    digit = any(c.isdigit() for c in value)
    kinds = (any(c.islower() for c in value), any(c.isupper() for c in value), any(not c.isalnum() for c in value))
    return digit and sum(kinds) >= 2 and not _WORDY.search(value)


_START = r"(?<![A-Za-z0-9_\-])"
_NAME = r"(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)"


def _pattern(kind: str, needle: str, body: str, credible: Callable[[str], bool] = _certain, flags: int = 0) -> _Pattern:
    return _Pattern(kind, needle, re.compile(body, flags), credible)


_PATTERNS: tuple[_Pattern, ...] = (
    _pattern("anthropic-key", "sk-ant-", _START + r"(sk-ant-[A-Za-z0-9_\-]{12,}+)"),
    _pattern("api-key", "sk-", _START + r"(sk-[A-Za-z0-9_\-]{20,}+)", _mixed),
    _pattern("stripe-key", "k_live_", _START + r"([rsp]k_live_[A-Za-z0-9]{16,}+)"),
    _pattern("github-token", "gh", _START + r"(gh[pousr]_[A-Za-z0-9]{30,}+)"),
    _pattern("github-token", "github_pat_", _START + r"(github_pat_[A-Za-z0-9_]{22,}+)"),
    _pattern("gitlab-token", "glpat-", _START + r"(glpat-[A-Za-z0-9_\-]{18,}+)"),
    _pattern("aws-key", "AKIA", _START + r"(AKIA[A-Z0-9]{16})(?![A-Za-z0-9])"),
    _pattern("aws-key", "ASIA", _START + r"(ASIA[A-Z0-9]{16})(?![A-Za-z0-9])"),
    _pattern("google-key", "AIza", _START + r"(AIza[A-Za-z0-9_\-]{30,}+)"),
    _pattern("slack-token", "xox", _START + r"(xox[abeoprs]-[A-Za-z0-9\-]{10,}+)"),
    _pattern("pypi-token", "pypi-AgE", _START + r"(pypi-AgE[A-Za-z0-9_\-]{30,}+)"),
    _pattern("npm-token", "npm_", _START + r"(npm_[A-Za-z0-9]{36,}+)"),
    _pattern("hugging-face-token", "hf_", _START + r"(hf_[A-Za-z0-9]{30,}+)"),
    _pattern("telegram-token", ":", r"(?<![0-9A-Za-z])(?:bot)?([0-9]{6,12}:[A-Za-z0-9_\-]{30,}+)", _mixed),
    _pattern("jwt", "eyJ", _START + r"(eyJ[A-Za-z0-9_\-]{8,}+\.eyJ[A-Za-z0-9_\-]{4,}+\.[A-Za-z0-9_\-]{16,}+)"),
    _pattern("bearer", "", r"(?<![a-z0-9_\-])bearer[ \t]{1,4}([a-z0-9._~+/=\-]{16,}+)", _mixed, re.I),
    _pattern(
        "url-password", "://", r"://[^\s:/@'\"]{1,64}+:([^\s:/@'\"{}$<>\[\]]{8,128}+)@", _mixed,
    ),
    _pattern(
        "password", "",
        _NAME + r"""[a-z0-9_]{0,24}["']?[ \t]{0,4}(?::|=>|:?=)[ \t]{0,4}["']([^\s"'\[\]{}$<>()]{12,128}+)["']""",
        _generated, re.I,
    ),
    _pattern(
        "password", "",
        r"(?m:^)[ \t]{0,8}(?:export[ \t]{1,4})?[A-Z][A-Z0-9_]{0,40}(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY)"
        r"[A-Z0-9_]{0,24}=([A-Za-z0-9+/=_\-!@#%^&*~]{12,256}+)(?=\s|\Z)",
        _mixed,
    ),
)  # fmt: skip
_HINT = re.compile(_NAME + "|bearer", re.I)
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
CERTAIN_KINDS = frozenset(p.kind for p in _PATTERNS if p.kind not in ("bearer", "url-password", "password")) | {
    "private-key"
}


def secret_spans(text: str) -> list[Span]:
    """(start, end, kind) of every credential found, ordered and disjoint; a private key without its end runs to the
    end of the text."""
    found = _private_keys(text)
    hinted = _HINT.search(text) is not None
    for pattern in _PATTERNS:
        if (pattern.needle not in text) if pattern.needle else not hinted:
            continue
        for hit in pattern.expression.finditer(text):
            if pattern.credible(hit.group(1)):
                found.append((*hit.span(1), pattern.kind))
    return _disjoint(found)


def _private_keys(text: str) -> list[Span]:
    found: list[Span] = []
    at = 0
    while (begin := _PEM.search(text, at)) is not None:
        end = _PEM_END.search(text, begin.end())
        at = end.end() if end else len(text)
        found.append((begin.start(), at, "private-key"))
    return found


def _disjoint(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end, kind in sorted(spans, key=lambda s: (s[0], -s[1])):
        if merged and start < merged[-1][1]:
            first, last, name = merged[-1]
            merged[-1] = (first, max(last, end), name)
        else:
            merged.append((start, end, kind))
    return merged


_SECRET_VARIABLE = re.compile(r"(?:_API_KEY|_TOKEN|_SECRET)\Z|PASSWORD", re.I)
_SECRET_FIELD = re.compile(
    r"(?:.*[_\-. ])?(?:api[_-]?key|password|passwd|passphrase|secret|access[_-]?key|private[_-]?key|authorization|"
    r"cookie|(?:access|refresh|auth|bot|bearer|id|session)[_-]?token)\Z",
    re.I,
)


class Redactor:
    """Redacts known values and credential patterns; the same text twice gives the same result as once."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        usable = {s for s in secrets if len(s) >= MIN_KNOWN and s not in MARKER and MARKER not in s}
        ordered = sorted(usable, key=lambda s: (-len(s), s))
        self._known = re.compile("|".join(re.escape(s) for s in ordered)) if ordered else None

    def __repr__(self) -> str:
        return "Redactor(...)"

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Redactor:
        """Knows the values of `*_API_KEY`, `*_TOKEN`, `*_SECRET` and `*PASSWORD*` of at least 8 characters."""
        return cls(value for name, value in env.items() if _SECRET_VARIABLE.search(name))

    def text(self, s: str) -> str:
        """`s` with every secret replaced by MARKER."""
        for _ in range(_MAX_PASSES):
            before = s
            if self._known is not None:
                s = self._known.sub(MARKER, s)
            s = _cut(s)
            if s == before:
                break
        return s

    def value(self, obj: Any) -> Any:
        """Deep copy of JSON types, tuples and sets with every string redacted; a string under a key that names a
        secret is redacted whole."""
        return self._value(obj, 0)

    def _value(self, obj: Any, depth: int) -> Any:
        if isinstance(obj, str):
            return self.text(obj)
        if isinstance(obj, bytes | bytearray):
            return self.text(bytes(obj).decode("utf-8", "replace")).encode()
        if depth >= _MAX_DEPTH:
            return obj if obj is None or isinstance(obj, bool | int | float) else MARKER
        if isinstance(obj, Mapping):
            items = cast("Mapping[Any, Any]", obj).items()
            return {self._value(k, depth + 1): self._field(k, v, depth) for k, v in items}
        if isinstance(obj, list):
            return [self._value(v, depth + 1) for v in cast("list[Any]", obj)]
        if isinstance(obj, tuple):
            return tuple(self._value(v, depth + 1) for v in cast("tuple[Any, ...]", obj))
        if isinstance(obj, set | frozenset):
            return [self._value(v, depth + 1) for v in sorted(cast("set[Any]", obj), key=repr)]
        return obj

    def _field(self, key: Any, value: Any, depth: int) -> Any:
        if isinstance(value, str) and value and isinstance(key, str) and _SECRET_FIELD.match(key[-200:]):
            return MARKER
        return self._value(value, depth + 1)


def _cut(text: str) -> str:
    spans = secret_spans(text)
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for start, end, _ in spans:
        pieces += (text[at:start], MARKER)
        at = end
    return "".join((*pieces, text[at:]))


_TEMPLATE_ENDINGS = (".example", ".sample", ".template", ".dist", ".tpl", ".pub")
_SECRET_NAMES = frozenset(
    {
        ".npmrc", ".netrc", "_netrc", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials", ".dockercfg",
        "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials.json", "client_secret.json", "secrets.json",
        "secrets.yaml", "secrets.yml", "secrets.toml", "secrets.env", ".vault_pass", ".vault-token",
    }
)  # fmt: skip
_SECRET_ENDINGS = (
    ".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".tfstate", ".ovpn",
)  # fmt: skip
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube"})


def secret_path(path: str) -> bool:
    """Whether the file's name says that it holds credentials: never shown, snapshotted or packed into a bundle."""
    *folders, name = path.casefold().split("/")
    if name.endswith(_TEMPLATE_ENDINGS) or name in ("example.env", "sample.env", "template.env"):
        return False
    if any(folder in _SECRET_FOLDERS for folder in folders):
        return True
    if name.startswith(".env") or name.endswith(".env"):
        return True
    if name == "config.json" and folders[-1:] == [".docker"]:
        return True
    return name in _SECRET_NAMES or name.endswith(_SECRET_ENDINGS)
