"""Puts ids that exist into most of the requests that schemathesis makes up, so that they get past "not found"."""

import json
import os
import re
import zlib

import schemathesis

KNOWN = json.loads(os.environ["VEZA_KNOWN_IDS"])

# Nouns whose ids go by another name there.
NOUNS = {"wishlist": "products", "item": "items", "file": "files"}


def known(noun, made_up):
    """The id that exists, or one time in four the one that was made up, by which it is."""
    noun = NOUNS.get(noun, noun)
    if noun not in KNOWN or zlib.crc32(repr(made_up).encode()) % 4 == 0:
        return made_up
    return KNOWN[noun]


def noun_of(path, name):
    """`products` of `/products/{id}` and of `product_id`, `file` of `{file}`."""
    if name.endswith("_id"):
        return name.removesuffix("_id") + "s"
    if name != "id":
        return name
    found = re.search(r"/([a-z-]+)/\{id\}", path)
    return found.group(1) if found else name


@schemathesis.hook
def map_path_parameters(context, parameters):
    path = context.operation.path
    return {name: known(noun_of(path, name), value) for name, value in (parameters or {}).items()}


@schemathesis.hook
def map_query(context, query):
    if not isinstance(query, dict):
        return query
    singular = {"creator", "track", "product", "order"}
    return {name: known(name + "s", value) if name in singular else value for name, value in query.items()}


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict):
        return body
    mapped = {name: known(noun_of("", name), value) if name.endswith("_id") else value for name, value in body.items()}
    if isinstance(mapped.get("product_ids"), list):
        mapped["product_ids"] = [known("products", value) for value in mapped["product_ids"]]
    return mapped
