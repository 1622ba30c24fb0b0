"""OpenTelemetry: spans with ids, names and figures; no statement, no address and no message of an error."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, LiteralString
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursecove.kit import log
from coursecove.kit.db import Claims, Database, DatabaseConfig, ReadDb, ServiceDb, UserDb
from coursecove.kit.db.clients import OPEN, R
from coursecove.kit.durable import Functions, Run
from coursecove.kit.durable.functions import AnyFunction
from coursecove.kit.durable.observing import Handler, observed
from coursecove.kit.durable.runs import Memo, StepInterrupted
from coursecove.kit.ids import NIL, new_id
from coursecove.kit.web.requests_log import known_method, route_template

PATIENCE_MS: Final = 3000


class Traced:
    """A provider of its own: nothing global is set, and no other library is made to speak."""

    def __init__(self, endpoint: str, *, part: str) -> None:
        resource = Resource.create(
            {"service.name": f"coursecove-{part}", "service.instance.id": str(new_id())}
        )
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=PATIENCE_MS / 1000)
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("coursecove")

    def requests(self, app: ASGIApp) -> ASGIApp:
        return TracedRequests(app, self._tracer)

    def functions(self, functions: Functions) -> Functions:
        return observed(functions, lambda function: _traced_run(self._tracer, function))

    async def open_database(self, config: DatabaseConfig) -> Database:
        database = await TracedDatabase.open(config)
        database.tracer = self._tracer
        return database

    def close(self) -> None:
        self._provider.force_flush(PATIENCE_MS)
        self._provider.shutdown()


class TracedRequests:
    """A span for each request, continuing the caller's trace where it names one."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app, self._tracer = app, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, state = known_method(scope), scope.setdefault("state", {})
        caller = TraceContextTextMapPropagator().extract(_traceparent(scope))
        with _span(self._tracer, method, {}, context=caller, kind=SpanKind.SERVER) as span:
            log.bind(trace_id=f"{span.get_span_context().trace_id:032x}")

            async def send_with_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self.app(scope, receive, send_with_status)
            finally:
                route = route_template(scope)
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.request.method": method, "http.route": route})
                for name in ("request_id", "school"):
                    found = getattr(state.get(name), "id", state.get(name))
                    if found is not None:
                        span.set_attribute(f"coursecove.{name}", str(found))


class TracedDatabase(Database):
    """A span for each transaction, from asking for the connection to the commit."""

    def __init__(self, config: DatabaseConfig) -> None:
        super().__init__(config)
        self.tracer: Tracer = NoOpTracer()

    @asynccontextmanager
    async def read(self, claims: Claims, opening: LiteralString = OPEN) -> AsyncIterator[ReadDb]:
        with _transaction(self.tracer, "read"):
            async with super().read(claims, opening) as db:
                yield db

    @asynccontextmanager
    async def write(self, claims: Claims, opening: LiteralString = OPEN) -> AsyncIterator[UserDb]:
        with _transaction(self.tracer, "write"):
            async with super().write(claims, opening) as db:
                yield db

    async def fetch_once(self, row: type[R], sql: LiteralString, claims: Claims, *args: object) -> R:
        with _transaction(self.tracer, "call"):
            return await super().fetch_once(row, sql, claims, *args)

    @asynccontextmanager
    async def service(self, organization_id: UUID | None = None) -> AsyncIterator[ServiceDb]:
        with _transaction(self.tracer, "service_write"):
            async with super().service(organization_id) as db:
                yield db

    @asynccontextmanager
    async def service_read(self) -> AsyncIterator[ReadDb]:
        with _transaction(self.tracer, "service_read"):
            async with super().service_read() as db:
                yield db


class TracedMemo:
    """A span for each step that is really done; one that is remembered costs nothing and shows nothing."""

    def __init__(self, memo: Memo, tracer: Tracer) -> None:
        self._memo, self._tracer = memo, tracer

    async def committed(self, step: str, work: Callable[[ServiceDb], Awaitable[bytes]]) -> bytes:
        async def watched(db: ServiceDb) -> bytes:
            with _span(self._tracer, f"step {step}", {"coursecove.step": step}):
                return await work(db)

        return await self._memo.committed(step, watched)

    async def called(self, step: str, work: Callable[[], Awaitable[bytes]]) -> bytes:
        async def watched() -> bytes:
            attributes = {"coursecove.step": step}
            with _span(self._tracer, f"call {step}", attributes, kind=SpanKind.CLIENT):
                return await work()

        return await self._memo.called(step, watched)


def _traced_run(tracer: Tracer, function: AnyFunction) -> Handler:
    async def handler(run: Run[Any]) -> None:
        attributes: dict[str, AttributeValue] = {
            "coursecove.function": function.name,
            "coursecove.event": run.event.name,
            "coursecove.run": str(run.id),
            "coursecove.attempt": run.attempt,
        }
        if run.organization_id != NIL:
            attributes["coursecove.school"] = str(run.organization_id)
        run.memo = TracedMemo(run.memo, tracer)
        with (
            _span(tracer, f"run {function.name}", attributes, kind=SpanKind.CONSUMER) as span,
            log.bound(trace_id=f"{span.get_span_context().trace_id:032x}"),
        ):
            await function.handler(run)

    return handler


def _transaction(tracer: Tracer, kind: str) -> AbstractContextManager[Span]:
    attributes = {"db.system.name": "postgresql", "db.operation.name": kind}
    return _span(tracer, f"transaction {kind}", attributes, kind=SpanKind.CLIENT)


@contextmanager
def _span(
    tracer: Tracer,
    name: str,
    attributes: Mapping[str, AttributeValue],
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    context: Context | None = None,
) -> Iterator[Span]:
    """A current span; an error leaves its type on it, never its message."""
    with tracer.start_as_current_span(
        name,
        context,
        kind,
        dict(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as error:
            cause = error.cause if isinstance(error, StepInterrupted) else error
            span.set_status(Status(StatusCode.ERROR, type(cause).__name__))
            span.set_attribute("error.type", type(cause).__name__)
            raise


def _traceparent(scope: Scope) -> dict[str, str]:
    """Where exactly one is given; baggage and vendors' state stay outside."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
    return {"traceparent": values[0]} if len(values) == 1 else {}
