#!/usr/bin/env python3
"""An adapter that answers meta.* and prim.sha256. Add commands to COMMANDS; see ADAPTERS.md."""
import hashlib, json, re, sys

class Fault(Exception): pass        # our own error, or a request that makes no sense
class Reject(Exception): pass       # the implementation refused; the argument is the class
class Unsupported(Exception): pass  # we have no such command, parameter or deviation

def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise Fault("a key stands twice")
    return dict(pairs)

def octets(text):
    if text.startswith("@repeat:"):
        byte, length = text[8:].split(":")
        if len(octets(byte)) != 1: raise Fault("repeat")
        return octets(byte) * int(length)
    if text.startswith("@file:"):
        digest, path = text[6:].split(":", 1)
        data = open(path, "rb").read()
        if hashlib.sha256(data).hexdigest() != digest: raise Fault("the file has another hash")
        return data
    if not re.fullmatch("([0-9a-f]{2})*", text): raise Fault("not lowercase hexadecimal")
    return bytes.fromhex(text)

def hello(request):
    return {"version": "0", "largest_line": 1 << 24, "implementation": "skeleton",
            "implementation_version": "0", "profiles": ["core"], "access": "L3",
            "commands": list(COMMANDS), "randomness": ["fed"], "clock": "fed"}

def reset(request):
    return {}                       # forget all parties

def echo(request, text, number, data):
    data = octets(data)
    return {"text": text, "number": str(int(number)), "len": len(data),
            "sha256": hashlib.sha256(data).hexdigest()}

def sha256(request, msg):
    return {"digest": hashlib.sha256(octets(msg)).hexdigest()}

COMMANDS = {"meta.hello": hello, "meta.reset": reset, "meta.echo": echo, "prim.sha256": sha256}

def answer(line):
    request = {}
    try:
        request = json.loads(line, object_pairs_hook=once)
        if not isinstance(request, dict) or not isinstance(request.get("id"), int): raise Fault("no id")
        if any(type(v) not in (str, int, list) or v == -1 for v in request["in"].values()): raise Fault("value")
        if request["cmd"] not in COMMANDS or request.get("deviate"): raise Unsupported(request["cmd"])
        run = COMMANDS[request["cmd"]]
        known = run.__code__.co_varnames[1:run.__code__.co_argcount]
        unknown = set(request["in"]) - set(known)
        if unknown and run is not hello: raise Unsupported(f"parameters {unknown}")
        return {"answer": "ok", "out": run(request, **{k: request["in"][k] for k in known}), "rand_used": []}, request
    except Reject as error: return {"answer": "reject", "class": str(error)}, request
    except Unsupported as error: return {"answer": "unsupported", "note": str(error)}, request
    except Exception as error: return {"answer": "fault", "note": repr(error)}, request

for line in sys.stdin:
    said, request = answer(line)
    id = request.get("id", 0) if isinstance(request, dict) else 0
    print(json.dumps({"id": id if isinstance(id, int) else 0, **said}), flush=True)
