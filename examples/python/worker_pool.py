"""As many worker processes as there is work for: a pool that an engine scales, without any cluster.

    python worker_pool.py

Each worker is a small web server. Here minutes pass at once; a service leaves `now` out and sleeps in between.
"""

import sys
import urllib.request

from opusclip.performance import (
    AutoScalingEngine,
    ProcessPool,
    ResourceMetrics,
    ScalingConfig,
    ScalingStrategy,
)

WORKER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(("worker " + os.environ["OPUSCLIP_INSTANCE"]).encode())
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
#: Requests a second, minute by minute; a worker does 10.
DEMAND = [8, 24, 38, 36, 12, 12]


def main() -> None:
    config = ScalingConfig(
        strategy=ScalingStrategy.REQUEST,
        min_instances=1,
        max_instances=4,
        target_request_rate=10,
        cooldown_period=0,
        scale_down={"stabilization_window": 90},
    )
    with ProcessPool([sys.executable, "-c", WORKER], ready={"http": "/"}) as pool:
        pool.scale_to(config.min_instances)
        pool.wait()
        engine = AutoScalingEngine(config, executor=pool)
        for minute, rate in enumerate(DEMAND):
            now = 60.0 * minute
            there = pool.status()
            metrics = ResourceMetrics(
                request_rate=rate, instances=there.instances, ready_instances=there.ready_instances
            )
            decision = engine.evaluate(metrics, now=now)
            if engine.execute(decision, now=now):
                # Now and not with the next metrics: so the engine learns how long a start takes.
                engine.ready(pool.status().ready_instances, now=now + 1)
            print(decision.sentence)
        answers = []
        for worker in pool.status().processes:
            with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/", timeout=10) as answer:
                answers.append(answer.read().decode())
        print(", ".join(answers))
        actions = engine.get_scaling_status(now=60.0 * len(DEMAND)).actions
        print(f"{actions.succeeded} actions, {actions.failed} of them failed, {actions.reversals} turned back")


if __name__ == "__main__":
    main()
