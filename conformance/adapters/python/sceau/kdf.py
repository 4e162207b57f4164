"""Key derivation, references and signatures with labels (page Conventions)."""
from . import suite
from .codec import Opaque, Struct, uint16
from .limits import MAX_FRAME, MAX_KEY

PREFIX = b"Sceau 1 "
_WHOLE = Opaque((1 << 30) - 1)


class KdfLabel(Struct):
    FIELDS = (("length", uint16), ("label", Opaque(MAX_KEY)), ("context", Opaque(MAX_FRAME)))


class SignContent(Struct):
    FIELDS = (("label", Opaque(MAX_KEY)), ("content", _WHOLE))


class RefHashInput(Struct):
    FIELDS = (("label", Opaque(MAX_KEY)), ("value", _WHOLE))


def label(text):
    return PREFIX + text.encode()


def expand_with_label(secret, name, context, length):
    return suite.hkdf_expand(
        secret, KdfLabel(length=length, label=label(name), context=context).encode(), length)


def ref_hash(name, value):
    return suite.sha256(RefHashInput(label=label(name), value=value).encode())


def sign_with_label(private, name, content):
    return suite.sign(private, SignContent(label=label(name), content=content).encode())


def verify_with_label(public, name, content, signature):
    suite.verify(public, SignContent(label=label(name), content=content).encode(), signature)
