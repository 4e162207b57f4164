"""The loop: a request a line, an answer a line."""
import inspect
import json
import sys
import traceback

from . import pairwise  # noqa: F401 (its commands)
from .commands import COMMANDS
from .errors import Refusal
from .protocol import Draws, Fault, Unsupported, parse


class Call:
    """A request's surroundings: parties, party, session, randomness."""

    def __init__(self, parties, request):
        self.parties, self.request, self.draws = parties, request, Draws(request)

    @property
    def party(self):
        name = self.request.get("party")
        if name not in self.parties:
            raise Fault("no such party")
        return self.parties[name]

    def check_free(self):
        name = self.request.get("party")
        if name is None or name in self.parties:
            raise Fault("no name, or the party is there")

    def add_party(self, party):
        self.check_free()
        self.parties[self.request["party"]] = party

    def remove_party(self):
        self.party
        del self.parties[self.request["party"]]

    @property
    def has_session(self):
        return "session" in self.request

    @property
    def session_name(self):
        if "session" not in self.request:
            raise Fault("no session named")
        return self.request["session"]

    @property
    def session_id(self):
        """A name stays that of its session when the session is deleted."""
        if self.session_name not in self.party.names:
            raise Fault("no session of that name")
        return self.party.names[self.session_name]

    def new_session_name(self, name):
        if name in self.party.names:
            raise Fault("a session of that name is there")
        return name

    def fault(self, note):
        raise Fault(note)

    def step(self, function, *arguments):
        party = self.party
        party.need_account()
        return party.device.run(party.now, self.draws.draw, function, *arguments)

    def look(self, function, *arguments):
        party = self.party
        party.need_account()
        return party.device.look(party.now, function, *arguments)


def run(parties, request):
    function = COMMANDS.get(request["cmd"])
    if function is None:
        raise Unsupported(request["cmd"])
    if request.get("deviate"):
        raise Unsupported("deviations")
    parameters = dict(list(inspect.signature(function).parameters.items())[1:])
    unknown = set(request["in"]) - set(parameters)
    if unknown and request["cmd"] != "meta.hello":
        raise Unsupported("parameters: %s" % ", ".join(sorted(unknown)))
    values = {}
    for name, parameter in parameters.items():
        if name in request["in"]:
            values[name] = parameter.annotation(request["in"][name])
        elif parameter.default is parameter.empty:
            raise Fault("missing: " + name)
    call = Call(parties, request)
    out = function(call, **values)
    return {"answer": "ok", "out": out, "rand_used": call.draws.used}


def answer(parties, line):
    id = 0
    try:
        request = parse(line)
        id = request["id"]
        said = run(parties, request)
    except Refusal as refusal:
        said = {"answer": "reject", "class": refusal.error_class, "note": refusal.why}
    except Unsupported as unsupported:
        said = {"answer": "unsupported", "note": str(unsupported)}
    except Fault as fault:
        id = getattr(fault, "id", id)
        said = {"answer": "fault", "note": str(fault)}
    except Exception as error:
        traceback.print_exc()
        said = {"answer": "fault", "note": repr(error)}
    return {"id": id, **said}


def main():
    parties = {}
    for line in sys.stdin.buffer:
        said = json.dumps(answer(parties, line.rstrip(b"\n")))
        sys.stdout.write(said + "\n")
        sys.stdout.flush()
