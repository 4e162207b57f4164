"""Commands meta.*, prim.* and codec.*. A command is a function of a Call and its parameters; `TYPES` of each parameter
come from its annotation, optional ones have a default."""
import hashlib
import hmac

from . import content, delivery, device, envelope, frame, session, state, verification  # noqa: F401 (structures)
from . import suite
from .codec import STRUCTURES, Extensions
from .errors import require
from .identities import DeviceLists, TypedKeys
from .protocol import LARGEST_LINE, Unsupported, decimal, integer, octets, strings, text

COMMANDS = {}


def command(name):
    def register(function):
        COMMANDS[name] = function
        return function
    return register


@command("meta.hello")
def hello(call, versions: strings, largest_line: integer):
    if "0" not in versions:
        raise Unsupported("version")
    return {"version": "0", "largest_line": LARGEST_LINE, "implementation": "sceau-python",
            "implementation_version": "0", "profiles": ["core", "portable state"], "access": "L3",
            "commands": list(COMMANDS), "randomness": ["fed", "seed", "own"], "clock": "fed"}


@command("meta.reset")
def reset(call):
    call.parties.clear()
    return {}


@command("meta.echo")
def echo(call, text: text, number: decimal, data: octets):
    return {"text": text, "number": str(number), "len": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@command("meta.draw")
def draw(call, draws: strings):
    drawn = []
    for item in draws:
        name, _, n = item.rpartition(":")
        drawn.append(call.draws.draw(name, decimal(n)).hex())
    return {"drawn": drawn}


@command("prim.sha256")
def sha256(call, msg: octets):
    return {"digest": suite.sha256(msg).hex()}


@command("prim.hmac_sha256")
def hmac_sha256(call, key: octets, msg: octets):
    return {"tag": suite.hmac_sha256(key, msg).hex()}


@command("prim.hmac_sha256_verify")
def hmac_sha256_verify(call, key: octets, msg: octets, tag: octets):
    require(len(tag) == 32, "malformed")
    require(hmac.compare_digest(tag, suite.hmac_sha256(key, msg)), "bad_signature")
    return {}


@command("prim.hkdf_sha256_extract")
def extract(call, salt: octets, ikm: octets):
    return {"prk": suite.hkdf_extract(salt, ikm).hex()}


@command("prim.hkdf_sha256_expand")
def expand(call, prk: octets, info: octets, len: integer):
    return {"okm": suite.hkdf_expand(prk, info, len).hex()}


@command("prim.x25519")
def x25519(call, scalar: octets, point: octets):
    return {"shared": suite.dh(scalar, point).hex()}


@command("prim.x25519_base")
def x25519_base(call, scalar: octets):
    return {"point": suite.dh_public(scalar).hex()}


@command("prim.ed25519_public")
def ed25519_public(call, secret: octets):
    return {"public": suite.sign_public(secret).hex()}


@command("prim.ed25519_sign")
def ed25519_sign(call, secret: octets, msg: octets):
    return {"signature": suite.sign(secret, msg).hex()}


@command("prim.ed25519_verify")
def ed25519_verify(call, public: octets, msg: octets, signature: octets):
    require(len(public) == 32 and len(signature) == suite.NSIG, "malformed")
    suite.verify(public, msg, signature)
    return {}


@command("prim.aes256gcmsiv_seal")
def seal(call, key: octets, nonce: octets, ad: octets, plaintext: octets):
    return {"ciphertext": suite.aead_seal(key, nonce, ad, plaintext).hex()}


@command("prim.aes256gcmsiv_open")
def open_(call, key: octets, nonce: octets, ad: octets, ciphertext: octets):
    return {"plaintext": suite.aead_open(key, nonce, ad, ciphertext).hex()}


@command("prim.mlkem768_keygen")
def keygen(call, seed: octets):
    return {"ek": suite.kem_keygen(seed).hex()}


@command("prim.mlkem768_encap")
def encap(call, ek: octets, m: octets):
    ct, shared = suite.kem_encaps(ek, m)
    return {"ct": ct.hex(), "shared": shared.hex()}


@command("prim.mlkem768_decap")
def decap(call, seed: octets, ct: octets):
    return {"shared": suite.kem_decaps(seed, ct).hex()}


@command("prim.mlkem768_decap_expanded")
def decap_expanded(call, dk: octets, ct: octets):
    return {"shared": suite.kem_decaps_expanded(dk, ct).hex()}


@command("prim.mlkem768_encap_split")
def encap_split(call, header: octets, vector: octets, m: octets):
    require(len(header) == 64 and len(vector) == 1152, "malformed")
    ek = vector + header[:32]
    require(hashlib.sha3_256(ek).digest() == header[32:], "malformed", "the key's hash")
    ct, shared = suite.kem_encaps(ek, m)
    return {"ct1": ct[:960].hex(), "ct2": ct[960:].hex(), "shared": shared.hex()}


# lists have no name of their own in the book
LISTS = {"extensions": Extensions, "typed_keys": TypedKeys, "DeviceLists": DeviceLists}


@command("codec.decode")
def decode(call, type: text, bytes: octets):
    if type in LISTS:
        return {"bytes": LISTS[type].encode(LISTS[type].decode(bytes)).hex()}
    if type not in STRUCTURES or type.startswith("_"):
        raise Unsupported("type " + type)
    return {"bytes": STRUCTURES[type].decode(bytes).encode().hex()}
