"""Serves one workload with FastAPI and uvicorn until SIGTERM."""

import importlib

import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.requests import ClientDisconnect

from refusal import Refusal

# How long requests in flight may take to finish after SIGTERM.
DRAIN_S = 3


async def ok() -> PlainTextResponse:
    return PlainTextResponse("ok\n")


def refuse(_request, refusal):
    headers = {"Connection": "close"} if refusal.closes else None
    return PlainTextResponse(f"{refusal}\n", refusal.status, headers)


def ignore(_request, _disconnect):
    """Without a handler, a client that goes away in the middle would leave a traceback in the log."""
    return PlainTextResponse("", 400)


def application(workload):
    app = FastAPI(
        # The description of the API would take time at the start, and paths that belong to the workload.
        openapi_url=None,
        # By default made of a route's first method, and these routes have none: every method is theirs.
        generate_unique_id_function=lambda route: route.name,
        exception_handlers={Refusal: refuse, ClientDisconnect: ignore},
    )
    for path in ("/_/health", "/_/ready"):
        app.add_api_route(path, ok, methods=[])
    app.add_api_route("/{path:path}", workload.answer, methods=[])
    return app


def serve(listener, name):
    app = application(importlib.import_module(f"workload.{name}"))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        # Its warnings are a line for each client that does not speak HTTP.
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    uvicorn.Server(config).run(sockets=[listener])
