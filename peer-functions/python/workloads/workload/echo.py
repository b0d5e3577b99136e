"""The workload `echo`: the body as it came. waitress hands over a request only when all of it is there."""

from exchange import Answer

BODY_LIMIT = None
PIECE = 64 * 1024


def answer(request):
    pieces = iter(lambda: request.body.read(PIECE), b"")
    return Answer(request.content_type or "application/octet-stream", pieces, request.size)
