"""Words that values of the contract choose among."""

from typing import Literal

Autonomy = Literal["supervised", "unattended"]
Base = Literal["head", "working-tree"]
Mode = Literal["ff", "merge", "squash"]
BackMode = Literal["move", "revert"]
GrantScope = Literal["once", "phase", "path"]
StatusKind = Literal["Normal", "Error", "Warning", "Inactive"]
Side = Literal["base", "candidate"]
