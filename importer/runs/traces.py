"""OpenTelemetry traces of a run: a span for the run, each location and each call.

Only loaded where traces are asked for, which needs the extra `otel`. A call's span
begins when its permit is there, or is waited for, and ends with the answer. Invariant:
no span holds a token or a body, and no failure of the tracing ends a run.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import orjson
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import StatusCode

from importer import logs
from importer.client import Answer, Client
from importer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

    from importer.client import Exchange, Request
    from importer.models import Summary
    from importer.ratelimit import Permit

log: logs.Log = logs.get("run")

SERVICE = "highlevel-collection-importer"
_FAILED = 400


class Tracing:
    """The spans of one run."""

    def __init__(
        self, tracer: Tracer, run_id: str, owned: TracerProvider | None = None
    ) -> None:
        """Begin the run's span.

        Args:
            tracer: makes the spans.
            run_id: of the run.
            owned: the provider, where it shall be shut down with the run.
        """
        self._tracer = tracer
        self._owned = owned
        self._run = tracer.start_span("run", attributes={"importer.run_id": run_id})
        self._run_id = run_id
        self._locations: dict[str, Span] = {}
        self._last: dict[str, int] = {}

    def client(self) -> type[Client]:
        """Make a client whose every call is a span."""
        tracing = self

        class TracedClient(Client):
            async def send(
                self, request: Request, permit: Permit | None = None
            ) -> Exchange:
                span = tracing.call(request)
                try:
                    exchange = await super().send(request, permit)
                    _tell(span, exchange)
                    return exchange
                finally:
                    tracing.called(span, request.location_id)

        return TracedClient

    def call(self, request: Request) -> Span:
        """Begin the span of a call, below that of its location."""
        attributes = {
            "http.request.method": request.method,
            "url.path": request.path,
            "importer.run_id": self._run_id,
            "importer.location_id": request.location_id,
        }
        if slug := _slug(request.body):
            attributes["importer.slug"] = slug
        return self._tracer.start_span(
            f"{request.method} {request.path}",
            trace.set_span_in_context(self._location(request.location_id)),
            trace.SpanKind.CLIENT,
            attributes,
        )

    def called(self, span: Span, location_id: str) -> None:
        """End the span of a call."""
        self._last[location_id] = time.time_ns()
        span.end()

    def end(self, exit_code: int, summary: Summary | None) -> None:
        """End the run's span, and those of its locations with their last call."""
        for location, span in self._locations.items():
            for status, count in (
                summary.locations.get(location, {}) if summary else {}
            ).items():
                span.set_attribute(f"importer.rows.{status}", count)
            # with its last call, not with the run: the time after it is another
            # location's
            span.end(self._last.get(location))
        self._run.set_attribute("importer.exit_code", exit_code)
        for status, count in (summary.counts if summary else {}).items():
            self._run.set_attribute(f"importer.rows.{status}", count)
        self._run.end()
        if self._owned is not None:
            self._owned.shutdown()

    def _location(self, location_id: str) -> Span:
        span = self._locations.get(location_id)
        if span is None:
            span = self._locations[location_id] = self._tracer.start_span(
                "location",
                trace.set_span_in_context(self._run),
                attributes={
                    "importer.run_id": self._run_id,
                    "importer.location_id": location_id,
                },
            )
        return span


def begin(run_id: str) -> Tracing:
    """Begin tracing with the provider that the process has, or one of its own.

    The own one sends to where `OTEL_EXPORTER_OTLP_ENDPOINT` and its like say.
    """
    provider, owned = trace.get_tracer_provider(), None
    if not isinstance(provider, TracerProvider):
        provider = owned = _own_provider()
    return Tracing(provider.get_tracer("importer", __version__), run_id, owned)


def _own_provider() -> TracerProvider:
    ours: dict[str, Any] = {"service.name": SERVICE, "service.version": __version__}
    theirs = OTELResourceDetector().detect().attributes
    # ended by `Tracing.end`, which needs no handler at the exit
    provider = TracerProvider(
        resource=Resource.create({**ours, **theirs}), shutdown_on_exit=False
    )
    # it tells every attempt in vain; `_told` tells the first
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(_told(exporter)))
    return provider


def _told(exporter: SpanExporter) -> SpanExporter:
    """Return the exporter, which says once if the spans are not taken."""
    export = exporter.export
    parts: list[SpanExportResult] = []

    def telling(spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = export(spans)
        if result is not SpanExportResult.SUCCESS and not parts:
            parts.append(result)
            log.warning("traces.unsent", message="No collector takes the traces.")
        return result

    exporter.export = telling  # type: ignore[method-assign]
    return exporter


def _tell(span: Span, exchange: Exchange) -> None:
    """Tell what came back, in the words of OpenTelemetry."""
    if isinstance(exchange, Answer):
        span.set_attribute("http.response.status_code", exchange.status)
        if exchange.trace_id:
            span.set_attribute("importer.trace_id", exchange.trace_id)
        if exchange.status >= _FAILED:
            span.set_status(StatusCode.ERROR)
    else:
        span.set_attribute("error.type", exchange.reason)
        span.set_status(StatusCode.ERROR, exchange.reason)


def _slug(body: bytes | None) -> str:
    found = orjson.loads(body) if body else None
    return str(found.get("slug", "")) if isinstance(found, dict) else ""
