"""Plans in the editor: what a person gets while a `*.autopack.yaml` is open.

`feature` registers it; everything below it is pure: a `Reading` of the text, a 1-based position in code points and facts
about the repository in, plain data out. `convert` alone knows LSP's shapes.
"""
