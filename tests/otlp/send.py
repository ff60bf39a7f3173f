"""Sends the same calls of models to a receiver: by OpenTelemetry's exporter, or as its messages in protobuf or JSON.

`send.py URL exporter|protobuf|json` prints what the receiver answered, as JSON.

`send.py URL logs` makes calls of models with OpenTelemetry's SDK, each in a span, an event, or both, and exports them with its own exporters.
`send.py URL metrics TEMPORALITY` counts calls with its histograms and exports them several times, with a restart in between.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
import urllib.request
from base64 import b64decode

from google.protobuf.json_format import MessageToDict, Parse
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags, set_span_in_context

HOUR = 1_759_996_800_000_000_000
RESOURCE = Resource({"service.name": "claims-triage", "farthing.unit": "claims"})


def context(number: int) -> SpanContext:
    return SpanContext(number // 10 + 1, number + 1, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def span(number: int) -> ReadableSpan:
    """A hundred spans: nine calls of a model and the agent around them in each trace."""
    begin = HOUR + number * 97_000_000_000
    agent = number % 10 == 0
    attributes = {
        "gen_ai.operation.name": "invoke_agent" if agent else "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": ["gpt-4o", "llama-3.1-8b"][number % 2],
        "gen_ai.usage.input_tokens": 1000 + number,
        "gen_ai.usage.output_tokens": number * 3,
        "gen_ai.usage.cache_read.input_tokens": number,
        "gen_ai.response.time_to_first_chunk": 0.125 * (number % 4),
        "gen_ai.response.finish_reasons": ["stop"],
        "enduser.id": f"u{number % 3}",
    }
    return ReadableSpan(
        name="call", context=context(number), parent=None if agent else context(number - number % 10), resource=RESOURCE,
        attributes=attributes, kind=SpanKind.INTERNAL if agent else SpanKind.CLIENT,
        status=Status(StatusCode.ERROR if number % 7 == 0 else StatusCode.UNSET),
        start_time=begin, end_time=begin + 1_500_000_000 + number,
    )


def hexadecimal(message: dict) -> dict:
    """Protobuf's JSON writes bytes in base 64; OTLP's JSON has ids in hexadecimal, and numbers for enumerations."""
    for resource in message["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for one in scope["spans"]:
                for key in {"traceId", "spanId", "parentSpanId"} & one.keys():
                    one[key] = b64decode(one[key]).hex()
    return message


def logs(url: str) -> None:
    """Of six calls two are told by a span alone, two by a span and an event, two by an event alone; one event is of a message only."""
    tracers = TracerProvider(resource=RESOURCE)
    tracers.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
    loggers = LoggerProvider(resource=RESOURCE)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(f"{url}/v1/logs")))
    tracer, logger = tracers.get_tracer("test"), loggers.get_logger("test")
    for number in range(6):
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 1000 + number,
            "gen_ai.usage.output_tokens": 10 * number,
        }
        context = None
        if number < 4:
            span = tracer.start_span("chat gpt-4o", kind=SpanKind.CLIENT, attributes=attributes)
            context = set_span_in_context(span)
        if number >= 2:
            message = {"gen_ai.system": "openai"}
            logger.emit(LogRecord(event_name="gen_ai.user.message", attributes=message, body={"content": "?"}, context=context))
            name = "gen_ai.client.inference.operation.details"
            logger.emit(LogRecord(event_name=name, attributes=attributes, timestamp=time.time_ns(), context=context))
        if number < 4:
            span.end()
    tracers.shutdown()
    loggers.shutdown()


def metrics(url: str, temporality: str) -> None:
    """Two runs of a program that exports after each of three calls, each time twice, and when it ends."""
    kind = AggregationTemporality[temporality]
    for run in range(2):
        exporter = OTLPMetricExporter(f"{url}/v1/metrics", preferred_temporality={Histogram: kind, Counter: kind})
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
        provider = MeterProvider([reader], resource=RESOURCE)
        meter = provider.get_meter("test")
        tokens = meter.create_histogram("gen_ai.client.token.usage", unit="{token}")
        duration = meter.create_histogram("gen_ai.client.operation.duration", unit="s")
        meter.create_counter("calls").add(1)
        for number in range(3):
            of = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
            tokens.record(100 + number + run, {**of, "gen_ai.token.type": "input"})
            tokens.record(10, {**of, "gen_ai.token.type": "output"})
            duration.record(0.25, {**of, "error.type": "timeout"} if number == 2 else of)
            provider.force_flush()
            provider.force_flush()
        provider.shutdown()


def main() -> None:
    url, how = sys.argv[1], sys.argv[2]
    if how == "logs":
        return logs(url)
    if how == "metrics":
        return metrics(url, sys.argv[3])
    spans = [span(number) for number in range(100)]
    if how == "exporter":
        exporters = [OTLPSpanExporter(f"{url}/v1/traces", compression=kind) for kind in (Compression.NoCompression, Compression.Gzip)]
        # The same spans twice: once plain, once packed.
        print(json.dumps({"results": [exporter.export(spans).name for exporter in exporters]}))
        return
    message = encode_spans(spans)
    nobody = message.resource_spans[0].scope_spans[0].spans.add()
    nobody.CopyFrom(message.resource_spans[0].scope_spans[0].spans[1])
    nobody.ClearField("span_id")
    if how == "json":
        text = json.dumps(hexadecimal(MessageToDict(message, use_integers_for_enums=True)))
        body, kind = text.encode(), "application/json"
    else:
        body, kind = message.SerializeToString(), "application/x-protobuf"
    headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/traces", gzip.compress(body), headers)) as answer:
        assert answer.headers["Content-Type"] == kind, answer.headers
        text = answer.read()
    parsed = ExportTraceServiceResponse.FromString(text) if how == "protobuf" else Parse(text, ExportTraceServiceResponse())
    print(json.dumps({"rejected": parsed.partial_success.rejected_spans, "message": parsed.partial_success.error_message}))


if __name__ == "__main__":
    main()
