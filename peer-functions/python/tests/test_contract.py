"""What all functions have in common, whatever they compute."""

import tempfile
import time
import unittest
from pathlib import Path
from threading import Thread

from function import Function, ask

TEXT = "text/plain; charset=utf-8"
EVERYTHING = [("hello", "hello"), ("fastapi", "hello"), ("workloads", "echo")]
JSON_FUNCTIONS = [("workloads", "json"), ("fastapi", "json")]
EMPTY_ORDER = b'{"items":[]}'


class EveryFunction(unittest.TestCase):
    def test_takes_every_method_and_path(self):
        for folder, workload in EVERYTHING:
            with Function(folder, workload) as function:
                for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                    for path in ("/", "/deep/er?x=1", "//double/../dots", "/_/healthy"):
                        with self.subTest(folder=folder, method=method, path=path):
                            reply = function.ask(path, b"x" * 100_000, method)
                            self.assertEqual(reply.status, 200)
                            self.assertNotEqual(reply.body, b"ok\n")

    def test_answers_ok_to_health_and_ready(self):
        for folder, workload in EVERYTHING + JSON_FUNCTIONS:
            with self.subTest(folder=folder, workload=workload), Function(folder, workload) as function:
                for path in ("/_/health", "/_/ready"):
                    self.assertEqual(function.ask(path), (200, TEXT, b"ok\n"))

    def test_sends_no_body_in_answer_to_HEAD(self):
        for folder, workload in EVERYTHING:
            with self.subTest(folder=folder), Function(folder, workload) as function:
                client = function.client()
                self.assertEqual(ask(client, method="HEAD").body, b"")
                # A body would be taken for the beginning of the next answer.
                self.assertEqual(ask(client, method="GET").status, 200)

    def test_finishes_what_it_was_sent_before_SIGTERM_and_takes_no_new_connection(self):
        for folder, workload in EVERYTHING:
            with self.subTest(folder=folder), Function(folder, workload) as function:
                self.assertEqual(function.ask().status, 200)
                connection = function.begin_post(4)
                function.terminate()
                function.until_refused()
                connection.sendall(b"body")
                self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n"))
                self.assertEqual(function.exit()[0], 0)

    def test_ends_with_0_when_it_has_nothing_to_do(self):
        for folder, workload in EVERYTHING + JSON_FUNCTIONS:
            with self.subTest(folder=folder, workload=workload):
                # Less than a drain that waits for nothing, which would take as long each time. A busy machine may.
                self.assertTrue(any(self.seconds_to_end(folder, workload) < 3 for _ in range(3)))

    def seconds_to_end(self, folder, workload):
        with Function(folder, workload) as function:
            # A client that stays connected is no request.
            function.client().connect()
            self.assertEqual(function.ask("/_/health").status, 200)
            started = time.monotonic()
            function.terminate()
            self.assertEqual(function.exit()[0], 0)
            return time.monotonic() - started

    def test_ends_within_five_seconds_when_a_client_never_sends_the_rest(self):
        for folder, workload in EVERYTHING:
            with self.subTest(folder=folder), Function(folder, workload) as function:
                self.assertEqual(function.ask().status, 200)
                function.begin_post(4)
                started = time.monotonic()
                function.terminate()
                self.assertEqual(function.exit()[0], 0)
                self.assertLess(time.monotonic() - started, 5)

    def test_logs_nothing_about_requests(self):
        for folder, workload in EVERYTHING + JSON_FUNCTIONS:
            with self.subTest(folder=folder, workload=workload), Function(folder, workload) as function:
                function.ask()
                function.ask(body=b"no JSON")
                with function.connect() as connection:
                    connection.sendall(b"no HTTP\r\n\r\n")
                    connection.recv(1000)
                function.terminate()
                self.assertEqual(function.exit()[1], b"")

    def test_survives_ten_thousand_malformed_bodies(self):
        for folder, workload in JSON_FUNCTIONS:
            with self.subTest(folder=folder), Function(folder, workload) as function:
                client = function.client()
                for number in range(10_000):
                    reply = ask(client, body=b'{"items": [' + bytes([number % 256]) + b"[{" * (number % 100))
                    self.assertEqual(reply[:2], (400, TEXT))
                self.assertEqual(ask(client, body=EMPTY_ORDER).status, 200)
                self.assertIsNone(function.process.poll())

    def test_survives_clients_that_go_away_in_the_middle(self):
        for folder, workload in EVERYTHING + JSON_FUNCTIONS:
            with self.subTest(folder=folder, workload=workload), Function(folder, workload) as function:
                for _ in range(200):
                    with function.connect() as connection:
                        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
                self.assertEqual(function.ask("/_/health").status, 200)


class Starting(unittest.TestCase):
    def test_listens_before_it_loads_what_it_needs(self):
        for folder, workload, needed in (
            ("workloads", "thumbnail", "PIL"),
            ("hello", "hello", "waitress"),
            ("fastapi", "hello", "fastapi"),
        ):
            with self.subTest(folder=folder), tempfile.TemporaryDirectory() as packages:
                Path(packages, f"{needed}.py").write_text("import time\ntime.sleep(600)\n")
                with Function(folder, workload, PYTHONPATH=packages) as function:
                    with function.connect() as connection:
                        connection.settimeout(0.5)
                        with self.assertRaises(TimeoutError):
                            connection.recv(1)

    def test_loads_nothing_that_only_other_workloads_need(self):
        with tempfile.TemporaryDirectory() as packages:
            for needed in ("PIL", "jinja2", "redis", "zstandard"):
                Path(packages, f"{needed}.py").write_text("raise AssertionError(__name__)\n")
            with Function("workloads", "json", PYTHONPATH=packages) as function:
                self.assertEqual(function.ask(body=EMPTY_ORDER).status, 200)

    def test_names_the_workloads_when_it_does_not_know_the_one_that_is_wanted(self):
        for folder in ("workloads", "fastapi"):
            with self.subTest(folder=folder):
                code, log = Function(folder, "nothing").exit()
                self.assertEqual(code, 1)
                self.assertRegex(log, b"WORKLOAD is 'nothing'.* json")


class Parameters(unittest.TestCase):
    def test_are_taken_from_the_query_the_first_of_two_counting_and_strangers_not(self):
        with Function("workloads", "sleep") as function:
            reply = function.ask("/any?stranger=1&ms=2&ms=x&%6ds=3")
            self.assertEqual(reply, (200, TEXT, b"slept 2 ms\n"))

    def test_are_named_when_they_are_out_of_their_range(self):
        with Function("workloads", "sleep") as function:
            for value in ("", "-1", "%2B1", "1.0", "1e3", "0x10", "1_0", "%201", "%D9%A3", "60001", "9" * 5000):
                with self.subTest(value=value):
                    reply = function.ask(f"/?ms={value}")
                    self.assertEqual(reply, (400, TEXT, b"The parameter ms has to be an integer from 0 to 60000.\n"))


class Limits(unittest.TestCase):
    def test_let_a_body_of_exactly_the_limit_pass(self):
        for folder, workload in JSON_FUNCTIONS:
            body = EMPTY_ORDER.ljust(2 << 20)
            with self.subTest(folder=folder), Function(folder, workload) as function:
                self.assertEqual(function.ask(body=body).status, 200)
                self.assertEqual(function.ask(body=body, chunked=True).status, 200)

    def test_are_told_only_when_the_client_has_sent_everything(self):
        for folder, workload in JSON_FUNCTIONS:
            with self.subTest(folder=folder), Function(folder, workload) as function:
                client = function.client()
                for chunked in (False, True):
                    reply = ask(client, body=b" " * (8 << 20), chunked=chunked)
                    self.assertEqual(reply[:2], (413, TEXT))
                    self.assertRegex(reply.body, rb"^[^\n]+2097152[^\n]+\n$")
                # The same connection is still good.
                self.assertEqual(ask(client, body=EMPTY_ORDER).status, 200)

    def test_keep_a_client_that_would_send_forever_from_doing_so(self):
        for folder, workload in JSON_FUNCTIONS:
            with self.subTest(folder=folder), Function(folder, workload) as function:
                connection = function.connect()
                connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                with self.assertRaises(OSError):
                    while True:
                        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
                self.assertEqual(function.ask(body=EMPTY_ORDER).status, 200)


class Waiting(unittest.TestCase):
    def test_requests_sleep_side_by_side(self):
        with Function("workloads", "sleep") as function:
            function.ask("/?ms=0")
            clients = [Thread(target=function.ask, args=("/?ms=500",)) for _ in range(32)]
            started = time.monotonic()
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            self.assertLess(time.monotonic() - started, 3)


if __name__ == "__main__":
    unittest.main()
