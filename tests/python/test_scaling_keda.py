"""KEDA's external scaler, asked by a client that knows its messages from elsewhere."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from opusclip.performance import AutoScalingEngine, ResourceMetrics, ScalingConfig, ScalingStrategy
from opusclip.performance.keda import keda_handler

pb = pytest.importorskip("google.protobuf.descriptor_pb2", reason="needs the extra `test`")

TYPES = {"string": 9, "bool": 8, "int64": 3, "double": 1, "message": 11}
#: Fields of KEDA's messages, in the order of their numbers.
MESSAGES = {
    "ScaledObjectRef": [("name", "string"), ("namespace", "string")],
    "IsActiveResponse": [("result", "bool")],
    "MetricSpec": [("metricName", "string"), ("targetSize", "int64"), ("targetSizeFloat", "double")],
    "GetMetricSpecResponse": [("metricSpecs", "repeated MetricSpec")],
    "GetMetricsRequest": [("scaledObjectRef", "MetricRef"), ("metricName", "string")],
    "MetricValue": [("metricName", "string"), ("metricValue", "int64"), ("metricValueFloat", "double")],
    "GetMetricsResponse": [("metricValues", "repeated MetricValue")],
}


def classes() -> dict[str, Any]:
    from google.protobuf import descriptor_pool, message_factory

    file = pb.FileDescriptorProto(name="keda.proto", package="externalscaler", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields, 1):
            one = message.field.add(name=field, number=number, label=3 if kind.startswith("repeated ") else 1)
            kind = kind.removeprefix("repeated ").replace("MetricRef", "ScaledObjectRef")
            one.type = TYPES.get(kind, TYPES["message"])
            if kind not in TYPES:
                one.type_name = f".externalscaler.{kind}"
    known = descriptor_pool.DescriptorPool()
    known.Add(file)
    found = {name: known.FindMessageTypeByName(f"externalscaler.{name}") for name in MESSAGES}
    return {name: message_factory.GetMessageClass(descriptor) for name, descriptor in found.items()}


KEDA = classes()


class Client:
    def __init__(self, target: str) -> None:
        self.channel = grpc.insecure_channel(target)

    def once(self, method: str, answer: str, request: Any) -> Any:
        path = f"/externalscaler.ExternalScaler/{method}"
        call = self.channel.unary_unary(path, type(request).SerializeToString, KEDA[answer].FromString)
        return call(request, timeout=30)

    def stream(self, method: str, answer: str, request: Any) -> Any:
        path = f"/externalscaler.ExternalScaler/{method}"
        return self.channel.unary_stream(path, type(request).SerializeToString, KEDA[answer].FromString)(request)


@pytest.fixture
def engine() -> AutoScalingEngine:
    return AutoScalingEngine(
        ScalingConfig(
            strategy=ScalingStrategy.REQUEST,
            min_instances=0,
            target_request_rate=10,
            cooldown_period=0,
            scale_down={"stabilization_window": 0},
            scale_to_zero={"idle_period": 0},
        )
    )


@pytest.fixture
def client(engine: AutoScalingEngine) -> Iterator[Client]:
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((keda_handler(engine, interval=0.05),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = Client(f"127.0.0.1:{port}")
    yield client
    client.channel.close()
    server.stop(0).wait()


def test_keda_is_told_the_count(engine: AutoScalingEngine, client: Client) -> None:
    engine.evaluate(ResourceMetrics(request_rate=58, instances=4))
    ref = KEDA["ScaledObjectRef"](name="render", namespace="media")
    assert client.once("IsActive", "IsActiveResponse", ref).result is True
    (spec,) = client.once("GetMetricSpec", "GetMetricSpecResponse", ref).metricSpecs
    assert (spec.targetSize, spec.targetSizeFloat) == (1, 1.0)
    request = KEDA["GetMetricsRequest"](scaledObjectRef=ref, metricName=spec.metricName)
    (value,) = client.once("GetMetrics", "GetMetricsResponse", request).metricValues
    # 58 requests a second, 10 for each.
    assert (value.metricName, value.metricValue, value.metricValueFloat) == (spec.metricName, 6, 6.0)


def test_a_stream_tells_at_once_and_when_it_changes(engine: AutoScalingEngine, client: Client) -> None:
    engine.evaluate(ResourceMetrics(request_rate=58, instances=1))
    ref = KEDA["ScaledObjectRef"](name="render")
    stream = client.stream("StreamIsActive", "IsActiveResponse", ref)
    told: list[bool] = []
    listening = threading.Thread(target=lambda: told.extend(next(stream).result for _ in range(3)), daemon=True)
    listening.start()
    for count, rate in ((1, 0), (2, 58)):
        until = time.monotonic() + 30
        while len(told) < count and time.monotonic() < until:
            time.sleep(0.01)
        engine.evaluate(ResourceMetrics(request_rate=rate, instances=1 if count == 1 else 0))
    listening.join(30)
    stream.cancel()
    assert told == [True, False, True]
    specs = client.stream("StreamMetricSpec", "GetMetricSpecResponse", ref)
    assert next(specs).metricSpecs[0].targetSize == 1
    specs.cancel()


def test_without_a_count_nothing_is_told(client: Client) -> None:
    ref = KEDA["ScaledObjectRef"](name="render")
    with pytest.raises(grpc.RpcError) as caught:
        client.once("IsActive", "IsActiveResponse", ref)
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "nothing has been decided yet" in error.details()
    with pytest.raises(grpc.RpcError):
        next(client.stream("StreamIsActive", "IsActiveResponse", ref))
