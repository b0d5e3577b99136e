"""The workload `hello`: the same short answer to every request, after reading all of it."""

from fastapi import Request
from fastapi.responses import PlainTextResponse


async def answer(request: Request) -> PlainTextResponse:
    async for _ in request.stream():
        pass
    return PlainTextResponse("Hello from givre\n")
