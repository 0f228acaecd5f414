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
    from autopack.engine.rollback import RolledBack
    from autopack.engine.save_points import SavePoint
    from autopack.repo import Promotion
    from autopack.service.artefacts import Trees
    from autopack.service.facade import Service
    from autopack.service.following import Following, RunNow
    from autopack.service.health import HealthCheck, fault_points
    from autopack.service.queries import Queries
    from autopack.service.timeline import Timeline
    from autopack.service.versions import ChangedPath
    from autopack.service.views import PhaseView, RunView

__getattr__ = names_of(
    __name__,
    {
        "artefacts": "Trees",
        "facade": "DriveEnd Promotion RolledBack Service",
        "following": "Following RunNow",
        "health": "HealthCheck fault_points",
        "queries": "Queries SavePoint",
        "timeline": "Timeline",
        "versions": "ChangedPath",
        "views": "PhaseView RunView",
    },
)

__all__ = [
    "ChangedPath",
    "DriveEnd",
    "Following",
    "HealthCheck",
    "PhaseView",
    "Promotion",
    "Queries",
    "RolledBack",
    "RunNow",
    "RunView",
    "SavePoint",
    "Service",
    "Timeline",
    "Trees",
    "fault_points",
]
