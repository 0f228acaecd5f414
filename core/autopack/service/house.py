"""House: the doors of one run, opened for one drive or one action and closed after it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.engine.actions import RAISED
from autopack.engine.calls import spent_cassette
from autopack.engine.doors import Doors, RunConfig
from autopack.engine.finalizer import tip_ref
from autopack.engine.journal import Journal
from autopack.engine.publishing import bring_up
from autopack.engine.work import Work
from autopack.errors import ProviderError
from autopack.events import EventName
from autopack.llm import (
    Cassette,
    Provider,
    ProviderSettings,
    RecordingProvider,
    ReplayProvider,
    provider_for,
)  # fmt: skip
from autopack.model.plan import Plan
from autopack.repo import PrivateRepo, Publisher, Worktree
from autopack.sandbox import Sandbox
from autopack.service import people, pool
from autopack.service.interpreter import target_python
from autopack.store import Ownership, Store

if TYPE_CHECKING:
    from autopack.service.premises import Premises


class House:
    """One run's doors. `close` ends what they hold open."""

    def __init__(self, service: Premises, own: Ownership) -> None:
        self.service = service
        self.own = own
        self.run = own.run
        self.store = service.store
        self.config = effective_config(self.store, own.run)
        self.private = PrivateRepo.ensure(service.state, service.user, nonce=self.config.nonce)
        self.publisher = Publisher(service.user, self.private)
        self._providers: dict[str, Provider] = {}

    @classmethod
    def open(cls, service: Premises, own: Ownership) -> House:
        return cls(service, own)

    @contextmanager
    def entered(self) -> Generator[House]:
        """For one action outside an event loop."""
        try:
            yield self
        finally:
            self.private.close()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()
        self.private.close()

    @staticmethod
    def check_cassette(store: Store, run: str) -> bool:
        """Whether the run replays a cassette. Raises CassetteMismatch (AP713) when it is not the file it started with."""
        config = effective_config(store, run)
        if config.cassette:
            Cassette.load(Path(config.cassette), config.cassette_sha256)
        return bool(config.cassette)

    def work(self, stop: asyncio.Event) -> tuple[Work, bool]:
        """The run's work in hand, and whether it was driven before."""
        doors = doors_of(self.service, self.private, self.publisher, self.provider)
        row = self.store.run(self.run)
        journal = Journal(self.store, self.own, self.service.redactor)
        resumed = bool(self.store.get(self.run, "driven", False))
        if resumed:
            journal.event(EventName.RUN_RESUMED, state=row.state.value, plan=row.plan_path)
            self._say_if_plan_changed(journal)
        journal.put("driven", True)
        journal.flush()
        pool.adopt(self.service, self.run)
        work = Work(
            run=self.run,
            doors=doors,
            config=self.config,
            plan=Plan.model_validate_json(self.store.blob(row.plan)),
            journal=journal,
            worktree=Worktree.open(self.private, self.service.user, doors.worktree_path(self.run), self.run),
            stop_requested=stop,
            active_before=float(self.store.get(self.run, "active_seconds", 0.0)),
        )
        return work, resumed

    def provider(self, model: str) -> Provider:
        """The provider of a model: the cassette where the run replays one, else the vendor's, recorded if asked."""
        name = "cassette" if self.config.cassette else self._provider_name(model)
        if name not in self._providers:
            self._providers[name] = self._replay() if self.config.cassette else self._vendor(name)
        return self._providers[name]

    def publish_now(self) -> None:
        """Bring the user's branch to the tip after a person moved it."""
        writes = bring_up(self.store, self.publisher, self.run, self.config.base)
        if writes:
            with self.store.write(self.own) as tx:
                for write in writes:
                    write(tx)

    @property
    def tip(self) -> str | None:
        return self.private.ref(tip_ref(self.run))

    def _provider_name(self, model: str) -> str:
        info = self.service.loaded.settings.model_info.get(model)
        if info is None:
            raise ProviderError(
                f"the model {model!r} is not in the settings", kind="bad_request",
                hint="Add it under model_info, or choose one of: autopack settings --origin",
            )  # fmt: skip
        return info.provider

    def _replay(self) -> Provider:
        cassette = Cassette.load(Path(self.config.cassette), self.config.cassette_sha256)
        return ReplayProvider(cassette, spent_cassette(self.store, self.run))

    def _vendor(self, name: str) -> Provider:
        settings = self.service.loaded.settings
        spec = settings.providers.get(name)
        if spec is None:
            raise ProviderError(f"the provider {name!r} is not in the settings", kind="bad_request",
                                hint="Add it under providers.")  # fmt: skip
        provider = provider_for(
            ProviderSettings(
                kind=spec.kind,
                name=name,
                api_key=self.service.env.get(spec.api_key_env, ""),
                base_url=spec.base_url,
                key_variable=spec.api_key_env,
                strict_models=frozenset(m for m, i in settings.model_info.items() if i.strict_schema),
            ),
            redact=self.service.redactor.text,
        )
        if self.config.record:
            return RecordingProvider(provider, Path(self.config.record), redact=self.service.redactor.text)
        return provider

    def _say_if_plan_changed(self, journal: Journal) -> None:
        path = Path(self.config.plan_path)
        known = self.store.run(self.run).data.get("plan_text")
        try:
            now = hashlib.sha256(path.read_text("utf-8").encode()).hexdigest()
        except (OSError, UnicodeDecodeError):
            journal.log(f"{path.name} is gone or cannot be read; the run goes on with its own copy of the plan.")
            return
        if now != known:
            journal.log(f"{path.name} was edited since the run started; the run goes on with its own copy of the plan.")


def doors_of(
    service: Premises, private: PrivateRepo, publisher: Publisher, provider: Callable[[str], Provider]
) -> Doors:
    """The outside world of a run of this repository."""
    settings = service.loaded.settings
    return Doors(
        state=service.state,
        user=service.user,
        private=private,
        store=service.store,
        settings=settings,
        sandbox=Sandbox.best(settings.sandbox.minimum, settings.sandbox.level),
        redactor=service.redactor,
        provider=provider,
        publisher=publisher,
        python=target_python(service),
        people_folder=people.folder(service.user, service.state),
        environment=service.env,
    )


def effective_config(store: Store, run: str) -> RunConfig:
    """What the start fixed, with the caps a person raised since."""
    config = RunConfig(**store.run(run).data["config"])
    raised = {name: store.get(run, f"raised:{name}") for name in RAISED}
    return replace(config, **{name: value for name, value in raised.items() if value is not None})
