"""The state of a device (page State)."""
from . import ratchet
from .errors import require
from .identities import account_id
from .limits import age
from .records import (ACCOUNT, BATCH, HEAD, PEER, PREKEY, REPLAY, SESSION, Change, Head, PairState, Record,
                      read_records, record_key)
from .session import ARCHIVED, CLOSED, ESTABLISHED, UNACCEPTED, WAITING


class State:
    """Objects by record key (kind, id). A step works on a `fork`, which `commit` turns into changes."""

    def __init__(self):
        self.objects = {}
        self.stored = {}            # record key: (generation, body)
        self.head = Head(changes=0, retired=0)
        self.head_generation = 0
        self.touched = set()
        self.own = set()            # objects that this fork has copied

    def fork(self):
        new = State()
        new.objects, new.stored = dict(self.objects), self.stored
        new.head, new.head_generation = self.head, self.head_generation
        return new

    # reading

    @property
    def account(self):
        return self.objects.get((ACCOUNT, b""))

    def of_kind(self, kind):
        return [(key[1], value) for key, value in self.objects.items() if key[0] == kind]

    def session(self, session_id):
        return self.objects.get((SESSION, session_id))

    def peer(self, account):
        return self.objects.get((PEER, account))

    def pair(self, account, serial):
        """The pair, or an empty one that is not stored."""
        peer = self.peer(account)
        found = peer and peer.pair(serial)
        return found or PairState(serial=serial, live=None, unaccepted=None, archived=[], last_recovery=0, unconfirmed=0)

    def live(self, account, serial):
        id = self.pair(account, serial).live
        return id and self.session(id)

    def spared(self, pair):
        """The archived session that a waiting live one was made with (REP-09), or None."""
        live = pair.live and self.session(pair.live)
        return live.resumed_from if live and live.status == WAITING and live.resumed_from else None

    def pinned(self, account):
        peer = self.peer(account)
        return peer.device_list if peer else None

    def replay_count(self, generation):
        prefix = generation.to_bytes(4, "big")
        return sum(1 for id, _ in self.of_kind(REPLAY) if id[:4] == prefix)

    # writing, in a fork

    def put(self, key, value):
        self.objects[key] = value
        self.touched.add(key)
        self.own.add(key)

    def delete(self, key):
        del self.objects[key]
        self.touched.add(key)
        self.own.discard(key)

    def edit(self, key):
        if key not in self.own:
            self.put(key, self.objects[key].copy())
        return self.objects[key]

    def edit_session(self, session_id):
        return self.edit((SESSION, session_id))

    def edit_pair(self, account, serial):
        """The pair to change; its peer must be there."""
        peer = self.edit((PEER, account))
        pair = peer.pair(serial)
        if pair is None:
            pair = self.pair(account, serial)
            peer.pairs.append(pair)
            peer.pairs.sort(key=lambda p: p.serial)
        return pair

    def drop_pairs(self):
        """Deletes pairs without sessions of devices that are not listed."""
        for account, peer in self.of_kind(PEER):
            kept = [p for p in peer.pairs if p.session_ids() or peer.device_list.entry(p.serial)]
            if len(kept) < len(peer.pairs):
                serials = {p.serial for p in kept}
                edited = self.edit((PEER, account))
                edited.pairs = [p for p in edited.pairs if p.serial in serials]

    def delete_session(self, session_id):
        """Erases its keys (REP-09); the caller has taken it out of its pair."""
        self.delete((SESSION, session_id))

    # the step's end

    def commit(self):
        """The changes of the step (STA-02, STA-03), ascending, the head last."""
        stored, changes = dict(self.stored), []
        grown = retired = 0
        for key in sorted(self.touched):
            before = stored.get(key)
            value = self.objects.get(key)
            body = value.encode() if value is not None else None
            if (before and before[1]) == body or (before is None and body is None):
                continue
            grown += 1
            expected = before[0] if before else 0
            if body is None:
                retired += expected + 1
                del stored[key]
                changes.append(Change(key=record_key(key), expected=expected, record=None))
            else:
                stored[key] = (expected + 1, body)
                changes.append(Change(key=record_key(key), expected=expected, record=make_record(key, *stored[key])))
        if changes:
            self.head = Head(changes=self.head.changes + grown, retired=self.head.retired + retired)
            changes.append(Change(key=record_key((HEAD, b"")), expected=self.head_generation, record=make_record(
                (HEAD, b""), self.head_generation + 1, self.head.encode())))
            self.head_generation += 1
        self.stored = stored
        self.touched, self.own = set(), set()
        return changes

    def export(self):
        """STA-01."""
        records = [make_record((HEAD, b""), self.head_generation, self.head.encode())]
        records += [make_record(key, *self.stored[key]) for key in sorted(self.stored)]
        return b"".join(r.encode() for r in records)


def make_record(key, generation, body):
    return Record(version=0, key=record_key(key), generation=generation, body=body)


# expiry

def expire(state, now, policy):
    """Erases what is past its age, in a fork."""
    for id, batch in state.of_kind(BATCH):
        if now >= batch.batch.tbs.expiry + policy.prekey_grace:
            for key in [k for k in state.objects if k[0] in (PREKEY, REPLAY) and k[1][:4] == id]:
                state.delete(key)
            state.delete((BATCH, id))
    for account, peer in state.of_kind(PEER):
        for pair in peer.pairs:
            spared = state.spared(pair)
            gone = [r.session_id for r in pair.archived
                    if r.session_id != spared and age(now, r.archived_at) >= policy.archive_age]
            if gone:
                edited = state.edit_pair(account, pair.serial)
                edited.archived = [r for r in edited.archived if r.session_id not in gone]
                for id in gone:
                    state.delete_session(id)
    for id, session in state.of_kind(SESSION):
        if any(age(now, k.stored_at) >= policy.skipped_key_age for c in session.skipped for k in c.keys):
            ratchet.expire_skipped(state.edit_session(id), now, policy)


# import

SLOT_STATUS = {"live": (WAITING, ESTABLISHED), "unaccepted": (UNACCEPTED,), "archived": (ARCHIVED, CLOSED)}


def import_state(data, least_changes=0):
    """STA-04, STA-05."""
    state = State()
    for key, generation, value, body in read_records(data):
        if key[0] == HEAD:
            state.head, state.head_generation = value, generation
        else:
            state.objects[key] = value
            state.stored[key] = (generation, body)
    require(state.head_generation, "malformed", "no head record")
    require(state.account, "malformed", "no account record")
    check_references(state)
    total = sum(generation for generation, _ in state.stored.values())
    require(state.head.changes == total + state.head.retired, "rollback", "the head's sum")
    require(state.head.changes >= least_changes, "rollback", "STA-05")
    return state


def check_references(state):
    for id, batch in state.of_kind(BATCH):
        require(int.from_bytes(id, "big") == batch.batch.tbs.generation, "malformed", "a batch under another generation")
        sound = batch.batch.tbs.generation <= state.account.last_batch_generation
        require(sound, "malformed", "a batch beyond the last")
    for kind in (PREKEY, REPLAY):
        for id, _ in state.of_kind(kind):
            require((BATCH, id[:4]) in state.objects, "malformed", "no batch")
    slots = {}
    for account, peer in state.of_kind(PEER):
        require(account_id(peer.device_list.tbs.account_keys) == account, "malformed", "a peer under another account")
        for pair in peer.pairs:
            listed = peer.device_list.entry(pair.serial)
            require(listed or pair.session_ids(), "malformed", "a pair without sessions whose device is not listed")
            for slot, ids in (("live", [pair.live]), ("unaccepted", [pair.unaccepted]),
                              ("archived", [r.session_id for r in pair.archived])):
                for id in ids:
                    if id is None:
                        continue
                    session = state.session(id)
                    require(session and session.pair == (account, pair.serial), "malformed", "a pair's session")
                    require(id not in slots, "malformed", "a session in two places")
                    require(session.status in SLOT_STATUS[slot], "malformed", "a session's status")
                    open_one = session.status != CLOSED
                    require(listed or not open_one, "malformed", "an open session of a device that is not listed")
                    decided = not pair.unconfirmed or session.status == UNACCEPTED
                    require(decided or not open_one, "malformed", "a session of an unconfirmed pair (REP-15)")
                    slots[id] = slot
    for id, session in state.of_kind(SESSION):
        require(session.session_id == id, "malformed", "a session under another id")
        require(id in slots, "malformed", "a session without its peer")
