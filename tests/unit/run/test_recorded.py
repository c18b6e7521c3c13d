"""What was recorded of a run's changes, as a way back."""

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document.runbook import SectionRole, StepKind
from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.run.rollback import Origin, abort_command, rollback_plan
from runbook_tui.run.sightings import ChangedObject, SeenObject, Tier
from tests.unit.run.documents import command, records, runbook, section, step
from tests.unit.run.test_fold import started

UNDO = "kubectl rollout undo deployment/api -n prod"


def book(undo=None, procedure=UNDO):
    steps = [step(name, StepKind.COMMAND, commands=(f"{name}.1",)) for name in ("one", "two", "three")]
    steps += [step("back", StepKind.COMMAND, section_="rollback", commands=("back.1",)), step("bad", section_="deploy")]
    commands = [command(f"{name}.1", "kubectl apply -f x", undo=undo) for name in ("one", "two", "three")]
    commands.append(command("back.1", procedure, rollback=True))
    return runbook(steps, commands, [section("deploy"), section("rollback", SectionRole.ROLLBACK)])


def seen(key="Deployment/prod/api", digest="a", tier=Tier.CAPACITY, **more):
    return SeenObject(key=key, title=key.split("/", 1)[1], state=f"state {digest}", digest=digest, tier=tier, **more)


def changed(key="Deployment/prod/api", digest="b", tier=Tier.CAPACITY):
    return ChangedObject(key=key, title=key, what="x", restores="y", digest=digest, tier=tier)


def job(number, step_, objects, changes, *, complete=True, purpose=e.Purpose.STEP):
    name = f"j{number}"
    taken = e.SnapshotTaken(
        job=name,
        step=step_,
        system="bed",
        namespace="prod",
        snapshot=f"before{number}",
        objects=objects,
        complete=complete,
    )
    events = [started(name, step_, f"{step_}.1", purpose=purpose), taken, e.JobFinished(job=name, exit=0)]
    if changes is not None:
        events.append(e.ChangeObserved(job=name, changes=changes, snapshot=f"after{number}"))
    return events


def plan_of(*jobs, **how):
    return rollback_plan(book(**how), fold(records(*[event for one in jobs for event in one])))


def recorded(plan):
    return [item for item in plan.items if item.origin is Origin.RECORDED]


def test_an_object_changed_twice_is_put_back_once_to_what_it_was_first() -> None:
    plan = plan_of(
        job(1, "one", (seen(digest="a"),), (changed(digest="b"),)),
        job(2, "two", (seen(digest="b"),), (changed(digest="c"),)),
    )
    (item,) = recorded(plan)
    assert [(part.before, part.restores) for part in item.parts] == [("before1", "state a")]
    assert set(item.parts[0].afters) == {"after1", "after2"}


def test_nobodys_work_but_this_runs_is_taken_back() -> None:
    plan = plan_of(
        job(1, "one", (seen(digest="a"),), (changed(digest="b"),)),
        job(2, "two", (seen(digest="FOREIGN"),), (changed(digest="c"),)),
    )
    (item,) = recorded(plan)
    assert item.parts[0].before == "before2"
    assert "somebody else changed it" in item.parts[0].note


def test_configuration_then_capacity_then_traffic_then_what_was_made() -> None:
    kinds = [
        ("Service/prod/api", Tier.TRAFFIC),
        ("Deployment/prod/api", Tier.CAPACITY),
        ("Deployment/prod/new", Tier.SHRINK),
        ("ConfigMap/prod/conf", Tier.CONFIGURATION),
    ]
    objects = tuple(seen(key, tier=tier) for key, tier in kinds)
    plan = plan_of(job(1, "one", objects, tuple(changed(key, tier=tier) for key, tier in kinds)))
    items = recorded(plan)
    assert [item.parts[0].key.split("/")[0] for item in items] == ["ConfigMap", "Deployment", "Service", "Deployment"]
    assert items[2].needs == (items[0].id, items[1].id)  # no traffic to what has no capacity


def test_rollout_undo_is_left_to_the_record_and_never_takes_back_others_work() -> None:
    plan = plan_of(job(1, "one", (seen(),), (changed(),)))
    undo = next(item for item in plan.items if item.origin is Origin.PROCEDURE)
    assert undo.settled
    assert undo.replaced
    other = plan_of(job(1, "one", (seen(),), (changed(),)), procedure="kubectl rollout undo deployment/web -n prod")
    undo = next(item for item in other.items if item.origin is Origin.PROCEDURE)
    assert undo.command is None
    assert "somebody else" in undo.why_manual
    unseen = plan_of([started("j1", "one", "one.1"), e.JobFinished(job="j1", exit=0)])
    assert next(item for item in unseen.items if item.origin is Origin.PROCEDURE).command is not None


def test_a_command_seen_to_change_nothing_is_nothing_to_take_back() -> None:
    assert plan_of(job(1, "one", (seen(),), ())).changed == ()
    assert plan_of(job(1, "one", (seen(),), (), complete=False)).changed == ("one",)


def test_what_nobody_looked_at_afterwards_counts_as_changed_when_the_command_named_it() -> None:
    plan = plan_of(job(1, "one", (seen(), seen("ConfigMap/prod/conf", direct=False, tier=Tier.CONFIGURATION)), None))
    (item,) = recorded(plan)
    assert [part.key for part in item.parts] == ["Deployment/prod/api"]
    assert item.parts[0].afters == ()


def test_a_change_that_took_itself_back_is_no_item() -> None:
    plan = plan_of(
        job(1, "one", (seen(digest="a"),), (changed(digest="b"),)),
        job(2, "two", (seen(digest="b"),), (changed(digest="a"),)),
    )
    assert recorded(plan) == []


def test_an_obstacle_is_told_and_is_no_item() -> None:
    plan = plan_of(job(1, "one", (seen(obstacle="revisionHistoryLimit is 0"),), (changed(),)))
    assert recorded(plan) == []
    assert plan.obstacles == ("prod/api: revisionHistoryLimit is 0",)


def test_abort_is_about_traffic_only() -> None:
    service = "Service/prod/api"
    jobs = job(1, "one", (seen(), seen(service, tier=Tier.TRAFFIC)), (changed(), changed(service, tier=Tier.TRAFFIC)))
    told = abort_command(book(), fold(records(*jobs)))
    assert told is not None
    assert '"abort":true' in told.env["RBT_RESTORE"]
    assert "Deployment" not in told.env["RBT_RESTORE"]
    assert abort_command(book(), fold(records(*job(1, "one", (seen(),), (changed(),))))) is None


def test_the_conditions_that_fired_are_looked_at_in_the_end_and_hold_nothing_up() -> None:
    fired = e.ConditionFired(step="bad", text="Error rate > 10%")
    plan = rollback_plan(book(), fold(records(*job(1, "one", (seen(),), (changed(),)), fired)))
    assert plan.items[-1].origin is Origin.CRITERION
    assert plan.items[-1] not in plan.remaining


def test_times_of_earlier_runs_add_up_when_all_are_known() -> None:
    state = fold(records(*job(1, "one", (seen(),), (changed(),))))
    plan = rollback_plan(book(), state, {"restore prod/api": 12.0})
    assert plan.estimate == 12.0
    assert rollback_plan(book(), state).estimate is None


digests = st.sampled_from("abcd")


@given(st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), digests, digests), max_size=8))
def test_put_back_is_always_a_state_that_was_there_before_one_of_our_own_changes(changes) -> None:
    jobs = [
        job(n, where, (seen(digest=before),), (changed(digest=after),) if before != after else ())
        for n, (where, before, after) in enumerate(changes)
    ]
    plan = plan_of(*jobs)
    ours = [f"before{n}" for n, (_, before, after) in enumerate(changes) if before != after]
    for item in recorded(plan):
        for part in item.parts:
            assert part.before in ours
    assert rollback_plan(book(), fold(records(*[x for one in jobs for x in one]))) == plan
