"""Decisions carried out in a Kubernetes cluster, by its official client as the callback of an engine.

    pip install kubernetes
    python kubernetes_scale.py NAMESPACE DEPLOYMENT CPU-PERCENT

The role needs `get` and `update` of `deployments/scale`, and `get` of `deployments`.
"""

import sys
from collections.abc import Callable

from kubernetes import client, config  # type: ignore[import-untyped]

from opusclip.performance import AutoScalingEngine, ResourceMetrics, ScalingRequest


def executor(apps: client.AppsV1Api, namespace: str, name: str) -> Callable[[ScalingRequest], bool]:
    """Make the callback of a deployment."""

    def scale(request: ScalingRequest) -> bool:
        scale = apps.read_namespaced_deployment_scale(name, namespace)
        if scale.spec.replicas == request.target_instances:
            return True  # A try before this one has done it.
        scale.spec.replicas = request.target_instances
        # It goes back with the version that was read: where somebody else came between, the server answers 409, this try
        # has failed, and the next one reads again.
        apps.replace_namespaced_deployment_scale(name, namespace, scale, _request_timeout=10)
        return True

    return scale


def measured(apps: client.AppsV1Api, namespace: str, name: str, cpu: float) -> ResourceMetrics:
    """What the cluster knows of a deployment."""
    status = apps.read_namespaced_deployment(name, namespace).status
    return ResourceMetrics(
        cpu_usage=cpu, instances=status.replicas or 0, ready_instances=status.ready_replicas or 0
    )


def main() -> None:
    namespace, name, cpu = sys.argv[1:]
    config.load_config()
    apps = client.AppsV1Api()
    engine = AutoScalingEngine(executor=executor(apps, namespace, name))
    # A service does this every evaluation period.
    decision = engine.evaluate(measured(apps, namespace, name, float(cpu)))
    print(decision.sentence)
    print("done" if engine.execute(decision) else f"failed: {engine.actions[-1].error}")


if __name__ == "__main__":
    main()
