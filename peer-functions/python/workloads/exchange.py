"""What a workload is asked and what it answers, apart from any server."""

import re
from typing import BinaryIO, Iterable, NamedTuple
from urllib.parse import parse_qsl

# Neither a sign nor spaces, an exponent, an underscore or the digits of other scripts, all of which int() would take.
DIGITS = re.compile(r"[0-9]+")

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


class Refusal(Exception):
    """An answer other than 200: its status, and one English sentence for the client."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Answer(NamedTuple):
    content_type: str
    body: bytes | Iterable[bytes]
    # In bytes; needed only where the body is not there as a whole.
    size: int | None = None


class Request:
    def __init__(self, method: str, query: str, content_type: str | None, body: BinaryIO, size: int):
        self.method = method
        self.content_type = content_type
        self.body = body
        self.size = size
        self._parameters = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            self._parameters.setdefault(name, value)

    def text(self, name, default):
        return self._parameters.get(name, default)

    def number(self, name, default, least, most):
        text = self._parameters.get(name)
        if text is None:
            return default
        digits = text.lstrip("0") or "0"
        # The length is compared first, because int() refuses texts of thousands of digits in its own way.
        if DIGITS.fullmatch(text) and len(digits) <= len(str(most)) and least <= int(digits) <= most:
            return int(digits)
        raise Refusal(400, f"The parameter {name} has to be an integer from {least} to {most}.")
