"""The workload `compress`: the body in gzip's or Zstandard's format, at its usual level."""

import zlib

import zstandard
from exchange import Answer, Refusal

BODY_LIMIT = 16 * 1024 * 1024
GZIP_LEVEL = 6
ZSTD_LEVEL = 3
# zlib's way to ask for a gzip header around the largest window.
GZIP_WINDOW_BITS = 31


def answer(request):
    name = request.text("format", "gzip")
    if name == "gzip":
        return Answer("application/gzip", zlib.compress(request.body.read(), GZIP_LEVEL, GZIP_WINDOW_BITS))
    if name == "zstd":
        # A compressor may not be shared between threads.
        compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
        return Answer("application/zstd", compressor.compress(request.body.read()))
    raise Refusal(400, "The parameter format has to be gzip or zstd.")
