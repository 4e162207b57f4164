"""Suite `core` (page Suites)."""
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from kyber_py.ml_kem.default_parameters import DEFAULT_PARAMETERS
from kyber_py.ml_kem.ml_kem import ML_KEM

from .errors import Refusal, require

CORE = 0x0001
KNOWN = {CORE}
NH = NPK = NSK = NDH = NSS = NM = NK = 32
NEK, NSEED, NCT, NSIG, NN, NT = 1184, 64, 1088, 64, 12, 16


# hash and key derivation

def sha256(data):
    return hashlib.sha256(data).digest()


def hmac_sha256(key, data):
    return hmac.digest(key, data, "sha256")


def hkdf_extract(salt, ikm):
    return hmac_sha256(salt or bytes(NH), ikm)


def hkdf_expand(prk, info, length):
    require(length <= 255 * NH, "malformed", "HKDF gives 255 blocks")
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac_sha256(prk, block + info + bytes([counter]))
        out, counter = out + block, counter + 1
    return out[:length]


def zeros(n):
    return bytes(n)


# key agreement

def dh(private, public):
    """X25519; refuses an all-zero output (SUI-01)."""
    require(len(private) == NSK and len(public) == NPK, "malformed")
    try:
        return x25519.X25519PrivateKey.from_private_bytes(private).exchange(
            x25519.X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Refusal("low_order") from None


def dh_public(private):
    require(len(private) == NSK, "malformed")
    return x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


# ML-KEM-768: key generation and decapsulation by OpenSSL; encapsulation with a given m is not in its
# interface, nor is an expanded key, so these are kyber-py's.

class _MlKem768(ML_KEM):
    @staticmethod
    def _xof(b, i, j):
        # more than the 840 bytes that the package takes: a matrix entry needs more now and then
        return hashlib.shake_128(b + i + j).digest(168 * 12)


_KEM = _MlKem768(DEFAULT_PARAMETERS["ML768"])


def kem_keygen(seed):
    """The encapsulation key for d || z (FIPS 203 Alg. 16)."""
    require(len(seed) == NSEED, "malformed")
    return mlkem.MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()


def kem_check(ek):
    """Length and modulus check (SUI-03)."""
    require(len(ek) == NEK, "malformed", "encapsulation key's length")
    for i in range(0, NEK - 32, 3):
        a, b, c = ek[i:i + 3]
        if a | (b & 15) << 8 >= 3329 or b >> 4 | c << 4 >= 3329:
            raise Refusal("malformed", "modulus check")


def kem_encaps(ek, m):
    """(ciphertext, shared secret); FIPS 203 Alg. 17."""
    kem_check(ek)
    require(len(m) == NM, "malformed")
    shared, ciphertext = _KEM._encaps_internal(ek, m)
    return ciphertext, shared


def kem_decaps(seed, ciphertext):
    require(len(seed) == NSEED and len(ciphertext) == NCT, "malformed")
    return mlkem.MLKEM768PrivateKey.from_seed_bytes(seed).decapsulate(ciphertext)


def kem_decaps_expanded(dk, ciphertext):
    """With a key of 2400 bytes, hash-checked (SUI-05)."""
    require(len(dk) == 2400 and len(ciphertext) == NCT, "malformed")
    require(hmac.compare_digest(hashlib.sha3_256(dk[1152:2336]).digest(), dk[2336:2368]), "malformed", "hash check")
    return _KEM._decaps_internal(dk, ciphertext)


# Ed25519

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_SMALL_ORDER_Y = {0, 1, _P - 1} | {int.from_bytes(bytes.fromhex(y), "little") for y in (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")}


def sign_public(seed):
    require(len(seed) == 32, "malformed")
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed, message):
    require(len(seed) == 32, "malformed")
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def _sound_point(encoded):
    y = int.from_bytes(encoded, "little") & (1 << 255) - 1
    return y < _P and y not in _SMALL_ORDER_Y


def verify(public, message, signature):
    """SUI-06: S < L, A and R canonical and not of small order; then the cofactorless equation."""
    require(len(public) == 32 and len(signature) == NSIG, "bad_signature")
    require(int.from_bytes(signature[32:], "little") < _L, "bad_signature", "S")
    require(_sound_point(public) and _sound_point(signature[:32]), "bad_signature", "A or R")
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refusal("bad_signature") from None


# AES-256-GCM-SIV

def aead_seal(key, nonce, aad, plaintext):
    require(len(key) == NK and len(nonce) == NN, "malformed")
    return AESGCMSIV(key).encrypt(nonce, plaintext, aad)


def aead_open(key, nonce, aad, ciphertext):
    require(len(key) == NK and len(nonce) == NN and len(ciphertext) >= NT, "malformed")
    try:
        return AESGCMSIV(key).decrypt(nonce, ciphertext, aad)
    except InvalidTag:
        raise Refusal("undecryptable") from None


def equal(a, b):
    """Comparison of secrets, tags and digests (ENC-10)."""
    return hmac.compare_digest(a, b)


def choose_suite(responder, initiator):
    """The first of the responder's that the initiator has too, unknown ones ignored (SUI-08, SUI-09)."""
    return next((s for s in responder if s in initiator and s in KNOWN), None)
