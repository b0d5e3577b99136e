"""Listens first and loads the workload that WORKLOAD names afterwards, while requests wait in the listener's queue."""

import os
import signal
import socket
import sys

DEFAULT_PORT = 8080
WORKLOADS = ("hello", "json")


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("0.0.0.0", int(os.environ.get("PORT") or DEFAULT_PORT)))
    listener.listen(1024)
    return listener


def chosen_workload():
    name = os.environ.get("WORKLOAD")
    if name not in WORKLOADS:
        sys.exit(f"WORKLOAD is {name!r}; it has to be one of {', '.join(WORKLOADS)}")
    return name


def main():
    name = chosen_workload()
    listener = listen()
    # Before uvicorn takes the signal over there is nothing to finish. When it has finished it sends itself the signal
    # again, and would end as killed by it: with this handler it ends with 0.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))

    from serving import serve

    serve(listener, name)


if __name__ == "__main__":
    main()
