"""The workload `kv` against a real server, and against one that does not answer."""

import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from function import Function, free_port

SERVER = shutil.which("valkey-server") or shutil.which("redis-server")


class Server:
    """A key-value server on a port of its own, which keeps nothing."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.folder = tempfile.TemporaryDirectory()
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder.name]
        self.process = subprocess.Popen([SERVER, *options], stdout=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None, "the server has ended"
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def function_at(port):
    return Function("workloads", "kv", KV_ADDRESS=f"127.0.0.1:{port}")


@unittest.skipIf(SERVER is None, "neither valkey-server nor redis-server is installed")
class WithAServer(unittest.TestCase):
    def test_sets_and_gets_a_value(self):
        value = bytes(range(256))
        with Server() as server, function_at(server.port) as function:
            self.assertEqual(function.ask("/?key=a").status, 404)
            self.assertEqual(function.ask("/?key=a", value), (200, "application/octet-stream", value))
            self.assertEqual(function.ask("/?key=a").body, value)
            self.assertEqual(function.ask("/?key=a", b"", "PUT").body, b"")
            self.assertEqual(function.ask("/?key=a"), (200, "application/octet-stream", b""))

    def test_keeps_its_connections(self):
        with Server() as server, function_at(server.port) as function:
            for number in range(200):
                function.ask(body=b"%d" % number)
            statistics = subprocess.check_output(
                [SERVER.replace("-server", "-cli"), "-p", str(server.port), "info", "stats"], text=True
            )
            connections = int(statistics.split("total_connections_received:")[1].split()[0])
            # One for each thread at most, and those of the test itself.
            self.assertLess(connections, 20)

    def test_finds_its_way_back_to_a_server_that_was_started_again(self):
        port = free_port()
        with function_at(port) as function:
            with Server(port):
                self.assertEqual(function.ask(body=b"1").status, 200)
            self.assertEqual(function.ask(body=b"2").status, 503)
            with Server(port):
                self.assertEqual(function.ask(body=b"3").status, 200)


class WithoutAServer(unittest.TestCase):
    def test_says_so_within_two_seconds(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for port in (free_port(), silent.getsockname()[1]):
                with function_at(port) as function:
                    for body in (None, b"value"):
                        started = time.monotonic()
                        reply = function.ask(body=body)
                        self.assertEqual(reply.status, 503)
                        self.assertRegex(reply.body, rb"^[^\n]+\n$")
                        self.assertLess(time.monotonic() - started, 2)

    def test_refuses_keys_before_it_asks_anybody(self):
        with function_at(free_port()) as function:
            for key in ("", "a%20b", "a%0A", "%C3%A4", "k" * 257):
                with self.subTest(key=key):
                    reply = function.ask(f"/?key={key}")
                    self.assertEqual(reply.status, 400)
                    self.assertIn(b"key", reply.body)


if __name__ == "__main__":
    unittest.main()
