"""`hello` behind the classic watchdog: a process a request."""

import sys

while sys.stdin.buffer.read(65536):
    pass
sys.stdout.write("Hello from givre\n")
