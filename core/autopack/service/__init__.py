"""The one facade the surfaces call; `Service` is Autopack's public programmatic API, `Queries` its half that only reads.

service = Service.open(Path("."))
run = service.start(Path("build.autopack.yaml"), trust=True)
end = asyncio.run(service.drive(run))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopack.lazily import names_of

if TYPE_CHECKING:
    from autopack.engine import DriveEnd
    from autopack.service.facade import Service
    from autopack.service.health import HealthCheck, fault_points
    from autopack.service.queries import Queries
    from autopack.service.views import PhaseView, RunView

__getattr__ = names_of(
    __name__,
    {
        "facade": "DriveEnd Service",
        "health": "HealthCheck fault_points",
        "queries": "Queries",
        "views": "PhaseView RunView",
    },
)

__all__ = ["DriveEnd", "HealthCheck", "PhaseView", "Queries", "RunView", "Service", "fault_points"]
