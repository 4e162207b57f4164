"""The adapter protocol (conformance/ADAPTERS.md): lines, values, randomness."""
import hashlib
import json
import os
import re

from .suite import hkdf_expand, hkdf_extract

LARGEST_LINE = 1 << 24
LARGEST_INTEGER = (1 << 53) - 1


class Fault(Exception):
    """The adapter's own error, or a request that makes no sense."""


class Unsupported(Exception):
    """No such command, parameter or deviation."""


def _once(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise Fault("a key stands twice")
    return dict(pairs)


def _no(text):
    raise Fault("no such value: " + text)


def _integer(text):
    value = int(text) if len(text) < 20 and text[0] != "-" else -1
    return value if 0 <= value <= LARGEST_INTEGER else float("nan")


def _is_value(value):
    return type(value) in (str, int) or type(value) is list and all(type(x) is str for x in value)


def parse(line):
    """The request of a line; a Fault has the id in its `id`, if it could be read."""
    try:
        request = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no,
                             parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise Fault("no JSON: %s" % error) from None
    if type(request) is not dict or type(request.get("id")) is not int:
        raise Fault("no object with an id")
    try:
        check_members(request)
    except Fault as fault:
        fault.id = request["id"]
        raise
    return request


def check_members(request):
    fields = request.get("in")
    if type(request.get("cmd")) is not str or type(fields) is not dict or not all(map(_is_value, fields.values())):
        raise Fault("cmd or in")
    for name in ("party", "session", "group", "seed"):
        if type(request.get(name, "")) is not str:
            raise Fault(name)
    rand = request.get("rand", {})
    if type(rand) is not dict or not all(type(v) is str for v in rand.values()):
        raise Fault("rand")
    deviate = request.get("deviate", [])
    if type(deviate) is not list or not all(type(x) is str for x in deviate):
        raise Fault("deviate")


# values

def octets(text):
    if type(text) is not str:
        raise Fault("not bytes")
    if text.startswith("@repeat:"):
        found = re.fullmatch("@repeat:([0-9a-f]{2}):([0-9]{1,9})", text, re.ASCII)
        if not found:
            raise Fault("@repeat")
        return bytes.fromhex(found[1]) * int(found[2])
    if text.startswith("@file:"):
        found = re.fullmatch("@file:([0-9a-f]{64}):(.+)", text)
        if not found:
            raise Fault("@file")
        with open(found[2], "rb") as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != found[1]:
            raise Fault("the file has another hash")
        return data
    if not re.fullmatch("([0-9a-f]{2})*", text):
        raise Fault("not lowercase hexadecimal")
    return bytes.fromhex(text)


def decimal(text):
    if type(text) is not str or not re.fullmatch("[0-9]{1,20}", text, re.ASCII) or int(text) >= 1 << 64:
        raise Fault("not a decimal number of 64 bits")
    return int(text)


def integer(value):
    if type(value) is not int:
        raise Fault("not an integer")
    return value


def flag(value):
    if type(value) is not int or value > 1:
        raise Fault("not 0 or 1")
    return bool(value)


def text(value):
    if type(value) is not str:
        raise Fault("not a string")
    return value


def strings(value):
    if type(value) is not list:
        raise Fault("not a list")
    return value


class Draws:
    """The randomness of one request."""

    def __init__(self, request):
        self.request, self.used = request, []

    def draw(self, name, n):
        request = self.request
        if "rand" in request:
            if name not in request["rand"]:
                raise Fault("not in rand: " + name)
            value = octets(request["rand"][name])
            if len(value) != n:
                raise Fault("another length in rand: " + name)
        elif "seed" in request:
            prk = hkdf_extract(b"sceau conformance 0 rand", octets(request["seed"]))
            info = b"\0".join([request.get("party", "").encode(), str(request["id"]).encode(), name.encode()])
            value = hkdf_expand(prk, info, n)
        else:
            value = os.urandom(n)
        self.used.append("%s:%d" % (name, n))
        return value
