"""The Merkle tree of a prekey batch: RFC 9162 §2.1."""
from .suite import NH, equal, sha256


def leaf_hash(leaf):
    return sha256(b"\0" + leaf)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def _split(n):
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def merkle_root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    k = _split(len(hashes))
    return node_hash(merkle_root(hashes[:k]), merkle_root(hashes[k:]))


def merkle_paths(hashes):
    """Root, and the path of each leaf."""
    if len(hashes) == 1:
        return hashes[0], [b""]
    k = _split(len(hashes))
    left, left_paths = merkle_paths(hashes[:k])
    right, right_paths = merkle_paths(hashes[k:])
    return node_hash(left, right), [p + right for p in left_paths] + [p + left for p in right_paths]


def verify_path(leaf, index, size, path, root):
    """§2.1.3.2; True if the leaf's hash stands at `index` of a tree of `size`."""
    if index >= size or len(path) % NH:
        return False
    at, last, value = index, size - 1, leaf
    for i in range(0, len(path), NH):
        node = path[i:i + NH]
        if last == 0:
            return False
        if at & 1 or at == last:
            value = node_hash(node, value)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            value = node_hash(value, node)
        at, last = at >> 1, last >> 1
    return last == 0 and equal(value, root)
