#!/usr/bin/env python3
"""Checks this implementation against test-vectors/pairwise. `check_vectors.py [TOPIC…]`"""
import json
import pathlib
import sys

from sceau import (content, delivery, device, envelope, frame, handshake, identities, kdf, merkle, prekeys, ratchet, session,
                   suite, verification)
from sceau.codec import Extension, Extensions, Opaque, Optional, Reader, STRUCTURES, length_prefix, uint32
from sceau.errors import Refusal, require
from sceau.identities import DeviceList, DeviceLists, Credential, TypedKey, TypedKeys
from sceau.limits import Policy, check_not_ahead
from sceau.records import BODIES, PEER, SESSION
from sceau.replacement import first_wins
from sceau.state import State, import_state, make_record

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "test-vectors" / "pairwise"
VECTORS = {}
H = bytes.fromhex


def at(place):
    id, *path = place.split(".")
    value = VECTORS[id]
    for part in path:
        value = value[int(part) if part.isdigit() else part]
    return value


def whole(fields):
    """With the values that stand elsewhere."""
    out = {}
    for name, value in fields.items():
        if isinstance(value, str) and name.endswith("_of"):
            out[name[:-3]] = at(value)
        elif isinstance(value, dict) and name.endswith("_edit"):
            old, i = H(at(value["of"])), value["at"]
            out[name[:-5]] = (old[:i] + H(value["insert"]) + old[i + value["remove"]:]).hex()
        else:
            out[name] = value
    return out


def make_policy(v):
    policy = Policy()
    given = v.get("policy", {})
    policy.require_issuer = bool(given.get("require_issuer", 0))
    policy.issuers = [H(k) for k in given.get("issuers", [])]
    if "replay_cache_size" in v:
        policy.limits["replay_cache_size"] = v["replay_cache_size"]
    return policy


OPERATIONS = {}


def operation(topic, *names):
    def register(function):
        for name in names or (None,):
            OPERATIONS[topic, name] = function
        return function
    return register


def decoded(decode, data):
    value = decode(H(data))
    return {"bytes": value.encode().hex() if hasattr(value, "encode") and not isinstance(value, bytes) else data}


@operation("codec", "length", "opaque", "optional_uint32", "extensions", "typed_keys")
def codec(v):
    reader, data = Reader(H(v["bytes"])), H(v["bytes"])
    kind = v["operation"]
    out = bytearray()
    if kind == "length":
        n = reader.length()
        reader.finish()
        assert length_prefix(n) == data
        return {"value": n, "length": n}
    item = {"opaque": lambda: Opaque(v["limit"]), "optional_uint32": lambda: Optional(uint32),
            "extensions": lambda: Extensions, "typed_keys": lambda: TypedKeys}[kind]()
    value = item.read(reader)
    reader.finish()
    item.write(out, value)
    assert out == data
    return {}


@operation("key-derivation", "expand_with_label", "ref_hash", "sign_with_label", "verify_with_label")
def derive(v):
    if v["operation"] == "expand_with_label":
        return {"output": kdf.expand_with_label(H(v["secret"]), v["label"], H(v["context"]), v["length"]).hex()}
    if v["operation"] == "ref_hash":
        return {"reference": kdf.ref_hash(v["label"], H(v["value"])).hex()}
    if v["operation"] == "sign_with_label":
        return {"signature": kdf.sign_with_label(H(v["private_key"]), v["label"], H(v["content"])).hex()}
    kdf.verify_with_label(H(v["public_key"]), v["label"], H(v["content"]), H(v["signature"]))
    return {}


@operation("body-sealing", None, "kdf_rk", "kdf_ck", "open_body")
def body(v):
    kind = v.get("operation")
    if kind == "kdf_rk":
        names = ("root_key", "chain_key", "next_header_key")
        return dict(zip(names, (x.hex() for x in ratchet.kdf_rk(
            H(v["session_id"]), H(v["root_key"]), H(v["dh"]), H(v["absorb"]), v["flags"]))))
    if kind == "kdf_ck":
        chain, out = H(v["chain_key"]), []
        for n in range(4):
            chain, mk = ratchet.kdf_ck(chain)
            key, nonce = ratchet.message_key_and_nonce(mk)
            out.append({"n": n, "message_key": mk.hex(), "key": key.hex(), "nonce": nonce.hex(), "next_chain_key": chain.hex()})
        return {"messages": out}
    key, nonce = ratchet.message_key_and_nonce(H(v["message_key"]))
    aad = ratchet.message_aad(H(v["session_id"]), H(v["sealed_header"]), H(v["authenticated_data"]))
    if kind == "open_body":
        suite.aead_open(key, nonce, aad, H(v["sealed_body"]))
        return {}
    return {"sealed_body": suite.aead_seal(key, nonce, aad, frame.pad(H(v["frame"]))).hex()}


@operation("header-sealing", None, "open_header", "decode_header")
def header(v):
    if v.get("operation") == "decode_header":
        ratchet.Header.decode(H(v["encoded"]))
        return {}
    aad = ratchet.header_aad(H(v["session_id"]))
    if v.get("operation") == "open_header":
        suite.aead_open(H(v["header_key"]), bytes(12), aad, H(v["sealed_header"]))
        return {}
    h = dict(v["header"], ratchet_key=H(v["header"]["ratchet_key"]))
    return {"sealed_header": suite.aead_seal(H(v["header_key"]), bytes(12), aad, ratchet.Header(**h).encode()).hex()}


class Exporter:
    def __init__(self, v):
        self.exporter_secret = H(v["exporter_secret"])
        self.session_id = H(v.get("session_id", ""))


@operation("exporter")
def exporter(v):
    return {"output": session.export(Exporter(v), H(v["label"]), H(v["context"]), v["length"]).hex()}


@operation("safety-numbers", None, "check_code")
def numbers(v):
    if v.get("operation") == "check_code":
        verification.check_code(verification.VerificationCode.decode(H(v["code"])), H(v["pinned_peer"]), H(v["own_account_id"]))
        return {"equal": 1}
    own, peer = TypedKeys.decode(H(v["own_keys"])), TypedKeys.decode(H(v["peer_keys"]))
    return {"safety_number": verification.safety_number(own, peer)}


@operation("merkle", "prekey_leaf", "node_hash", "tree", "verify_path")
def tree(v):
    kind = v["operation"]
    if kind == "prekey_leaf":
        return {"leaf_hash": merkle.leaf_hash(prekeys.Prekey(type=v["type"], id=v["id"], key=H(v["key"])).encode()).hex()}
    if kind == "node_hash":
        return {"node_hash": merkle.node_hash(H(v["left"]), H(v["right"])).hex()}
    if kind == "tree":
        hashes = [merkle.leaf_hash(H(v["leaf_prefix"]) + i.to_bytes(4, "big")) for i in range(v["size"])]
        root, paths = merkle.merkle_paths(hashes)
        assert root == merkle.merkle_root(hashes)
        assert all(merkle.verify_path(h, i, v["size"], p, root) for i, (h, p) in enumerate(zip(hashes, paths)))
        return {"root": root.hex(), "#paths": {i: p.hex() for i, p in enumerate(paths)}}
    require(merkle.verify_path(H(v["leaf_hash"]), v["index"], v["size"], H(v["path"]), H(v["root"])), "bad_path")
    return {}


@operation("padding", "pad", "unpad")
def padding(v):
    if v["operation"] == "pad":
        f = frame.InnerFrame(content_type=v["content_type"], version=0, critical=[], non_critical=[],
                             body=H(v["body_byte"]) * v["body_length"])
        padded = f.encode()
        assert frame.InnerFrame.decode(padded) == f
        return {"padded_length": len(padded), "padded_hash": suite.sha256(padded).hex()}
    data = H(v["frame"]).ljust(v["padded_length"], b"\0")
    if v["last_byte"]:
        data = data[:-1] + bytes([v["last_byte"]])
    frame.InnerFrame.decode(data)
    return {}


def make_extensions(items):
    return [Extension(type=e["type"], data=H(e["data"])) for e in items]


@operation("inner-frame", None, "unpad", "decode_mailbox_rotation", "decode_device_lists", "decode_credential_update")
def inner(v):
    kind = v.get("operation")
    if kind == "unpad":
        frame.InnerFrame.decode(H(v["frame"]).ljust(v["padded_length"], b"\0"))
        return {}
    if kind:
        {"decode_mailbox_rotation": frame.MailboxRotation, "decode_device_lists": DeviceLists,
         "decode_credential_update": frame.CredentialUpdate}[kind].decode(H(v["body"]))
        return {}
    f = frame.InnerFrame(content_type=v["content_type"], version=0, critical=[],
                         non_critical=make_extensions(v["non_critical"]), body=H(v["body"]))
    padded = f.encode()
    frame.parse_body(frame.InnerFrame.decode(padded))
    return {"padded_length": len(padded), "padded_hash": suite.sha256(padded).hex()}


@operation("content", None, "decode_content", "receipt", "decode_receipt", "check_sender")
def contents(v):
    kind = v.get("operation")
    if kind == "decode_content":
        content.Content.decode(H(v["content"]))
        return {}
    if kind == "receipt":
        return {"receipt": content.Receipt(type=v["type"], message_ids=H(v["message_ids"])).encode().hex()}
    if kind == "decode_receipt":
        content.Receipt.decode(H(v["receipt"]))
        return {}
    if kind == "check_sender":
        content.check_sender(content.Content.decode(H(v["content"])), int(v["peer_serial"]))
        return {}
    if "body" not in v:
        return None
    c = content.Content(version=0, type=v["type"], message_id=H(v["message_id"]), sent_at=int(v["sent_at"]),
                        sender_serial=int(v["sender_serial"]), in_reply_to=H(v["in_reply_to"]), body=H(v["body"]),
                        extensions=make_extensions(v.get("extensions", [])))
    content.Content.decode(c.encode())
    return {"content": c.encode().hex()}


def ed(key):
    return [TypedKey(type=1, key=H(key))]


def drawn(name, n):
    return suite.sha256(name.encode()) * (n // 32)


def created(v, serial, list_number, suites):
    """A device with an account, where the vector does not say which."""
    now = int(v.get("now", 0))
    d = device.Device(make_policy(v))
    d.run(now, drawn, device.create, serial, int(v.get("not_before", 0)), int(v.get("not_after", now + 1)), suites, list_number, None)
    return d


@operation("identities", "account_id", "credential", "device_list", "decode_credential", "decode_device_list",
           "verify_credential", "create")
def identity(v):
    kind = v["operation"]
    if kind == "create":
        created(v, int(v["serial"]), int(v["list_number"]), v["suites"])
        return {}
    if kind == "account_id":
        keys = [TypedKey(type=k["type"], key=H(k["key"])) for k in v["account_keys"]]
        return {"account_id": identities.account_id(keys).hex(), "issuer_id": identities.issuer_id(keys).hex()}
    issuer = H(v["issuer_key"]) if "issuer_key" in v else None
    if kind == "credential":
        k, c = v["keys"], v["credential"]
        account = [TypedKey(type=1, key=suite.sign_public(H(k["account_key"])))]
        made = identities.attest_credential(identities.CredentialTBS(
            version=0, account_id=identities.account_id(account), serial=int(c["serial"]), generation=c["generation"],
            not_before=int(c["not_before"]), not_after=int(c["not_after"]), suites=c["suites"], extensions=[],
            identity_keys=[TypedKey(type=1, key=suite.sign_public(H(k["identity_sign"]))),
                           TypedKey(type=0x101, key=suite.dh_public(H(k["identity_agree"])))]),
            ed(k["account_key"]), issuer)
        return {"credential": made.encode().hex(), "credential_ref": made.ref().hex()}
    if kind == "device_list":
        account = [TypedKey(type=1, key=suite.sign_public(H(v["account_key"])))]
        made = identities.attest_device_list(identities.DeviceListTBS(
            version=0, account_keys=account, number=int(v["number"]), issued_at=int(v["issued_at"]),
            devices=[identities.entry_of(Credential.decode(H(v["credential"])))], extensions=[]),
            ed(v["account_key"]), (int(v["device_serial"]), H(v["device_key"])) if "device_key" in v else None, issuer)
        return {"device_list": made.encode().hex(), "list_ref": made.ref().hex()}
    if kind == "decode_credential":
        return decoded(Credential.decode, v["bytes"])
    if kind == "decode_device_list":
        return decoded(DeviceList.decode, v["bytes"])
    credential = Credential.decode(H(v["credential"]))
    identities.verify_credential(credential, DeviceList.decode(H(v["device_list"])), int(v["now"]), make_policy(v))
    return {"signature_key": credential.signing_key.hex(), "agreement_key": credential.agreement_key.hex()}


@operation("device-lists", "apply_device_lists", "decode_device_lists")
def lists(v):
    if v["operation"] == "decode_device_lists":
        return decoded(DeviceLists.decode, v["bytes"])
    pinned = DeviceList.decode(H(v["pinned"])) if "pinned" in v else None
    got = identities.apply_device_lists(pinned, H(v["account_id"]), DeviceLists.decode(H(v["device_lists"])),
                                        int(v["now"]), make_policy(v))[-1]
    return {"number": str(got.tbs.number), "pinned": got.encode().hex()}


@operation("bundle", "verify_bundle", "decode_prekey_bundle")
def bundle(v):
    if v["operation"] == "decode_prekey_bundle":
        return decoded(prekeys.PrekeyBundle.decode, v["bytes"])
    b = prekeys.PrekeyBundle.decode(H(v["bundle"]))
    pinned = DeviceList.decode(H(v["pinned"])) if "pinned" in v else None
    got = prekeys.verify_bundle(b, H(v["account_id"]), pinned, Credential.decode(H(v["own_credential"])), int(v["now"]),
                                make_policy(v))
    return {"serial": str(b.credential.tbs.serial), "one_time": int(b.one_time_prekey is not None),
            "last_resort": int(b.kem_prekey.prekey.type == 4), "list_number": str(got[-1].tbs.number)}


@operation("prekey-batch", "create_batch", "decode_published_batch")
def batch(v):
    if v["operation"] == "decode_published_batch":
        return decoded(prekeys.PublishedBatch.decode, v["bytes"])
    if "identity_sign" not in v:
        d = created(v, 1, 1, [1])
        d.run(int(v["now"]), drawn, device.create_batch, v["one_time"], v["kem_one_time"], int(v["lifetime"]))
        return {}
    privates = [(1, H(v["signed_prekey"])), (4, H(v["kem_last_resort"]))]
    privates += [(2, H(k)) for k in v["one_time_prekeys"]] + [(3, H(k)) for k in v["kem_prekeys"]]
    made = prekeys.make_batch(privates, Credential.decode(H(v["credential"])), v["generation"], 1, int(v["now"]),
                              int(v["lifetime"]), H(v["identity_sign"]))
    return {"batch": made.batch.encode().hex(), "published_length": len(made.encode()),
            "published_hash": suite.sha256(made.encode()).hex(), "last_batch_generation": v["generation"]}


@operation("handshake-key-schedule", "resumption_psk", "psk_input", "unpad_identity", "dh", "kem", "kem_decaps",
           "check_kem_key")
def schedule(v):
    kind = v["operation"]
    if kind == "resumption_psk":
        return {"resumption_psk": handshake.resumption_psk(Exporter(v)).hex()}
    if kind == "psk_input":
        psk = v["psk"]
        return {"psk_input": handshake.psk_input(handshake.PskId(type=psk["type"], id=H(psk["id"])), H(psk["secret"])).hex()}
    if kind == "unpad_identity":
        return {"initiator_identity": handshake.InitiatorIdentity.unpad(H(v["padded"])).encode().hex()}
    if kind == "dh":
        return {"shared_secret": suite.dh(H(v["private_key"]), H(v["public_key"])).hex()}
    if kind == "kem":
        ct, ss = suite.kem_encaps(suite.kem_keygen(H(v["seed"])), H(v["kem_encapsulation"]))
        assert suite.kem_decaps(H(v["seed"]), ct) == ss
        return {"ciphertext": ct.hex(), "shared_secret": ss.hex()}
    if kind == "kem_decaps":
        return {"shared_secret": suite.kem_decaps(H(v["seed"]), H(v["ciphertext"])).hex()}
    suite.kem_check(H(v["encapsulation_key"]))
    return {}


@operation("delivery-service", "decode", "delivery_auth", "check_delivery_auth", "check_publication")
def service(v):
    kind = v["operation"]
    if kind == "decode":
        return decoded(STRUCTURES[v["type"]].decode, v["bytes"])
    if kind == "delivery_auth":
        made = delivery.delivery_auth(H(v["identity_sign"]), H(v["challenge"]), relay(v), v["action"], H(v["account_id"]),
                                      int(v["serial"]), H(v["request"]))
        return {"delivery_auth": made.encode().hex()}
    if kind == "check_delivery_auth":
        delivery.check_delivery_auth(delivery.DeliveryAuth.decode(H(v["delivery_auth"])), Credential.decode(H(v["credential"])),
                                     H(v["challenge"]), relays(v), v["action"], H(v["request"]))
        return {}
    pinned = DeviceList.decode(H(v["device_list"])) if "device_list" in v else None
    got = delivery.check_publication(delivery.Publication.decode(H(v["publication"])), pinned, v["last_generation"],
                                     int(v["now"]), make_policy(v))
    return {"list_number": str(got.tbs.number)}


def relays(v):
    return [relay({"relay": name}) for name in v["relays"]] if "relays" in v else [relay(v)]


def relay(v):
    text = v.get("relay", "")
    try:
        return H(text)
    except ValueError:
        return text.encode()


@operation("delivery-service", "publication", "fetch_request", "fetch_answer", "get_request", "get_answer",
           "acknowledge_request", "prekey_stock")
def service_made(v):
    kind = v["operation"]
    if kind == "publication":
        lists = DeviceLists.encode([DeviceList.decode(H(v["device_list"]))])
        made = delivery.Publication.decode(b"\0" + lists + H(v["credential"]) + H(v["published"]))
    elif kind == "fetch_answer":
        given = v["bundles"] if isinstance(v["bundles"], list) else [v["bundles"]]
        made = delivery.FetchAnswer(version=0, bundles=[prekeys.PrekeyBundle.decode(H(b)) for b in given])
    elif kind == "fetch_request":
        made = delivery.FetchRequest(version=0, account_id=H(v["account_id"]), serial=int(v["serial"]))
    elif kind == "get_request":
        made = delivery.GetRequest(version=0, mailbox_id=H(v["mailbox_id"]), most=v["most"])
    elif kind == "get_answer":
        made = delivery.GetAnswer(version=0, more=v["more"], envelopes=[delivery.StoredEnvelope(
            handle=H(e["handle"]), expiry=int(e["expiry"]), message=H(e["message"])) for e in v["envelopes"]])
    elif kind == "acknowledge_request":
        made = delivery.AcknowledgeRequest(version=0, mailbox_id=H(v["mailbox_id"]), handles=H("".join(v["handles"])))
    else:
        made = delivery.PrekeyStock(version=0, one_time=v["one_time"], kem_one_time=v["kem_one_time"])
    assert type(made).decode(made.encode()) == made
    return {kind: made.encode().hex()}


@operation("mailboxes", "mailbox_id", "contact_mailbox", "incoming", "envelope", "decode_envelope", "envelope_expiry")
def mailboxes(v):
    kind = v["operation"]
    if kind == "mailbox_id":
        secret = envelope.mailbox_secret(Exporter(v))
        return {"mailbox_id": envelope.mailbox_id(secret, v["direction"], v["rotation"], int(v["period"])).hex()}
    if kind == "contact_mailbox":
        return {"mailbox_id": envelope.contact_mailbox(H(v["account_id"]), int(v["serial"])).hex()}
    if kind == "incoming":
        s = Exporter(v)
        s.role, s.status, s.rotation_send, s.rotation_receive = v["role"], v["status"], v["rotation_send"], v["rotation_receive"]
        return {"incoming": [m.hex() for m in envelope.incoming(s, int(v["now"]), Policy())]}
    if kind == "envelope_expiry":
        return {"expiry": str(envelope.envelope_expiry(int(v["now"]), int(v["seconds"]), v["first_message"], Policy()))}
    if kind == "envelope":
        return {"envelope": envelope.Envelope(version=0, mailbox_id=H(v["mailbox_id"]), expiry=int(v["expiry"]),
                                              message=H(v["message"])).encode().hex()}
    return decoded(envelope.Envelope.decode, v["bytes"])


# conversations of two ratchets

class Fed:
    """Draws from an event."""

    def __init__(self, event):
        self.event, self.used = event, []

    def __call__(self, name, n):
        value = H(self.event[name])
        assert len(value) == n
        self.used.append(name)
        return value


def ratchet_session(v, role, fields):
    return session.SessionState(
        suite=1, role=role, status=2, created_at=0, session_id=H(v["session_id"]), peer_account=bytes(32), peer_serial=1,
        handshake_ref=bytes(32), resumed_from=b"", recovery=0, exporter_secret=bytes(32), pq_secret=bytes(32),
        absorb_status=0, absorb_secret=b"", absorb_session=b"", rotation_send=0, rotation_receive=0, waiting=None, **fields)


class Given:
    pass


def conversation(v, expected):
    outputs = Given()
    for name in ("session_id", "root_key", "initiator_header_key", "responder_header_key"):
        setattr(outputs, name, H(v[name]))
    spk = H(v["signed_prekey"])
    sides = {"initiator": ratchet_session(v, 1, ratchet.ratchet_start_initiator(outputs, suite.dh_public(spk), H(v["ratchet_key"]))),
             "responder": ratchet_session(v, 2, ratchet.ratchet_start_responder(outputs, spk))}
    policy, messages = Policy(), {}
    for i, event in enumerate(v["events"]):
        by, now = event["by"], int(event.get("now", 0))
        want = expected[i] if i < len(expected) else {}
        if event["event"] == "skip":
            for _ in range(event["count"]):
                s = sides[by]
                s.sending.chain_key, _ = ratchet.kdf_ck(s.sending.chain_key)
                s.sending.next += 1
        elif event["event"] == "send":
            f = frame.InnerFrame(content_type=0, version=0, critical=[], non_critical=[], body=H(event["body"]))
            messages[i] = ratchet.seal(sides[by], f, H(event["authenticated_data"]))
            compare({"message": messages[i].hex()}, want, i)
        else:
            message = messages[event["message_of"]] if "message_of" in event else H(event["message"])
            trial, draw = sides[by].copy(), Fed(event)
            ratchet.expire_skipped(trial, now, policy)
            try:
                _, f = ratchet.decrypt(trial, message, H(event["authenticated_data"]), policy, now, draw)
            except Refusal as refusal:
                if not expected and i < len(v["events"]) - 1:
                    continue        # a vector that is not valid does not tell which events before its last are refused
                if i == len(v["events"]) - 1 and "error" not in want:
                    raise
                assert want["error"] == refusal.error_class, (i, want, refusal.error_class)
                continue
            sides[by] = trial
            compare({"body": f.body.hex(), "drew": len(draw.used)}, want, i)
            if "session" in want:
                compare(shown(trial), want["session"], i)
    return {}


def shown(s):
    def chain(c):
        return c and {"header_key": c.header_key.hex(), "chain_key": c.chain_key.hex(), "next": c.next, "flags": c.flags}
    return {"root_key": s.root_key.hex(), "ratchet_public": suite.dh_public(s.ratchet_private).hex(),
            "remote_public": s.remote_public.hex(), "sending": chain(s.sending), "receiving": chain(s.receiving),
            "next_header_send": s.next_header_send.hex(), "next_header_receive": s.next_header_receive.hex(),
            "previous_count": s.previous_count}


def compare(got, want, where):
    for name, value in got.items():
        if name in want and value is not None:
            assert want[name] == value, (where, name, want[name], value)


# scenes of two devices

def scene(v, expected):
    devices = {}
    for who in ("alice", "bob"):
        devices[who] = device.Device(make_policy(v))
        devices[who].load(H(v[who + "_state"]), 0)
    messages = {}
    for i, event in enumerate(v["events"]):
        d, now, kind, draw = devices[event["by"]], int(event["now"]), event["event"], Fed(event)
        want = expected[i] if i < len(expected) else {}
        peer = "bob" if event["by"] == "alice" else "alice"
        id = H(event["session_id"]) if "session_id" in event else None
        try:
            if kind == "initiate":
                data = prekeys.PrekeyBundle.decode(H(v[peer + "_bundle"]))
                s, _, _ = d.run(now, draw, device.initiate, data.credential.tbs.account_id, data.encode(),
                                *((H(event["psk_id"]), H(event["psk"])) if "psk" in event else (None, None)),
                                bool(event["recovery"]))
                got = {"session_id": s.session_id.hex(), "resumed": int(bool(s.resumed_from))}
            elif kind == "send":
                m, mailbox, contact = d.run(now, draw, device.encrypt, id, event["content_type"], H(event["body"]), b"", [],
                                            make_extensions(event.get("non_critical", [])))
                messages[i] = m
                got = {"mailbox": mailbox.hex(), "first": int(contact), "message_hash": suite.sha256(m).hex()}
            elif kind == "receive":
                m = messages[event["message_of"]] if "message_of" in event else H(event["message"])
                r = d.run(now, draw, device.receive, H(event["mailbox"]), m, b"", None, None)
                got = {"happened": r.event, "session_id": r.session_id.hex(), "body": r.frame.body.hex(), "drew": len(draw.used)}
            elif kind in ("accept", "accept_session"):
                d.run(now, draw, device.replacement.accept_session, id)
                got = {}
            elif kind in ("decline", "decline_session"):
                d.run(now, draw, device.replacement.decline_session, id)
                got = {}
            elif kind == "expire":
                d.run(now, draw, lambda step: None)
                got = {}
            else:
                return None
        except Refusal as refusal:
            if i == len(v["events"]) - 1 and "error" not in want:
                raise
            assert want.get("error") == refusal.error_class, (i, want, refusal.error_class, refusal.why)
            continue
        got.update(left(d.state, want))
        if "head" in want and len(want["head"]) > 32:
            want = dict(want, head=want["head"][-32:])
        compare(got, want, i)
    return {}


def left(state, want):
    """What a step has left of a device's sessions and of its one pair."""
    names = [set(s) for s in want.get("sessions", [])]
    shown = [{"session_id": s.session_id.hex(), "role": s.role, "status": s.status, "absorb_status": s.absorb_status,
              "absorb_session": s.absorb_session.hex(), "absorb_secret": s.absorb_secret.hex()}
             for _, s in sorted(state.of_kind(SESSION), key=lambda item: item[0])]
    assert len(shown) == len(names) or "sessions" not in want, "number of sessions"
    pair = next((p for _, peer in state.of_kind(PEER) for p in peer.pairs), None) or state.pair(b"", 1)
    got = {"sessions": [{k: s[k] for k in asked} for s, asked in zip(shown, names)],
           "archived": [r.session_id.hex() for r in pair.archived], "unconfirmed": pair.unconfirmed,
           "head": state.head.encode().hex()}
    for slot in ("live", "unaccepted"):
        id = getattr(pair, slot)
        assert (id is not None) == (slot in want) or "sessions" not in want, slot
        got[slot] = id and id.hex()
    return got


def scenes(v):
    if "events" not in v:
        kind = v.get("operation")
        if kind == "absorb_secret":
            loser, winner = Given(), Given()
            loser.exporter_secret, winner.session_id = H(v["loser_exporter_secret"]), H(v["winner_session_id"])
            return {"absorb_secret": session.absorb_secret(loser, winner).hex()}
        if kind == "own_wins":
            return {"own_wins": int(first_wins(v["own_recovery"], v["peer_recovery"], H(v["own_identity_agree"]),
                                               H(v["peer_identity_agree"])))}
        bundles = [prekeys.PrekeyBundle.decode(H(v[who + "_bundle"])) for who in ("alice", "bob")]
        return {"one_time": sum(b.one_time_prekey is not None for b in bundles),
                "last_resort": int(all(b.kem_prekey.prekey.type == 4 for b in bundles))}
    return scene(v, v["#out"])


def records(v):
    kind = v.get("operation")
    if kind is None:
        key = v["kind"], H(v["id"])
        body = BODIES[v["kind"]].decode(H(v["body"]))
        assert body.encode().hex() == v["body"]
        return {"record": make_record(key, int(v["generation"]), body.encode()).encode().hex()}
    if kind == "import":
        state = import_state(H(v["records"]), int(v.get("least_changes", 0)))
        assert state.export().hex() == v["records"]
        return {"changes": str(state.head.changes), "retired": str(state.head.retired)}
    if kind == "decode":
        return decoded(STRUCTURES[v["type"]].decode, v["bytes"])
    d = device.Device(make_policy(v))
    d.load(H(v["state"]), 0)
    if kind == "create_batch":
        d.run(int(v["now"]), None, device.create_batch, v["one_time"], v["kem_one_time"], int(v["lifetime"]))
        return {"changes": [c.encode().hex() for c in d.changes]}
    if kind in ("reissue_list", "renew"):
        step, given = (device.renew, [int(v["not_after"]), None]) if kind == "renew" else (device.reissue_list, [])
        account = d.run(int(v["now"]), None, step, *given)
        return {"device_list": account.device_list.encode().hex(), "changes": [c.encode().hex() for c in d.changes]}
    if kind == "send":
        d.run(int(v["now"]), None, device.encrypt, H(v["session_id"]), 0, H(v["body"]), H(v["authenticated_data"]), [], [])
        return {"changes": [c.encode().hex() for c in d.changes], "state": d.state.export().hex()}
    if kind == "expire":
        d.run(int(v["now"]), None, lambda step: None)
        return {"changes": [c.encode().hex() for c in d.changes], "changes_count": str(d.state.head.changes),
                "retired": str(d.state.head.retired)}
    return None


def limits(v):
    """One session, of a peer device that is listed."""
    now = int(v["now"])
    if v["operation"] == "in_future":
        try:
            check_not_ahead(now, int(v["time"]), Policy())
        except Refusal:
            return {"in_future": 1}
        return {"in_future": 0}
    s = session.SessionState.decode(H(v["session"]))
    peer, state = Given(), State()
    peer.device_list, peer.pairs = Given(), []
    peer.device_list.entry = lambda serial: serial
    state.objects = {(SESSION, s.session_id): s, (PEER, s.peer_account): peer}
    step = device.Step(state, make_policy(v), now, Fed(v))
    if v["operation"] == "encrypt":
        data = bytes(v["authenticated_data_length"])
        message, _, _ = device.encrypt(step, s.session_id, 0, H(v["body"]), data, [], [])
        if s.waiting is not None:       # the vector has the RatchetMessage within
            reader = Reader(message, len(s.waiting))
            message = reader.take(reader.length())
        chain = state.session(s.session_id).sending
        return {"message": message.hex(), "next": chain.next, "chain_key": chain.chain_key.hex()}
    got = device.decrypt(step, s.session_id, H(v["message"]), H(v["authenticated_data"]))
    chain = state.session(s.session_id).receiving
    return {"body": got.frame.body.hex(), "next": chain.next, "chain_key": chain.chain_key.hex()}


def schedule_whole(v):
    """A handshake by both sides, value by value."""
    keys, psk = v["responder_prekeys"], v["psk"]
    ik, ik_r, ek = H(v["initiator_identity_agree"]), H(v["responder_identity_agree"]), H(v["ephemeral_key"])
    spk, opk = H(keys["signed_prekey"]), H(keys["one_time_prekey"]) if "one_time_prekey" in keys else None
    responder, batch = Credential.decode(H(v["responder_credential"])), prekeys.PrekeyBatch.decode(H(v["batch"]))
    kem = prekeys.Prekey(type=4 if keys["last_resort"] else 3, id=keys["kem_prekey_id"], key=suite.kem_keygen(H(keys["kem_prekey"])))
    signed = prekeys.Prekey(type=1, id=0, key=suite.dh_public(spk))
    one_time = opk and prekeys.Prekey(type=2, id=keys["one_time_prekey_id"], key=suite.dh_public(opk))
    ct, ss = suite.kem_encaps(kem.key, H(v["kem_encapsulation"]))
    public = suite.dh_public
    dhs = (suite.dh(ik, signed.key), suite.dh(ek, public(ik_r)), suite.dh(ek, signed.key),
           suite.dh(ek, one_time.key) if opk else bytes(32), suite.dh(ik, public(ik_r)))
    prologue = handshake.prologue_hash(responder, batch, signed, one_time, kem, public(ek), ct)
    named = handshake.PskId(type=psk["type"], id=H(psk["id"]))
    lists = [DeviceList.decode(H(v["initiator_device_list"]))]
    own = handshake.InitiatorIdentity(device_lists=lists, credential=Credential.decode(H(v["initiator_credential"])), psk=named,
                                      extensions=make_extensions(v["extensions"]))
    sealed = handshake.seal_identity(ss, dhs[2], prologue, own)
    assert handshake.open_identity(suite.kem_decaps(H(keys["kem_prekey"]), ct), suite.dh(spk, public(ek)), prologue, sealed) == own
    out = handshake.derive_outputs(ss, dhs, named, H(psk["secret"]), prologue, own, sealed)
    message = handshake.HandshakeMessage(
        wire_format=2, batch_generation=batch.tbs.generation, signed_prekey_id=0, one_time_prekey_id=one_time and one_time.id,
        kem_prekey_id=kem.id, ephemeral_key=public(ek), kem_ciphertext=ct, sealed_identity=sealed)
    return {**{name: value.hex() for name, value in vars(out).items()}, "handshake_message": message.encode().hex(),
            "handshake_ref": message.ref().hex()}


def first_message(v):
    psk = v.get("psk")
    external = psk and (H(psk["id"]), H(psk["secret"]))
    expected = H(v["expected_account_id"]) if "expected_account_id" in v else None
    if v.get("operation") == "receive":
        d = device.Device(make_policy(v))
        d.load(H(v["state"]), 0)
        r = d.run(int(v["now"]), Fed(v), device.receive, H(v["mailbox"]), H(v["message"]), H(v["authenticated_data"]),
                  expected, external)
        return {"session_id": r.session_id.hex(), "body": r.frame.body.hex(), "event": r.event,
                "changes": [c.encode().hex() for c in d.changes]}
    a, b = device.Device(make_policy(v)), device.Device(make_policy(v))
    a.load(H(v["initiator_state"]), 0)
    b.load(H(v["responder_state"]), 0)
    now = int(v["now"])
    s, _, _ = a.run(now, Fed(v), device.initiate, H(v["account_id"]), H(v["bundle"]), external and external[0],
                    external and external[1], bool(v["recovery"]))
    m, mailbox, _ = a.run(now, None, device.encrypt, s.session_id, 0, H(v["body"]), H(v["authenticated_data"]), [], [])
    r = b.run(now, Fed({"ratchet_key": v["responder_ratchet_key"]}), device.receive, mailbox, m,
              H(v["authenticated_data"]), expected, external)
    return {"mailbox": mailbox.hex(), "first_message": m.hex(), "session_id": s.session_id.hex(), "event": r.event,
            "one_time": int(r.one_time), "last_resort": int(r.last_resort),
            "initiator_session": a.state.session(s.session_id).encode().hex(),
            "responder_session": b.state.session(s.session_id).encode().hex(),
            "initiator_state": a.state.export().hex(), "responder_state": b.state.export().hex()}


def check(topic, vector):
    """None: checked; else why not, or what is wrong."""
    v = whole(vector["in"])
    expected = vector.get("out", {})
    v["#out"] = expected.get("events", [])
    try:
        if topic.startswith("ratchet-"):
            got = conversation(v, v["#out"])
        elif topic in ("absorb", "replacement"):
            got = scenes(v)
        elif topic == "state-records":
            got = records(v)
        elif topic == "first-message":
            got = first_message(v)
        elif topic == "limits":
            got = limits(v)
        elif topic == "handshake-key-schedule" and "operation" not in v:
            got = schedule_whole(v)
        else:
            function = OPERATIONS.get((topic, v.get("operation")))
            got = function(v) if function else None
    except Refusal as refusal:
        if vector["valid"]:
            return "refused: %s (%s)" % (refusal.error_class, refusal.why)
        return "" if refusal.error_class == vector["error"] else "%s, not %s (%s)" % (
            refusal.error_class, vector["error"], refusal.why)
    except AssertionError as error:
        return "differs: %s" % (error,)
    if got is None:
        return None
    if not vector["valid"]:
        return "accepted, not refused"
    for name, value in got.items():
        if name in expected and expected[name] != value:
            return "%s differs" % name
    return ""


def main():
    topics = {}
    for path in sorted(FOLDER.glob("*.json")):
        topics[path.stem] = json.loads(path.read_text())["vectors"]
        VECTORS.update((v["id"], v) for v in topics[path.stem])
    wrong = 0
    for topic, vectors in topics.items():
        if sys.argv[1:] and topic not in sys.argv[1:]:
            continue
        results = [(v, check(topic, v)) for v in vectors]
        bad = [(v, r) for v, r in results if r]
        wrong += len(bad)
        print("%s: %d right, %d wrong, %d not tried" % (
            topic, sum(r == "" for _, r in results), len(bad), sum(r is None for _, r in results)))
        for v, r in bad:
            print("  %s %s: %s" % (v["id"], v["description"], r))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
