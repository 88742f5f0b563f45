"""An autoscaler and a load balancer: new workers join slowly, those that are wanted no more drain before they stop.

    python fleet.py

Times stand still here, so that the example ends at once; a service leaves them out and looks every few seconds.
"""

from itertools import count

from opusclip.performance import (
    AutoScalingEngine,
    Fleet,
    LoadBalancer,
    Pick,
    ResourceMetrics,
    ScalingConfig,
    ScalingRequest,
)

minute = 0
numbers = count(1)
lb = LoadBalancer(slow_start={"window": 60})
fleet = Fleet(lb, drain=120)


def start_worker() -> str:
    """Start a worker; a service asks its cloud, and waits until it answers."""
    return f"worker-{next(numbers)}"


def stop_worker(id: str, in_flight: int) -> None:
    """Stop a worker."""
    print(f"minute {minute}: {id} is stopped with {in_flight} requests in flight")


def resize(request: ScalingRequest) -> None:
    """Do what the engine has decided."""
    wanted = fleet.resize(request.target_instances, now=60 * minute)
    started = fleet.join([start_worker() for _ in range(wanted.start)], now=60 * minute)
    leaving = [leaver.id for leaver in wanted.leaving]
    print(f"minute {minute}: {', '.join(started) or 'nobody'} joins, {', '.join(leaving) or 'nobody'} leaves")


engine = AutoScalingEngine(ScalingConfig(min_instances=1, max_instances=6, target_cpu_usage=70.0), executor=resize)
fleet.join([start_worker(), start_worker()], now=0)
held: list[Pick] = []
for minute in range(20):
    usage = 100.0 if minute < 5 else 20.0
    running = len(lb.instance_ids)
    decision = engine.evaluate(ResourceMetrics(cpu_usage=usage, instances=running), now=60 * minute)
    if minute == 5:
        # Each has a long request, which a worker that leaves may end.
        held = [lb.pick(now=60 * minute) for _ in range(running)]
    engine.execute(decision, now=60 * minute)
    if minute == 10:
        for pick in held:
            if pick.id == "worker-3":
                pick.report(now=60 * minute)
    for done in fleet.stoppable(now=60 * minute):
        stop_worker(done.id, done.in_flight)
print(f"{len(lb.instance_ids)} workers are left: {', '.join(lb.instance_ids)}")
