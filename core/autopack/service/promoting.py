"""Promotion: a person brings a run's result to their own branch or files, and takes it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autopack import fault
from autopack.engine.promotions import (
    PROMOTE,
    PROMOTED,
    UNPROMOTE,
    PromotionRecord,
    next_key,
    promotions,
    unfinished_unpromotion,
)
from autopack.engine.save_points import SavePoint, hold, note
from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model.states import RunState
from autopack.repo import Promotion, made_commit, promote, unpromote

if TYPE_CHECKING:
    from autopack.repo import Head
    from autopack.repo.unpromote import UnpromoteMode
    from autopack.service.house import House

MODES = ("ff", "merge", "squash")
BACK_MODES = ("move", "revert")

fault.register("promote.intended", "a promotion is journalled, nothing has changed")
fault.register("promote.done", "a promotion is made, the journal does not say so")
fault.register("unpromote.intended", "an un-promotion is journalled, nothing has changed")
fault.register("unpromote.done", "an un-promotion is made, the journal does not say so")


def promote_run(house: House, mode: str, dry_run: bool, actor: str) -> Promotion:
    """The user's branch (or, for a working-tree run, files) with the run's completed phases. Raises UsageError for an
    unknown mode, ConflictError when nothing is complete, when the user's side moved so that the mode cannot serve, or
    while an un-promotion that was cut off is unfinished."""
    if mode not in MODES:
        raise UsageError(f"no mode {mode!r}", hint=f"One of: {', '.join(MODES)}")
    store, run, config = house.store, house.run, house.config
    if store.run(run).state is RunState.DISCARDED:
        raise ConflictError(f"run {run} is discarded, nothing of it is left to promote")
    base, tip = config.base, str(store.get(run, "tip"))
    if tip == base:
        raise ConflictError(f"run {run} has no completed phase to promote")
    if unfinished_unpromotion(store, run):
        raise ConflictError(
            f"taking back the promotion of run {run} was cut off", hint=f"First: autopack unpromote {run}"
        )
    snapshot = config.snapshot
    left = next((r for r in _settled(house) if r.open and (r.made.tip, r.made.snapshot) == (tip, snapshot)), None)
    key = left.key if left else next_key(store, run, PROMOTE)
    where, intended = "", False

    def intend(head: Head) -> None:
        nonlocal where, intended
        where, intended = "your files" if snapshot else head.branch or "the detached HEAD", True
        if left is None:
            inputs = {"mode": "files" if snapshot else mode, "branch": head.branch, "old": head.commit, "tip": tip,
                      "snapshot": snapshot}  # fmt: skip
            _intend(house, key, inputs, SavePoint("", tip, f"before {actor} promotes into {where}", _now(house)))
        fault.point("promote.intended")

    done = promote(
        house.service.user, house.private, run=run, base=base, tip=tip, mode=mode, snapshot=snapshot or None,
        dry_run=dry_run, intend=intend,
    )  # fmt: skip
    there = left is not None and not done.conflicts and not dry_run
    if intended or there:
        fault.point("promote.done")
        with store.write(house.own) as tx:
            tx.outcome(run, "", 0, key, {"applied": done.applied or there, "new": done.new})
            if done.applied:
                tx.event(Event(EventName.LOG, run, data={"message": f"Promoted ({mode}): {done.summary}"}))
                tx.run_update(run, data={PROMOTED: where})
    return done


def unpromote_run(house: House, mode: str, dry_run: bool, actor: str) -> Promotion:
    """Take the run's latest promotion back; an earlier try that was cut off is finished the way it was begun. Raises
    UsageError for an unknown mode, ConflictError where there is nothing to take back."""
    if mode not in BACK_MODES:
        raise UsageError(f"no mode {mode!r}", hint=f"One of: {', '.join(BACK_MODES)}")
    store, run = house.store, house.run
    begun = unfinished_unpromotion(store, run)
    records = _settled(house)
    if not records:
        raise ConflictError(f"run {run} has no promotion to take back")
    last = records[-1]
    made = last.made
    if made.snapshot and len(records) > 1:
        made = replace(made, snapshot=records[-2].made.tip)
    if store.run(run).state is RunState.DISCARDED:
        by_hand = f"By hand: git reset --keep {last.made.old}" if not last.made.snapshot else ""
        raise ConflictError(f"run {run} is discarded, what it brought is yours", hint=by_hand)
    way: UnpromoteMode = begun.inputs["mode"] if begun else mode
    key, intended = begun.key if begun else next_key(store, run, UNPROMOTE), False

    def intend(head: Head) -> None:
        nonlocal intended
        intended = True
        if begun is None:
            inputs = {"of": last.number, "mode": way, "head": head.commit}
            told = f"before {actor} takes the promotion into {last.made.where} back"
            _intend(house, key, inputs, SavePoint("", last.made.tip, told, _now(house)))
        fault.point("unpromote.intended")

    done = unpromote(
        house.service.user, house.private, made, mode=way, dry_run=dry_run, begun=begun is not None, intend=intend,
    )  # fmt: skip
    halfway = begun is not None and intended and bool(done.conflicts) and way == "move"
    if dry_run or halfway or not (intended or begun or not done.conflicts):
        return done
    fault.point("unpromote.done")
    result = {"gone": done.applied or not done.conflicts, "new": done.new}
    with store.write(house.own) as tx:
        if not (intended or begun):
            tx.intent(run, "", 0, key, {"of": last.number, "mode": way, "head": ""})
        tx.outcome(run, "", 0, key, result)
        if last.open and result["gone"]:
            tx.outcome(run, "", 0, last.key, {"applied": True, "new": ""})
        if done.applied:
            tx.event(Event(EventName.LOG, run, data={"message": f"Promotion taken back: {done.summary}"}))
        if result["gone"]:
            tx.run_update(run, data={PROMOTED: records[-2].made.where if len(records) > 1 else ""})
    return done


def _settled(house: House) -> list[PromotionRecord]:
    """The promotions there are, each that nobody saw the end of looked up in the user's repository; one into files stays
    open, since going on and taking back are both right for it however far it came."""
    found: list[PromotionRecord] = []
    for record in promotions(house.store, house.run):
        if record.open and not record.made.snapshot:
            new = made_commit(house.service.user, record.made)
            with house.store.write(house.own) as tx:
                tx.outcome(house.run, "", 0, record.key, {"applied": bool(new), "new": new})
            if new:
                found.append(replace(record, open=False, made=replace(record.made, new=new)))
        else:
            found.append(record)
    return found


def _intend(house: House, key: str, inputs: dict[str, Any], save: SavePoint) -> None:
    with house.store.write(house.own) as tx:
        note(tx, house.run, save)
        tx.intent(house.run, "", 0, key, inputs)
    hold(house.store, house.private, house.run)


def _now(house: House) -> float:
    return house.store.clock.wall()
