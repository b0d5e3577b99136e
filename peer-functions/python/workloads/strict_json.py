"""JSON as the contract wants it: UTF-8, and nothing that only Python takes for JSON."""

import json

from exchange import Refusal

DEEPEST = 64


def parse(body):
    try:
        # Given bytes, json would also take UTF-16 and UTF-32.
        return json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"The body is not JSON in UTF-8: {error}.") from error


def encode(text):
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refusal(400, "A text in the body has half of a surrogate pair.") from error


def refuse_deep(value, levels=DEEPEST):
    """Walks through all of a value: call it only where something beside the expected keys might be nested."""
    if isinstance(value, dict):
        children = value.values()
    elif isinstance(value, list):
        children = value
    else:
        return
    if levels == 0:
        raise Refusal(400, f"The body is nested more than {DEEPEST} deep.")
    for child in children:
        refuse_deep(child, levels - 1)


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")
