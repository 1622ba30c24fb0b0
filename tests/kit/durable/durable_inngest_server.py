"""Plays the Inngest server over its real protocol: takes events, calls functions, feeds steps back.

It keeps the promises that the real one was seen to keep (retry-after, no-retry, on_failure without retries,
a retry budget for each step, concurrency keys) and none that our own rows must keep: it never removes doubles.
"""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

EVENT_KEY = "test-event-key"
SIGNING_KEY = "signkey-test-" + "ab" * 16
PUBLIC = "http://coursecove.test/api/inngest"


def signature(body: bytes, *, at: int | None = None, key: str = SIGNING_KEY) -> str:
    moment = int(time.time()) if at is None else at
    secret = re.sub(r"^signkey-\w+-", "", key)
    digest = hmac.new(secret.encode(), body + str(moment).encode(), hashlib.sha256)
    return f"t={moment}&s={digest.hexdigest()}"


class InngestServer:
    """One app's worth of Inngest, in this process."""

    def __init__(self) -> None:
        self.received: list[list[dict[str, Any]]] = []
        self.refuse_events = False
        self.asked_waits: list[float] = []
        self.functions: list[dict[str, Any]] = []
        self.client: httpx.AsyncClient | None = None
        self.url = ""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._runs: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        routes = [Route("/e/{key}", self._events, methods=["POST"])]
        config = uvicorn.Config(
            Starlette(routes=routes), port=0, log_config=None, access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        if self.client:
            await self.client.aclose()
        self._server.should_exit = True
        await self._serving

    async def connect(self, app: Any) -> None:
        """Learn the app's functions the way a signed in-band sync does."""
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://coursecove.test")
        answer = await self.call("PUT", {"url": PUBLIC}, {"x-inngest-sync-kind": "in_band"})
        assert answer.status_code == 200, answer.text
        self.functions = answer.json()["functions"]

    async def call(
        self, method: str, body: object, headers: dict[str, str] | None = None, **params: str
    ) -> httpx.Response:
        assert self.client
        content = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
        signed = {"x-inngest-signature": signature(content), "x-inngest-server-kind": "cloud"}
        return await self.client.request(
            method, "/api/inngest", content=content, headers=signed | (headers or {}), params=params
        )

    def idle(self) -> bool:
        return not self._runs

    def fire(self, event: dict[str, Any]) -> None:
        """Start every function that this event triggers."""
        for function in self.functions:
            for trigger in function["triggers"]:
                if trigger.get("event") == event["name"] and self._matches(trigger, event):
                    self._start(function, event)

    def tick(self, function_name: str, at: datetime) -> None:
        function = next(each for each in self.functions if each["id"].endswith(function_name))
        event = {"name": "inngest/scheduled.timer", "data": {"fireAt": at.isoformat()}, "ts": 0}
        self._start(function, event)

    async def _events(self, request: Request) -> JSONResponse:
        if request.path_params["key"] != EVENT_KEY:
            return JSONResponse({"error": "Event key not found"}, 401)
        if self.refuse_events:
            return JSONResponse({"error": "not now"}, 500)
        events = await request.json()
        self.received.append(events)
        for event in events:
            self.fire(event)
        return JSONResponse({"ids": [event["id"] for event in events], "status": 200})

    def _matches(self, trigger: dict[str, Any], event: dict[str, Any]) -> bool:
        wanted = re.fullmatch(r"event\.data\.(\w+) == '(.*)'", trigger.get("expression") or "")
        return wanted is None or event["data"].get(wanted[1]) == wanted[2]

    def _start(self, function: dict[str, Any], event: dict[str, Any]) -> None:
        run = asyncio.create_task(self._run(function, event))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    async def _run(self, function: dict[str, Any], event: dict[str, Any]) -> None:
        keys = [each["key"] for each in function.get("concurrency") or []]
        fields = event["data"].get("fields", {})
        named = [fields[re.search(r"fields\.(\w+)\)", key)[1]] for key in keys]  # type: ignore[index]
        lock = self._locks[f"{function['id']}:{named}"] if named else asyncio.Lock()
        async with lock:
            error = await self._attempts(function, event, run_id := uuid4().hex)
        if error is not None:
            await self._give_up(function, event, run_id, error)

    async def _attempts(
        self, function: dict[str, Any], event: dict[str, Any], run_id: str
    ) -> dict[str, Any] | None:
        attempts = function["steps"]["step"]["retries"]["attempts"] + 1
        steps: dict[str, Any] = {}
        attempt = 0
        while attempt < attempts:
            body = call_body(event, run_id, attempt, attempts, steps)
            answer = await self.call("POST", body, fnId=function["id"], stepId="step")
            if answer.status_code == 206:
                for op in answer.json():
                    assert op["op"] == "StepRun", op
                    steps[op["id"]] = {"data": op.get("data")}
                attempt = 0
                continue
            if answer.status_code == 200:
                return None
            if answer.headers.get("x-inngest-no-retry") == "true":
                return dict(answer.json())
            attempt += 1
            if attempt < attempts:
                wait = _seconds_until(answer.headers["retry-after"])
                self.asked_waits.append(wait)
                await asyncio.sleep(max(wait, 0))
        return dict(answer.json())

    async def _give_up(
        self, function: dict[str, Any], event: dict[str, Any], run_id: str, error: dict[str, Any]
    ) -> None:
        data = {"event": event, "run_id": run_id, "function_id": function["id"], "error": error}
        failed = {"name": "inngest/function.failed", "data": data, "id": uuid4().hex, "ts": 0}
        body = call_body(failed, uuid4().hex, 0, 1, {})
        await self.call("POST", body, fnId=f"{function['id']}-failure", stepId="step")


def call_body(
    event: dict[str, Any], run_id: str, attempt: int, attempts: int, steps: dict[str, Any]
) -> dict[str, Any]:
    return {
        "ctx": {
            "attempt": attempt,
            "max_attempts": attempts,
            "run_id": run_id,
            "stack": {"stack": list(steps)},
            "disable_immediate_execution": False,
        },
        "event": event,
        "events": [event],
        "steps": steps,
        "use_api": False,
    }


def _seconds_until(text: str) -> float:
    return (datetime.fromisoformat(text) - datetime.now(UTC)).total_seconds()
