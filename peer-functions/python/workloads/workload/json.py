"""The workload `json`: adds up an order."""

import json

from exchange import JSON, Answer, Refusal
from strict_json import encode, parse, refuse_deep

BODY_LIMIT = 2 * 1024 * 1024
MOST_QUANTITY = 10_000
MOST_PRICE_CENTS = 10_000_000


def answer(request):
    document = parse(request.body.read())
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise Refusal(400, "The body has to be an object with a list called items.")
    if len(document) > 1:
        refuse_deep(document)
    text = json.dumps(summary(items), ensure_ascii=False, separators=(",", ":"))
    return Answer(JSON, encode(text))


def summary(items):
    quantity = 0
    tags = {}
    totals = []
    for index, item in enumerate(items):
        refuse_other_shapes(item, index)
        total = item["quantity"] * item["price_cents"]
        quantity += item["quantity"]
        totals.append({"id": item["id"], "total_cents": total})
        for tag in item["tags"]:
            tags[tag] = tags.get(tag, 0) + 1
    # Stable also in reverse: equal ones stay in the order of the request.
    totals.sort(key=lambda item: item["total_cents"], reverse=True)
    return {
        "count": len(items),
        "quantity": quantity,
        "total_cents": sum(item["total_cents"] for item in totals),
        "tags": tags,
        "items": totals,
    }


def refuse_other_shapes(item, index):
    if not isinstance(item, dict):
        raise Refusal(400, f"Item {index} has to be an object.")
    if not isinstance(item.get("id"), str):
        raise Refusal(400, f"The id of item {index} has to be a text.")
    refuse_other_numbers(item, index, "quantity", MOST_QUANTITY)
    refuse_other_numbers(item, index, "price_cents", MOST_PRICE_CENTS)
    tags = item.get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refusal(400, f"The tags of item {index} have to be a list of texts.")
    if len(item) > 4:
        # An item is the third level.
        refuse_deep(item, levels=62)


def refuse_other_numbers(item, index, key, most):
    value = item.get(key)
    # isinstance() would let true and false pass as integers.
    if type(value) is not int or not 0 <= value <= most:
        raise Refusal(400, f"The {key} of item {index} has to be an integer from 0 to {most}.")
