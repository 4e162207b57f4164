"""Commands party.* and pw.* (conformance/PAIRWISE.md)."""
import re

from . import delivery, device, envelope, replacement, verification
from .codec import Extension
from .commands import command
from .errors import Refusal, require
from .identities import Credential, DeviceLists, TypedKeys
from .limits import DEFAULTS
from .party import Party
from .prekeys import PrekeyBundle, PublishedBatch
from .protocol import Fault, Unsupported, decimal, flag, integer, octets, strings, text
from .records import PREKEY, REPLAY, SESSION, batch_key
from .session import STATUS_NAMES, export as session_export


def extension(item):
    found = re.fullmatch("([0-9a-f]{4}):((?:[0-9a-f]{2})*)", item)
    if not found:
        raise Fault("not tttt:hex")
    return Extension(type=int(found[1], 16), data=bytes.fromhex(found[2]))


def extensions(items):
    return [extension(x) for x in strings(items)]


@command("party.new")
def new(call, folder: text, now: decimal):
    call.add_party(Party(folder, now))
    return {}


@command("party.load")
def load(call, folder: text, now: decimal, least_changes: decimal = 0):
    party = Party(folder, now)
    call.check_free()
    party.load(least_changes)
    call.add_party(party)
    return {**imported(party), "sessions": list(party.names)}


def imported(party):
    account = party.state.account
    return {"account_id": account.device_list.account_id().hex() if account else "",
            "changes": str(party.state.head.changes)}


@command("party.save")
def save(call):
    call.party.save()
    return {"changes": str(call.party.state.head.changes)}


@command("party.free")
def free(call):
    call.remove_party()
    return {}


@command("party.clock")
def clock(call, now: decimal):
    call.party.now = now
    return {}


@command("party.policy")
def policy(call, require_issuer: flag = None, issuers: strings = None, limits: strings = None):
    party = call.party
    if issuers is not None:
        issuers = [octets(keys) for keys in issuers]
        for keys in issuers:
            TypedKeys.decode(keys)
    values = {}
    for item in limits or ():
        name, _, value = item.partition("=")
        if name not in DEFAULTS:
            raise Unsupported("limit " + name)
        values[name] = decimal(value)
    if require_issuer is not None:
        party.device.policy.require_issuer = require_issuer
    if issuers is not None:
        party.device.policy.issuers = issuers
    party.device.policy.limits.update(values)
    return {}


@command("party.export_state")
def export_state(call):
    if call.party.state.account is None:
        raise Fault("no account yet")
    return {"state": call.party.state.export().hex()}


@command("party.import_state")
def import_state(call, state: octets, least_changes: decimal = 0):
    party = call.party
    party.device.load(state, least_changes)
    party.name_all()
    return imported(party)


@command("party.step_changes")
def step_changes(call):
    return {"changes": b"".join(c.encode() for c in call.party.device.changes).hex()}


@command("party.observe")
def observe(call):
    party = call.party
    state = party.state
    out = {"digest": party.digest().hex(), "sessions": len(state.of_kind(SESSION)), "prekeys": len(state.of_kind(PREKEY)),
           "replay": len(state.of_kind(REPLAY))}
    if call.has_session:
        session = state.session(call.session_id)
        require(session is not None, "misuse", "no such session")
        out.update(status=STATUS_NAMES[session.status], skipped_keys=sum(len(c.keys) for c in session.skipped),
                   n_send=session.sending.next if session.sending else 0,
                   n_receive=session.receiving.next if session.receiving else 0, session_id=session.session_id.hex())
    return out


@command("pw.create")
def create(call, serial: integer, not_before: decimal, not_after: decimal, suites: strings, list_number: integer = 1,
           issuer_seed: octets = None):
    suites = [int.from_bytes(octets(x), "big") for x in suites if len(x) == 4 or call.fault("a suite has two bytes")]
    if issuer_seed is not None and len(issuer_seed) != 32:
        raise Fault("issuer_seed")
    party = call.party
    if party.state.account is not None:
        raise Fault("the party has an account")
    account = party.device.run(party.now, call.draws.draw, device.create, serial, not_before, not_after, suites, list_number, issuer_seed)
    call.party.issuer_seed = issuer_seed
    keys = account.device_list.tbs.account_keys
    return {"account_id": account.credential.tbs.account_id.hex(), "account_keys": TypedKeys.encode(keys).hex(),
            "credential": account.credential.encode().hex(), "device_list": account.device_list.encode().hex()}


@command("pw.renew")
def renew(call, not_after: decimal):
    account = call.step(device.renew, not_after, call.party.issuer_seed)
    return {"credential": account.credential.encode().hex(), "device_list": account.device_list.encode().hex()}


@command("party.reissue_list")
def reissue_list(call):
    account = call.step(device.reissue_list)
    return {"credential": account.credential.encode().hex(), "device_list": account.device_list.encode().hex()}


def device_changes(party):
    """The event of ID-23: who came and who went with the step."""
    added, removed = party.device.told
    return {"devices_added": [str(n) for n in sorted(added)], "devices_removed": [str(n) for n in sorted(removed)]}


@command("pw.apply_lists")
def apply_lists(call, account_id: octets, device_lists: octets):
    number = call.step(device.apply_lists, account_id, DeviceLists.decode(device_lists))
    return {"number": str(number), **device_changes(call.party)}


@command("pw.batch")
def batch(call, one_time: integer, kem_one_time: integer, lifetime: decimal):
    published = call.step(device.create_batch, one_time, kem_one_time, lifetime)
    generation = published.batch.tbs.generation
    call.party.published[generation] = published.encode()
    return {"published": published.encode().hex(), "generation": generation}


@command("pw.bundle")
def bundle(call, generation: integer, kem_id: integer, one_time_id: integer = None):
    """The relay's part: the published batch is kept beside the state, not in it."""
    party = call.party
    if generation not in party.published:
        raise Fault("no such batch")
    published = PublishedBatch.decode(party.published[generation])
    if max(kem_id, one_time_id or 0) >= len(published.prekeys):
        raise Refusal("misuse", "no such key")
    stored = party.state.objects.get(batch_key(generation)) or party.state.account
    return {"bundle": PrekeyBundle(
        version=0, device_lists=[party.state.account.device_list], credential=stored.credential, batch=published.batch,
        signed_prekey=published.prekeys[0],
        one_time_prekey=None if one_time_id is None else published.prekeys[one_time_id],
        kem_prekey=published.prekeys[kem_id]).encode().hex()}


@command("pw.verify_bundle")
def verify_bundle(call, account_id: octets, bundle: octets):
    found = call.look(device.verify_bundle, account_id, bundle)
    return {"one_time": int(found.one_time_prekey is not None), "last_resort": int(found.kem_prekey.prekey.type == 4)}


@command("pw.initiate")
def initiate(call, account_id: octets, bundle: octets, psk_id: octets = None, psk: octets = None, recovery: flag = False):
    name = call.new_session_name(call.session_name)
    if (psk_id is None) != (psk is None):
        raise Fault("psk_id without psk, or the other way round")
    session, one_time, last_resort = call.step(device.initiate, account_id, bundle, psk_id, psk, recovery)
    call.party.names[name] = session.session_id
    return {"session_id": session.session_id.hex(), "account_id": session.peer_account.hex(),
            "serial": session.peer_serial, "one_time": int(one_time), "last_resort": int(last_resort),
            "resumed": int(bool(session.resumed_from)), **device_changes(call.party)}


@command("pw.send")
def send(call, body: octets, content_type: integer = 0, authenticated_data: octets = b"", critical: extensions = (),
         non_critical: extensions = ()):
    if content_type > 255:
        raise Fault("content_type")
    message, mailbox, contact = call.step(device.encrypt, call.session_id, content_type, body, authenticated_data,
                                          list(critical), list(non_critical))
    return {"message": message.hex(), "mailbox": mailbox.hex(), "contact": int(contact)}


@command("pw.receive")
def receive(call, mailbox: octets, message: octets, authenticated_data: octets = b"", expected_account: octets = None,
            psk_id: octets = None, psk: octets = None, new_session: text = None):
    if (psk_id is None) != (psk is None):
        raise Fault("psk_id without psk, or the other way round")
    if new_session is not None:
        call.new_session_name(new_session)
    external = None if psk_id is None else (psk_id, psk)
    got = call.step(device.receive, mailbox, message, authenticated_data, expected_account, external)
    party = call.party
    name = party.name_of(got.session_id)
    if name is None:
        name = new_session if new_session is not None else "s:" + got.session_id.hex()
        party.names[name] = got.session_id
    account, serial = got.pair
    return {"session": name, "session_id": got.session_id.hex(), "event": got.event,
            "content_type": got.frame.content_type, "body": got.frame.body.hex(),
            "non_critical": ["%04x:%s" % (e.type, e.data.hex()) for e in got.frame.non_critical],
            "account_id": account.hex(), "serial": serial, "one_time": int(got.one_time),
            "last_resort": int(got.last_resort), **device_changes(party)}


@command("pw.accept_session")
def accept_session(call):
    call.step(replacement.accept_session, call.session_id)
    return {}


@command("pw.decline_session")
def decline_session(call):
    call.step(replacement.decline_session, call.session_id)
    return {}


@command("pw.export")
def export(call, label: octets, context: octets, length: integer):
    def run(step):
        session = step.state.session(call.session_id)
        require(session is not None, "misuse", "no such session")
        return session_export(session, label, context, length)
    return {"secret": call.look(run).hex()}


@command("pw.mailboxes")
def mailboxes(call):
    def run(step):
        out = {"contact": step.own_contact().hex()}
        if call.has_session:
            session = step.state.session(call.session_id)
            require(session is not None, "misuse", "no such session")
            out["outgoing"] = envelope.outgoing(session, step.now).hex()
            out["incoming"] = [m.hex() for m in envelope.incoming(session, step.now, step.policy)]
        return out
    return call.look(run)


@command("pw.safety_number")
def safety_number(call, account_keys: octets):
    def run(step):
        keys, own = TypedKeys.decode(account_keys), step.account.device_list.tbs.account_keys
        digits = verification.safety_number(own, keys)
        code = verification.VerificationCode(version=0, own=verification.account_id(own), peer=verification.account_id(keys))
        return {"digits": digits, "code": code.encode().hex()}
    return call.look(run)


@command("pw.check_code")
def check_code(call, account_id: octets, code: octets):
    def run(step):
        verification.check_code(verification.VerificationCode.decode(code), account_id,
                                step.account.credential.tbs.account_id)
        return {}
    return call.look(run)


@command("pw.delivery_auth")
def delivery_auth(call, challenge: octets, relay: octets, action: integer, request: octets):
    def run(step):
        own = step.account.credential.tbs
        return delivery.delivery_auth(step.private(1), challenge, relay, action, own.account_id, own.serial, request)
    return {"delivery_auth": call.look(run).encode().hex()}


@command("pw.check_delivery_auth")
def check_delivery_auth(call, delivery_auth: octets, challenge: octets, relays: strings, action: integer, request: octets,
                        credential: octets, device_list: octets = None):
    """DS-02 asks nothing of the list, which a relay has verified with the publication (DS-04)."""
    auth, credential = delivery.DeliveryAuth.decode(delivery_auth), Credential.decode(credential)
    delivery.check_delivery_auth(auth, credential, challenge, [octets(r) for r in relays], action, request)
    return {}


@command("pw.expire")
def expire(call):
    call.step(lambda step: None)
    return {}
