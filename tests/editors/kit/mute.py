"""`python mute.py SERVER...`: the server with its diagnostics and code actions taken away, for tests that must fail."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import IO


def main(command: list[str]) -> int:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        threading.Thread(target=_copy, args=(sys.stdin.buffer, server.stdin), daemon=True).start()
        while (body := _message(server.stdout)) is not None:
            kept = _muted(json.loads(body))
            if kept is not None:
                data = json.dumps(kept).encode()
                sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
                sys.stdout.buffer.flush()
        return server.wait()


def _muted(message: dict[str, object]) -> dict[str, object] | None:
    if message.get("method") == "textDocument/publishDiagnostics":
        return None
    result = message.get("result")
    if isinstance(result, list) and result and isinstance(result[0], dict) and "kind" in result[0]:
        return {**message, "result": []}
    return message


def _message(stream: IO[bytes]) -> bytes | None:
    size = 0
    while (line := stream.readline()).strip():
        name, _, value = line.partition(b":")
        size = int(value) if name.lower() == b"content-length" else size
    return stream.read(size) if size else None


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while data := source.read1(65536):  # type: ignore[attr-defined]
        target.write(data)
        target.flush()
    target.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
