"""The worker: a process of its own that drives one run for the language server, tied to it by a pipe.

The server writes one order (a JSON line) to the worker's stdin and reads one reply from its stdout. After that stdin
is the tie: a line may say `{"onDetach": "continue"}` or `{"stop": true}`, and its end means that the editor is gone; then
the worker parks the run, or goes on alone where it was told so.
"""
