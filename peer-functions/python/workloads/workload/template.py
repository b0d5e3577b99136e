"""The workload `template`: a page with a list of numbers, by Jinja2."""

from itertools import islice

from exchange import Answer, Refusal
from jinja2 import Environment
from strict_json import encode, parse, refuse_deep
from xorshift import xorshift32

BODY_LIMIT = 64 * 1024
MOST_SIZE = 10_000
MOST_SEED = 0xFFFFFFFF
LONGEST_USERNAME = 256

PAGE = Environment(autoescape=True, trim_blocks=True, keep_trailing_newline=True).from_string("""\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Numbers for {{ username }}</title></head>
<body>
<h1>Hello, {{ username }}!</h1>
<ol>
{% for number in numbers %}
<li>{{ number }}</li>
{% endfor %}
</ol>
</body>
</html>
""")


def answer(request):
    document = parse(request.body.read())
    if not isinstance(document, dict):
        raise Refusal(400, "The body has to be an object.")
    if len(document) > 3:
        refuse_deep(document)
    username = document.get("username")
    if not isinstance(username, str) or not 1 <= len(username) <= LONGEST_USERNAME:
        raise Refusal(400, f"The username has to be a text of 1 to {LONGEST_USERNAME} characters.")
    size = number_in(document, "size", MOST_SIZE)
    numbers = (number % 1_000_000 for number in islice(xorshift32(number_in(document, "seed", MOST_SEED)), size))
    return Answer("text/html; charset=utf-8", encode(PAGE.render(username=username, numbers=numbers)))


def number_in(document, key, most):
    value = document.get(key)
    # isinstance() would let true pass as an integer.
    if type(value) is not int or not 1 <= value <= most:
        raise Refusal(400, f"The {key} has to be an integer from 1 to {most}.")
    return value
