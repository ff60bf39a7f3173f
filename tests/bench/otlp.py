"""Measures how many spans the OTLP receiver takes a second, beside a collector of others that runs here.

`make bench-otlp` prepares what this needs and runs it. Requests are made before anything is timed: protobuf, as OpenTelemetry's own
exporter sends it, 512 spans each by default, every span a call of a model with 16 attributes and ids of its own.

- equality: all requests are sent, the program is told to stop, and its usage by hour, model and caller must be what was sent, to the
  last token. Only then is time taken.
- spans a second: from the first request to the last acknowledgement, over a few connections that are kept. An acknowledged span is on
  the disk (fsync); rotel, the peer, acknowledges what it holds in memory and throws it away (its exporter `blackhole`).
- processor seconds are those of the receiving process alone; the sender has the machine's cores to share with it.
- publishing: what the same spans take until they are usage that can be asked for.
- back-pressure: many senders at once against a bound of one MiB on requests that are worked on. Refusals must be 429 with Retry-After,
  the memory stays bounded, and what was acknowledged in the end is all there, once.

Published, for comparison: the OpenTelemetry Collector 0.1.3 sustained about 24,000 spans a second on two processors
(open-telemetry/opentelemetry-collector, docs/performance.md, format OpenTelemetry, without tail-based sampling). No newer figures of
spans a second are published there; its load tests state processor use at fixed rates.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

HOUR = 1_759_996_800
MODELS = ["gpt-4o-2024-08-06", "gpt-4o-mini", "claude-sonnet-4", "llama-3.1-8b"]
PUBLISHED = 24_000


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def make(requests: int, spans: int) -> tuple[list[bytes], dict]:
    """Bodies, and the usage that they are."""
    bodies, expected = [], collections.defaultdict(lambda: [0, 0, 0, 0])
    for number in range(requests):
        message = ExportTraceServiceRequest()
        group = message.resource_spans.add()
        for key, value in {"service.name": "claims-triage", "farthing.unit": "claims", "service.version": "1.4.2"}.items():
            group.resource.attributes.add(key=key).value.string_value = value
        scope = group.scope_spans.add()
        scope.scope.name = "opentelemetry.instrumentation.openai_v2"
        for place in range(spans):
            at = number * spans + place
            model, user, second = MODELS[at % 4], f"user-{at % 50}", at % 7_200
            tokens = (800 + at % 977, at % 513, at % 301)
            span = scope.spans.add(
                trace_id=(at // 8 + 1).to_bytes(16, "big"), span_id=(at + 1).to_bytes(8, "big"), name=f"chat {model}", kind=3,
                start_time_unix_nano=(HOUR + second) * 10**9 + at % 10**6, end_time_unix_nano=(HOUR + second + 2) * 10**9,
            )
            texts = {
                "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": model,
                "gen_ai.response.model": model, "gen_ai.response.id": f"chatcmpl-{at:020d}", "user.id": user,
                "server.address": "api.openai.com", "gen_ai.output.type": "text", "gen_ai.conversation.id": f"conversation-{at // 8}",
            }
            numbers = {
                "gen_ai.usage.input_tokens": tokens[0], "gen_ai.usage.cache_read.input_tokens": tokens[1],
                "gen_ai.usage.output_tokens": tokens[2], "server.port": 443, "gen_ai.request.max_tokens": 1024,
                "gen_ai.request.seed": at % 10,
            }
            for key, value in texts.items():
                span.attributes.add(key=key).value.string_value = value
            for key, value in numbers.items():
                span.attributes.add(key=key).value.int_value = value
            span.attributes.add(key="gen_ai.request.temperature").value.double_value = 0.2
            sums = expected[(HOUR + second - second % 3600, model, user)]
            for index, count in enumerate((1, *tokens)):
                sums[index] += count
        bodies.append(message.SerializeToString())
    return bodies, dict(expected)


@dataclass
class Sent:
    """How requests were answered."""

    seconds: float = 0.0
    statuses: collections.Counter = field(default_factory=collections.Counter)
    without_retry_after: int = 0


def send(port: int, bodies: list[bytes], connections: int) -> Sent:
    """Sends every body until it is acknowledged, over so many connections at a time."""
    sent, left, lock = Sent(), collections.deque(bodies), threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while True:
            with lock:
                if not left:
                    return
                body = left.popleft()
            while True:
                try:
                    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
                    answer = connection.getresponse()
                    answer.read()
                except (ConnectionError, http.client.HTTPException):
                    # Who refuses a request before its body is read may end the connection.
                    connection.close()
                    continue
                with lock:
                    sent.statuses[answer.status] += 1
                    sent.without_retry_after += answer.status in (429, 503) and answer.headers["Retry-After"] is None
                if answer.status == 200:
                    break
                # A sender of the kind that must be kept off: it comes again at once, and not when it was told to.

    threads = [threading.Thread(target=work) for _ in range(connections)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.seconds = time.perf_counter() - start
    return sent


class Process:
    """A receiving process."""

    def __init__(self, command: list[str], environment: dict | None = None, port: int | None = None) -> None:
        self.child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if port is None else subprocess.DEVNULL, text=True,
            env={**os.environ, **(environment or {})},
        )
        if port is None:
            line = next(line for line in self.child.stderr if "http://" in line)
            port = int(re.search(r"http://127\.0\.0\.1:(\d+)", line).group(1))
            threading.Thread(target=lambda: collections.deque(self.child.stderr, 0), daemon=True).start()
        self.port = port
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self.child.poll() is not None:
                raise SystemExit(f"bench: {command[0]} ended")

    def peak_mebibytes(self) -> float:
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> float:
        """Tells it to stop; the seconds until it has."""
        start = time.perf_counter()
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()
        return time.perf_counter() - start


def farthing(program: Path, home: Path, **settings: object) -> Process:
    settings = {"otlp_late_days": 3650, "otlp_publish_seconds": 3600, **settings}
    environment = {f"FARTHING_{name.upper()}": str(value) for name, value in settings.items()}
    return Process([str(program), "--home", str(home), "serve", "--no-jobs", "--listen", "127.0.0.1:0"], environment)


def usage(program: Path, home: Path) -> dict:
    query = (
        "SELECT Hour, Model, Principal, SUM(Requests) AS r, SUM(InputTokens) AS i, SUM(CachedInputTokens) AS c, "
        "SUM(OutputTokens) AS o FROM usage GROUP BY Hour, Model, Principal"
    )
    run = subprocess.run([str(program), "--home", str(home), "--format", "json", "sql", query], stdout=subprocess.PIPE, check=True)
    hour = lambda text: int(time.mktime(time.strptime(text[:19] + " UTC", "%Y-%m-%dT%H:%M:%S %Z")) - time.timezone)  # noqa: E731
    counts = lambda row: [int(row[name]) for name in "rico"]  # noqa: E731
    return {(hour(row["Hour"]), row["Model"], row["Principal"]): counts(row) for row in json.loads(run.stdout)}


def same(found: dict, expected: dict, when: str) -> None:
    if found != expected:
        missing = {key: (expected.get(key), found.get(key)) for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)}
        raise SystemExit(f"bench: {when}: the usage is not what was sent, in {len(missing)} groups: {dict(list(missing.items())[:3])}")


def measure_farthing(program: Path, work: Path, bodies: list[bytes], spans: int, connections: int) -> dict:
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    process = farthing(program, home)
    idle, before = process.peak_mebibytes(), process.processor_seconds()
    sent = send(process.port, bodies, connections)
    processor, peak = process.processor_seconds() - before, process.peak_mebibytes()
    publishing = process.stop()
    return {
        "spans_per_second": round(spans / sent.seconds), "spans_per_processor_second": round(spans / processor),
        "peak_mebibytes": round(peak), "idle_mebibytes": round(idle), "publishing_seconds": round(publishing, 2),
    }


def measure_peer(agent: str, bodies: list[bytes], spans: int, connections: int) -> dict:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        grpc = free.getsockname()[1]
    options = ["--exporter", "blackhole", "--otlp-http-endpoint", f"127.0.0.1:{port}", "--otlp-grpc-endpoint", f"127.0.0.1:{grpc}"]
    process = Process([agent, "start", *options], port=port)
    before = process.processor_seconds()
    sent = send(process.port, bodies, connections)
    processor, peak = process.processor_seconds() - before, process.peak_mebibytes()
    process.stop()
    return {
        "spans_per_second": round(spans / sent.seconds), "spans_per_processor_second": round(spans / processor),
        "peak_mebibytes": round(peak),
    }


def measure_pressure(program: Path, work: Path, bodies: list[bytes], expected: dict) -> dict:
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    process = farthing(program, home, otlp_queue_mib=1, otlp_body_mib=1)
    sent = send(process.port, bodies, 32)
    peak = process.peak_mebibytes()
    process.stop()
    same(usage(program, home), expected, "after back-pressure")
    if sent.without_retry_after or sent.statuses[429] == 0 or set(sent.statuses) - {200, 429}:
        raise SystemExit(f"bench: back-pressure: {dict(sent.statuses)}, {sent.without_retry_after} without Retry-After")
    return {"acknowledged": sent.statuses[200], "refused_429": sent.statuses[429], "peak_mebibytes": round(peak)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--requests", type=int, default=800)
    parser.add_argument("--spans", type=int, default=512, help="spans of a request")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", default=str(Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages/rotel/rotel-agent"))
    parser.add_argument("--work", type=Path, default=Path("target/bench/otlp"))
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)

    spans = arguments.requests * arguments.spans
    say(f"{arguments.requests} requests of {arguments.spans} spans are made")
    bodies, expected = make(arguments.requests, arguments.spans)
    size = sum(map(len, bodies))
    say(f"{spans} spans, {size / spans:.0f} bytes each")

    home = arguments.work / "home"
    shutil.rmtree(home, ignore_errors=True)
    process = farthing(arguments.program, home)
    send(process.port, bodies, arguments.connections)
    process.stop()
    same(usage(arguments.program, home), expected, "before any time is taken")
    say(f"equal: {len(expected)} groups of hour, model and caller")

    best = lambda measure: max((measure() for _ in range(arguments.runs)), key=lambda one: one["spans_per_second"])  # noqa: E731
    results = {
        "spans": spans, "bytes_per_span": round(size / spans), "cores": os.cpu_count(),
        "farthing": best(lambda: measure_farthing(arguments.program, arguments.work, bodies, spans, arguments.connections)),
        "back_pressure": measure_pressure(arguments.program, arguments.work, bodies, expected),
        "opentelemetry_collector_published_spans_per_second": PUBLISHED,
    }
    if Path(arguments.peer).exists():
        results["rotel"] = best(lambda: measure_peer(arguments.peer, bodies, spans, arguments.connections))
    else:
        say(f"no peer: {arguments.peer} is not there")
    shutil.rmtree(home, ignore_errors=True)
    (arguments.work / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
