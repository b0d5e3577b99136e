"""A workload as the classic watchdog starts it: a process a request."""

import json
import os
import subprocess
import sys
import unittest

from function import FUNCTIONS


def once(body):
    program = [sys.executable, FUNCTIONS / "workloads" / "once.py"]
    environment = {**os.environ, "WORKLOAD": "json"}
    return subprocess.run(program, input=body, env=environment, capture_output=True, timeout=20)


class Once(unittest.TestCase):
    def test_answers_on_standard_output(self):
        done = once(b'{"items":[]}')
        self.assertEqual((done.returncode, json.loads(done.stdout)["count"]), (0, 0), done.stderr)

    def test_refuses_by_an_exit_code_and_a_line_of_log(self):
        for body in (b"nonsense", b" " * (2 * 1024 * 1024 + 1)):
            done = once(body)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (1, b"", 1), done.stderr)
