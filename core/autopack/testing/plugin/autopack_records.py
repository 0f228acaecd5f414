# ruff: noqa: UP031
# pyright: basic
"""The records a process that runs tests sends to the one that started it. PYTEST_DONT_REWRITE

A record is one line, `<code> <json>`, numbered from 0; `@<id>` says which test begins. A passing test's record leaves with
the next line, in one os.write.
"""

import hashlib
import json
import os
import sys

_CHUNK = 400
_MOST_HELD = 8192
RANKS = ["", "passed", "xpassed", "xfailed", "skipped", "error", "failed"]
"""What came of a test, by how much it says: of its reports the highest one stands."""
_quoted = json.encoder.encode_basestring_ascii


class Channel:
    """The write end: whole lines; silent in forked children and once the reader is gone. What is `held` leaves with the
    next line: a passing test's result with the beginning of the next test."""

    def __init__(self, fd, text):
        self.nonce, key = text.split(":")
        self.fd = int(fd)
        self.code = hashlib.blake2b(key=key.encode(), digest_size=16)
        self.encode = json.JSONEncoder(separators=(",", ":")).encode
        self.pid = os.getpid()
        self.seq = 0
        self.held = b""
        os.set_inheritable(self.fd, False)

    def send(self, kind, **fields):
        if self.alive():
            fields["t"] = kind
            self.add(fields)
            self.flush()

    def result(self, fields):
        """A test's result; of one that did not fail it waits for the next write."""
        if self.alive():
            failure = fields["failure"]
            said = "null" if failure is None else self.encode(failure)
            told = (self.seq, _quoted(fields["id"]), fields["outcome"], fields["duration"], said)
            self.line('{"t":"result","n":%d,"id":%s,"outcome":"%s","duration":%.6f,"failure":%s}' % told)
            if failure is not None or len(self.held) > _MOST_HELD:
                self.flush()

    def begin(self, nodeid):
        """Which test runs from here on: a line without a code, for a message should the process end in it."""
        if self.alive():
            self.held += b"@" + nodeid.encode("ascii", "backslashreplace").replace(b"\n", b"\\n") + b"\n"
            self.flush()

    def alive(self):
        return self.fd >= 0 and os.getpid() == self.pid

    def add(self, fields):
        fields["n"] = self.seq
        self.line(self.encode(fields))

    def line(self, text):
        body = text.encode("ascii")
        code = self.code.copy()
        code.update(body)
        self.held += code.hexdigest().encode() + b" " + body + b"\n"
        self.seq += 1

    def flush(self):
        line, self.held = self.held, b""
        try:
            while line:
                line = line[os.write(self.fd, line) :]
        except OSError:
            self.fd = -1


def opened(mode, version):
    """The channel, its first record sent, or None; the variables that named it are gone afterwards."""
    fd = os.environ.pop("AUTOPACK_CHANNEL_FD", "")
    text = os.environ.pop("AUTOPACK_REPORT", "")
    if not fd or not text:
        return None
    channel = Channel(fd, text)
    about = {"python": "%d.%d.%d" % sys.version_info[:3], "pytest": version, "executable": sys.executable}
    channel.send("start", mode=mode, nonce=channel.nonce, path=list(sys.path), **about)
    return channel


def chunks(record):
    """A provenance record in parts small enough for one write each."""
    for at in range(0, max([len(part) for part in record.values()] + [1]), _CHUNK):
        yield {name: part[at : at + _CHUNK] for name, part in record.items()}
