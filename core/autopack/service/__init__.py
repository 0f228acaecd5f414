"""The one facade the surfaces call; `Service` is Autopack's public programmatic API.

service = Service.open(Path("."))
run = service.start(Path("build.autopack.yaml"), trust=True)
end = asyncio.run(service.drive(run))
"""

from autopack.engine import DriveEnd
from autopack.service.artefacts import Trees
from autopack.service.facade import Service
from autopack.service.following import Following, RunNow
from autopack.service.health import HealthCheck, fault_points
from autopack.service.timeline import Timeline
from autopack.service.versions import ChangedPath
from autopack.service.views import PhaseView, RunView

__all__ = [
    "ChangedPath",
    "DriveEnd",
    "Following",
    "HealthCheck",
    "PhaseView",
    "RunNow",
    "RunView",
    "Service",
    "Timeline",
    "Trees",
    "fault_points",
]
