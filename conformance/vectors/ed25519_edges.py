"""Makes ed25519_edges.json: python3 ed25519_edges.py > ed25519_edges.json
and ed25519_lists.json: python3 ed25519_edges.py lists > ed25519_lists.json

Signatures at the edges of Ed25519's verification, made from one seed with the arithmetic of the
curve written out here (RFC 8032 §5.1, affine coordinates). README.md has the formulas.
"""
import hashlib
import json
import sys

p = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
d = -121665 * pow(121666, -1, p) % p
ZERO = (0, 1)


def add(P, Q):
    (x1, y1), (x2, y2) = P, Q
    t = d * x1 * x2 * y1 * y2 % p
    x = (x1 * y2 + y1 * x2) * pow(1 + t, -1, p)
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, p)
    return (x % p, y % p)


def mul(k, P):
    Q = ZERO
    while k:
        if k & 1:
            Q = add(Q, P)
        P, k = add(P, P), k >> 1
    return Q


def root(v):
    r = pow(v, (p + 3) // 8, p)
    if (r * r - v) % p:
        r = r * pow(2, (p - 1) // 4, p) % p
    return r if (r * r - v) % p == 0 else None


def le(n):
    return n.to_bytes(32, "little")


def encode(P):
    return le(P[1] | (P[0] & 1) << 255)


def decode(text):
    """Reduces y and takes x = 0 with either sign, as lax implementations do."""
    n = int.from_bytes(text, "little")
    sign, y = n >> 255, (n & (2**255 - 1)) % p
    x = root((y * y - 1) * pow(d * y * y + 1, -1, p) % p)
    if x is None:
        return None
    return ((p - x) % p if x & 1 != sign else x, y)


def challenge(R, A):
    return int.from_bytes(hashlib.sha512(R + A + message(A)).digest(), "little") % L


def row(A, R, S):
    return {"public": A.hex(), "msg": message(A).hex(), "signature": (R + le(S)).hex()}


def holds(A, R, S, cofactor=1):
    """[cofactor][S]B = [cofactor](R + [k]A)"""
    right = add(decode(R), mul(challenge(R, A), decode(A)))
    return mul(cofactor * S, B) == mul(cofactor, right)


def vector(content):
    n = len(content)
    return (bytes([n]) if n < 64 else (n | 0x4000).to_bytes(2, "big")) + content


def message(A):
    """`Sceau`, or what an account with the key A signs under a device list."""
    if sys.argv[1:] != ["lists"]:
        return b"Sceau"
    key = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    keys = lambda key: vector(b"\x00\x01" + vector(key))
    entry = (1).to_bytes(8, "big") + (1).to_bytes(4, "big") + vector(b"\x5c" * 32) + keys(key)
    times = (1).to_bytes(8, "big") + (1798761600).to_bytes(8, "big")
    tbs = b"\x00" + keys(A) + times + vector(entry) + vector(b"")
    return vector(b"Sceau 1 device list by account") + vector(tbs)


B = decode(le(4 * pow(5, -1, p) % p))
h = hashlib.sha512(hashlib.sha256(b"Sceau edge cases").digest()).digest()
a = int.from_bytes(h[:32], "little") & ((1 << 254) - 8) | (1 << 254)
# A point of order 8: the part of small order of the first point that has one.
T = next(t for t in (mul(L, decode(le(y)) or ZERO) for y in range(2, 99)) if mul(4, t) != ZERO)
SMALL = [mul(i, T) for i in range(8)]
CANONICAL = [encode(P) for P in SMALL]


def encodings():
    """All encodings of the eight points: y and, where it fits, y + p; both signs."""
    found = []
    for _, y in SMALL:
        for v in (y, y + p):
            for sign in (0, 1):
                if v < 2**255:
                    text = le(v | sign << 255)
                    if decode(text) and text not in found:
                        found.append(text)
    return found


def small_key(A):
    """The first S with [k]A = 0, so that R = [S]B satisfies the equation without cofactor."""
    S = 1
    while mul(challenge(encode(mul(S, B)), A) % 8, decode(A)) != ZERO:
        S += 1
    return row(A, encode(mul(S, B)), S)


def small_r(R):
    """The first A = [a]B + [i]T with R + [k·i]T = 0, so that S = k·a satisfies the equation."""
    for i in range(8):
        A = encode(add(mul(a, B), mul(i, T)))
        k = challenge(R, A)
        if mul(-k * i % 8, T) == decode(R):
            assert holds(A, R, k * a % L)
            return row(A, R, k * a % L)
    return None


def torsion(i, j, first, strict):
    """A = [a]B + [i]T, R = [r]B + [j]T, S = r + k·a, with the first r > `first` for which the
    equation without cofactor holds (`strict`) or does not; the one with the cofactor always does."""
    A, r = encode(add(mul(a, B), mul(i, T))), first
    while True:
        r += 1
        R = encode(add(mul(r, B), mul(j, T)))
        k = challenge(R, A)
        if ((j + k * i) % 8 == 0) == strict:
            S = (r + k * a) % L
            assert holds(A, R, S, 8) and holds(A, R, S) == strict
            return row(A, R, S)


def main():
    A, R = encode(mul(a, B)), encode(mul(12345, B))
    S = (12345 + challenge(R, A) * a) % L
    keys = [(text in CANONICAL, small_key(text)) for text in encodings()]
    rs = [(text in CANONICAL, small_r(text)) for text in encodings()]
    groups = {
        "honest": [row(A, R, S)],
        "small_order_key": [made for canonical, made in keys if canonical],
        "non_canonical_key": [made for canonical, made in keys if not canonical],
        "small_order_r": [made for canonical, made in rs if made and canonical],
        "non_canonical_r": [made for canonical, made in rs if made and not canonical],
        "large_s": [row(A, R, S + n * L) for n in (1, 2, 8)],
        "cofactored_only": [
            torsion(2, 4, 777, False),
            torsion(1, 0, 777, False),
            torsion(0, 1, 777, False),
        ],
        "mixed_order": [torsion(2, 4, 777, True), torsion(1, 0, 777, True)],
    }
    print(json.dumps(groups, indent=1))


main()
