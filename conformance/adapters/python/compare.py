#!/usr/bin/env python3
"""Asks two adapters the same random things and shows where the answers differ.

    compare.py "CMD A" "CMD B" [first seed] [seeds] [steps]

Two or three parties of each adapter talk, rotate, renew, recover, lose messages, get damaged ones and let time pass; some accounts get
further devices and lose them again, by lists that are made here. After each step the parties' exports are compared byte by byte. Both must take fed randomness and have the profile `portable state`. A difference is no
verdict: it says that two readings of the text differ, or that one has a fault. Status 1 if there was one.
"""
import json
import random
import shlex
import subprocess
import sys
import tempfile

from sceau.codec import length_prefix
from sceau.identities import (DeviceList, Credential, CredentialTBS, ED25519, TypedKey, X25519, attest_credential, attest_device_list,
                              entry_of)
from sceau.records import ACCOUNT, AccountState
from sceau.state import State
from sceau.suite import dh_public, sign_public

START, DAY = 1798761600, 86400


class Adapter:
    def __init__(self, command):
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)

    def ask(self, request):
        line = json.dumps(request).replace("{folder}", self.folder)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit("an adapter ended at " + line[:400])
        return json.loads(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def judged(answer):
    """What of an answer must be the same."""
    out = {k: v for k, v in answer.get("out", {}).items() if k != "digest" and not k.startswith("x_")}
    if isinstance(out.get("sessions"), list):
        out["sessions"] = sorted(out["sessions"])
    return answer["answer"], answer.get("class"), out, answer.get("rand_used") if answer["answer"] == "ok" else None


def short(value):
    if isinstance(value, dict):
        return {k: short(v) for k, v in value.items()}
    text = str(value)
    return value if len(text) < 70 else text[:48] + "… %d" % len(text)


class Differ(Exception):
    pass


class Talk:
    """One random conversation."""

    def __init__(self, commands, seed):
        self.random = random.Random(seed)
        self.adapters = [Adapter(c) for c in commands]
        self.id = 0
        hello = {"id": 1, "cmd": "meta.hello", "in": {"versions": ["0"], "largest_line": 1 << 24}}
        self.commands = set.intersection(*(set(a.ask(hello)["out"]["commands"]) for a in self.adapters))
        self.parties = ["a", "b", "c"] if self.chance(.33) else ["a", "b"]
        self.now = dict.fromkeys(self.parties, START)
        self.accounts, self.lists, self.credentials = {}, {}, {}
        self.batches = {p: [] for p in self.parties}
        self.sessions = {p: [] for p in self.parties}
        self.bundles, self.waiting, self.taken, self.rotation = [], [], [], {}
        self.seeds, self.several = {}, self.chance(.5)

    def end(self):
        for a in self.adapters:
            a.end()

    def chance(self, p):
        return self.random.random() < p

    def drawn(self, n):
        return bytes(self.random.randrange(256) for _ in range(n)).hex()

    def ask(self, command, party=None, session=None, rand=None, **fields):
        self.id += 1
        request = {"id": self.id, "cmd": command, "in": fields}
        for name, value in (("party", party), ("session", session), ("rand", rand)):
            if value:
                request[name] = value
        answers = [a.ask(request) for a in self.adapters]
        one, two = map(judged, answers)
        # a relay's part, and what is told of a session that is gone, is each adapter's own
        own = command in ("party.observe", "pw.bundle") and ("misuse" in (one[1], two[1]) or str(party).startswith("copy"))
        # which of two faults of a damaged state is met first is open
        open_ = command == "party.import_state" and one[0] == two[0] == "reject"
        if one != two and not own and not open_:
            raise Differ("%s\n   %s\n   %s" % (json.dumps(short(request)), *(json.dumps(short(a)) for a in answers)))
        return answers[0].get("out", {}) if answers[0]["answer"] == "ok" else {}

    def other(self, party):
        return self.random.choice([p for p in self.parties if p != party])

    def damaged(self, text):
        data, r = bytearray.fromhex(text), self.random
        if not data:
            return "00"
        i, kind = r.randrange(len(data)), r.randrange(6)
        if kind <= 1:
            data[i] ^= 1 << r.randrange(8)
        elif kind == 2:
            del data[i:]
        elif kind == 3:
            data.append(r.choice([0, 1, 255]))
        elif kind == 4:
            del data[i]
        else:
            data[i % 80] = r.randrange(256)
        return data.hex()

    # steps

    def begin(self):
        for p in self.parties:
            self.ask("party.new", p, folder="{folder}/" + p, now=str(START))
            rand = {n: self.drawn(32) for n in ("account_key", "identity_sign", "identity_agree")}
            out = self.ask("pw.create", p, rand=rand, serial=self.random.choice([1, 7]), not_before=str(START - DAY),
                           not_after=str(START + self.random.choice([10, 100, 400]) * DAY),
                           suites=self.random.choice([["0001"], ["f001", "0001"], ["0001", "f002"]]))
            self.accounts[p], self.lists[p], self.credentials[p] = out, [out["device_list"]], [out["credential"]]
            self.seeds[p] = {name: bytes.fromhex(seed) for name, seed in rand.items()}

    def batch(self, p):
        n, k = self.random.randrange(4), self.random.randrange(3)
        rand = {"signed_prekey": self.drawn(32), "kem_last_resort": self.drawn(64)}
        rand.update(("one_time_prekey.%d" % i, self.drawn(32)) for i in range(n))
        rand.update(("kem_prekey.%d" % i, self.drawn(64)) for i in range(k))
        lifetime = self.random.choice([DAY, 14 * DAY, 14 * DAY, 30 * DAY, 30 * DAY + 1, 0])
        out = self.ask("pw.batch", p, rand=rand, one_time=n, kem_one_time=k, lifetime=str(lifetime))
        if out:
            self.batches[p].append((out["generation"], n, k))

    def bundle(self, p):
        if not self.batches[p]:
            return self.batch(p)
        generation, n, k = self.random.choice(self.batches[p][-2:])
        fields = {"one_time_id": 2 + self.random.randrange(n)} if n and self.chance(.6) else {}
        kem = 2 + n + self.random.randrange(k) if k and self.chance(.5) else 1
        out = self.ask("pw.bundle", p, generation=generation, kem_id=kem, **fields)
        if out:
            self.bundles.append((p, out["bundle"]))

    def initiate(self, p):
        found = [b for b in self.bundles if b[0] != p or self.chance(.1)]
        if not found:
            return self.bundle(self.other(p))
        of, bundle = self.random.choice(found[-6:])
        fields = {"recovery": 1} if self.chance(.15) else {}
        if self.chance(.1):
            fields.update(psk_id="6964", psk="0102")
        name = "s%d" % self.id
        rand = {n: self.drawn(32) for n in ("ephemeral_key", "kem_encapsulation", "ratchet_key")}
        account = self.accounts[of if self.chance(.97) else self.other(of)]["account_id"]
        if self.ask("pw.initiate", p, name, rand, account_id=account,
                    bundle=self.damaged(bundle) if self.chance(.07) else bundle, **fields):
            self.sessions[p].append(name)

    def some_lists(self, p, most):
        last = self.random.randrange(len(self.lists[p]))
        items = self.lists[p][max(0, last - self.random.randrange(most)):last + 1]
        return length_prefix(sum(map(len, items)) // 2).hex() + "".join(items), last

    def send(self, p):
        if not self.sessions[p]:
            return self.initiate(p)
        session = self.random.choice(self.sessions[p][-4:])
        kind = self.random.choice([0] * 12 + [1, 2, 3, 4, 4, 5, 6, 7])
        body, rotation = self.drawn(self.random.choice([0, 3, 10, 240, 300])), None
        if kind == 1:
            body = "" if self.chance(.8) else "00"
        elif kind in (2, 3):
            of = p if self.chance(.8) else self.other(p)
            body, last = self.some_lists(of, 3)
            body += self.credentials[of][last] if kind == 2 else ""
        elif kind == 4:
            rotation = self.rotation.get((p, session), 0) + self.random.choice([1, 1, 1, 1, 0, 2])
            body = "%08x" % rotation
        if kind in (2, 3, 4) and self.chance(.15):
            body = self.damaged(body)
        fields = {"content_type": kind} if kind else {}
        if self.chance(.1):
            fields["authenticated_data"] = "616464"
        if self.chance(.1):
            fields["non_critical"] = self.random.choice([["0a0a:"], ["f001:0102", "fafa:"], ["0001:" + "11" * 32],
                                                         ["0a0a:", "0a0a:"], ["fafa:", "0a0a:01"]])
        if self.chance(.03):
            fields["critical"] = ["0a0a:00"]
        out = self.ask("pw.send", p, session, body=body, **fields)
        if out:
            if rotation is not None:
                self.rotation[p, session] = rotation
            self.waiting.append((p, out["mailbox"], out["message"], fields.get("authenticated_data")))

    def receive(self, p):
        found = [m for m in self.waiting if m[0] != p or self.chance(.05)]
        if not found:
            return self.send(self.other(p))
        message = self.random.choice(found[-5:] if self.chance(.8) else found)
        if self.chance(.85):
            self.waiting.remove(message)
            self.taken.append(message)
        if self.taken and self.chance(.1):
            message = self.random.choice(self.taken)
        _, mailbox, data, authenticated = message
        fields = {"authenticated_data": authenticated} if authenticated and self.chance(.9) else {}
        if self.chance(.3):
            fields.update(psk_id="6964", psk="0102")
        if self.chance(.1):
            fields["expected_account"] = self.accounts[self.random.choice(self.parties)]["account_id"]
        out = self.ask("pw.receive", p, rand={"ratchet_key": self.drawn(32)}, mailbox=mailbox, new_session="r%d" % self.id,
                       message=self.damaged(data) if self.chance(.15) else data, **fields)
        if out and out["session"] not in self.sessions[p]:
            self.sessions[p].append(out["session"])

    def clock(self, p):
        seconds = self.random.randrange(7200)
        if self.chance(.5):
            seconds = self.random.choice([1, 3600, DAY - 1, DAY, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 15 * DAY, 30 * DAY, 90 * DAY])
        for q in self.parties if self.chance(.8) else [p]:
            self.now[q] += seconds if self.chance(.95) else -seconds
            self.ask("party.clock", q, now=str(self.now[q]))

    def renew(self, p):
        out = self.ask("pw.renew", p, not_after=str(self.now[p] + self.random.choice([30, 200]) * DAY)) \
            if self.chance(.6) or "party.reissue_list" not in self.commands else self.ask("party.reissue_list", p)
        if out:
            self.lists[p].append(out["device_list"])
            self.credentials[p].append(out["credential"])

    def apply_lists(self, p):
        of = self.other(p)
        lists, _ = self.some_lists(of, 3)
        self.ask("pw.apply_lists", p, account_id=self.accounts[of]["account_id"],
                 device_lists=self.damaged(lists) if self.chance(.15) else lists)

    # accounts of several devices

    def devices_of(self, p):
        """The account's parties by serial."""
        same = [q for q in self.parties if self.accounts[q]["account_id"] == self.accounts[p]["account_id"]]
        return {Credential.decode(bytes.fromhex(self.credentials[q][-1])).tbs.serial: q for q in same}

    def sign_list(self, p, devices, number):
        """A list of the account, attested by `p`, by another of its devices or by none."""
        old = DeviceList.decode(bytes.fromhex(self.lists[p][-1])).tbs
        attesting = None
        if self.chance(.9):
            serial, q = self.random.choice(sorted(self.devices_of(p).items()))
            attesting = serial, self.seeds[q]["identity_sign"]
        tbs = old.copy(number=number, issued_at=self.now[p], devices=devices)
        return attest_device_list(tbs, [TypedKey(type=ED25519, key=self.seeds[p]["account_key"])], attesting).encode().hex()

    def next_number(self, p):
        lists = [DeviceList.decode(bytes.fromhex(x)) for q in self.devices_of(p).values() for x in self.lists[q]]
        return max(x.tbs.number for x in lists) + self.random.choice([0, 1, 1, 1, 1])

    def add_device(self, p):
        """A further device of the account, which has a state of its own; the others' states know nothing of it."""
        if not self.several or len(self.parties) > 4:
            return
        known = self.devices_of(p)
        serial, q = max(known) + self.random.choice([1, 1, 5]), p + str(self.id)
        seeds = dict(self.seeds[p], identity_sign=bytes.fromhex(self.drawn(32)), identity_agree=bytes.fromhex(self.drawn(32)))
        account = [TypedKey(type=ED25519, key=seeds["account_key"])]
        private = [TypedKey(type=ED25519, key=seeds["identity_sign"]), TypedKey(type=X25519, key=seeds["identity_agree"])]
        public = [TypedKey(type=ED25519, key=sign_public(seeds["identity_sign"])),
                  TypedKey(type=X25519, key=dh_public(seeds["identity_agree"]))]
        credential = attest_credential(CredentialTBS(
            version=0, account_id=bytes.fromhex(self.accounts[p]["account_id"]), serial=serial, generation=1, not_before=START - DAY,
            not_after=START + 400 * DAY, identity_keys=public, suites=[1], extensions=[]), account)
        old = DeviceList.decode(bytes.fromhex(self.lists[p][-1])).tbs.devices
        devices = [d for d in old if d.serial < serial] + [entry_of(credential)]
        device_list = self.sign_list(p, devices, self.next_number(p))
        state = State()
        state.put((ACCOUNT, b""), AccountState(
            account_private=account, identity_private=private, device_list=DeviceList.decode(bytes.fromhex(device_list)),
            credential=credential, last_batch_generation=0))
        state.commit()
        self.ask("party.new", q, folder="{folder}/" + q, now=str(self.now[p]))
        self.ask("party.import_state", q, state=state.export().hex())
        self.parties.append(q)
        self.now[q], self.seeds[q], self.batches[q], self.sessions[q] = self.now[p], seeds, [], []
        self.accounts[q], self.lists[q] = self.accounts[p], self.lists[p] + [device_list]
        self.credentials[q] = self.credentials[p] + [credential.encode().hex()]

    def change_list(self, p):
        """A list with some of the account's devices, each as some list has it."""
        known = self.devices_of(p)
        if len(known) == 1:
            return self.add_device(p)
        entries = {}
        for q in known.values():
            for x in self.lists[q] if self.chance(.2) else self.lists[q][-1:]:
                entries.update((d.serial, d) for d in DeviceList.decode(bytes.fromhex(x)).tbs.devices)
        kept = [d for serial, d in sorted(entries.items()) if self.chance(.7)]
        if kept:
            device_list = self.sign_list(p, kept, self.next_number(p))
            for q in known.values():
                self.lists[q].append(device_list)
                self.credentials[q].append(self.credentials[q][-1])

    def decide(self, p):
        if self.sessions[p]:
            command = "pw.accept_session" if self.chance(.67) else "pw.decline_session"
            self.ask(command, p, self.random.choice(self.sessions[p][-4:]))

    def look(self, p):
        self.ask("pw.mailboxes", p)
        if self.sessions[p]:
            session = self.random.choice(self.sessions[p])
            self.ask("pw.mailboxes", p, session)
            self.ask("pw.export", p, session, label="6c", context="63", length=self.random.choice([0, 16, 8160, 8161]))
        self.ask("pw.safety_number", p, account_keys=self.accounts[self.random.choice(self.parties)]["account_keys"])
        if self.bundles:
            of, bundle = self.random.choice(self.bundles)
            self.ask("pw.verify_bundle", p, account_id=self.accounts[of]["account_id"],
                     bundle=self.damaged(bundle) if self.chance(.3) else bundle)

    def copy(self, p):
        state = self.ask("party.export_state", p)["state"]
        copy = "copy%d" % self.id
        self.ask("party.new", copy, folder="{folder}/" + copy, now=str(self.now[p]))
        if self.ask("party.import_state", copy, state=self.damaged(state) if self.chance(.8) else state):
            self.ask("party.export_state", copy)
        self.ask("party.free", copy)

    def policy(self, p):
        self.ask("party.policy", p, limits=[self.random.choice([
            "max_archived=2", "max_archived=4", "max_skip=3", "max_skip=1000", "max_skipped_keys=4", "max_first_messages=5",
            "max_skipped_chains=2", "recovery_interval=60", "simultaneous_window=3600", "replay_cache_size=2",
            "replay_cache_size=4096"])])

    def expire(self, p):
        self.ask("pw.expire", p)

    def run(self, steps):
        self.begin()
        kinds = {self.send: 30, self.receive: 34, self.initiate: 8, self.clock: 5, self.batch: 2, self.bundle: 5, self.renew: 2,
                 self.apply_lists: 2, self.decide: 5, self.look: 3, self.copy: 2, self.policy: 1, self.expire: 1,
                 self.add_device: 2, self.change_list: 2 * self.several}
        for _ in range(steps):
            p = self.random.choice(self.parties)
            self.random.choices(list(kinds), list(kinds.values()))[0](p)
            self.ask("party.export_state", p)
            self.ask("party.step_changes", p)


def main():
    commands = sys.argv[1:3]
    first, seeds, steps = ([int(x) for x in sys.argv[3:]] + [1, 20, 150][len(sys.argv) - 3:])[:3]
    requests = differences = 0
    for seed in range(first, first + seeds):
        talk = Talk(commands, seed)
        try:
            talk.run(steps)
        except Differ as differ:
            differences += 1
            print("seed %d, request %d: %s" % (seed, talk.id, differ))
        requests += talk.id
        talk.end()
    print("%d requests, %d of %d conversations differ" % (requests, differences, seeds))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
