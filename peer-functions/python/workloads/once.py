"""A workload behind the classic watchdog: a process a request. What is no success is a line of log and an exit code."""

import importlib
import io
import os
import sys

from exchange import Refusal, Request


def main():
    workload = importlib.import_module(f"workload.{os.environ['WORKLOAD']}")
    body = sys.stdin.buffer.read()
    try:
        if workload.BODY_LIMIT is not None and len(body) > workload.BODY_LIMIT:
            raise Refusal(413, f"The body has {len(body)} bytes, and {workload.BODY_LIMIT} is the limit.")
        answer = workload.answer(Request("POST", "", None, io.BytesIO(body), len(body)))
    except Refusal as refusal:
        sys.exit(str(refusal))
    sys.stdout.buffer.writelines([answer.body] if isinstance(answer.body, bytes) else answer.body)


main()
