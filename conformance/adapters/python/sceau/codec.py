"""Encoding (page Conventions): TLS presentation language, vectors of RFC 9420."""
from .errors import Refusal, require
from .limits import MAX_EXTENSION, MAX_KEYS


class Reader:
    __slots__ = ("data", "at", "end")

    def __init__(self, data, at=0, end=None):
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def take(self, n):
        if self.end - self.at < n:
            raise Refusal("malformed", "too short")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def length(self):
        first = self.number(1)
        width = first >> 6
        if width == 3:
            raise Refusal("malformed", "length prefix 11")
        size = 1 << width
        value = first & 63
        if size > 1:
            value = value << 8 * (size - 1) | self.number(size - 1)
            if value < (1 << 6 if size == 2 else 1 << 14):
                raise Refusal("malformed", "length not in the fewest bytes")
        return value

    def part(self, n):
        """A reader of the next n bytes."""
        if self.end - self.at < n:
            raise Refusal("malformed", "too short")
        self.at += n
        return Reader(self.data, self.at - n, self.at)

    def finish(self):
        if self.at != self.end:
            raise Refusal("malformed", "bytes left over")


def length_prefix(n):
    if n < 1 << 6:
        return bytes([n])
    if n < 1 << 14:
        return (n | 1 << 14).to_bytes(2, "big")
    if n < 1 << 30:
        return (n | 2 << 30).to_bytes(4, "big")
    raise Refusal("limit", "no length of more than 30 bits")


class Uint:
    def __init__(self, size, allowed=None):
        self.size, self.allowed = size, allowed

    def read(self, reader):
        value = reader.number(self.size)
        if self.allowed is not None and value not in self.allowed:
            raise Refusal("malformed", "unknown value")
        return value

    def write(self, out, value):
        out += value.to_bytes(self.size, "big")


uint8, uint16, uint24, uint32, uint64 = (Uint(n) for n in (1, 2, 3, 4, 8))


class Version(Uint):
    """The uint8 `version`, 0 in edition 0."""

    def __init__(self):
        super().__init__(1)

    def read(self, reader):
        if reader.number(1) != 0:
            raise Refusal("unsupported_version")
        return 0


version = Version()


class Fixed:
    def __init__(self, n):
        self.n = n

    def read(self, reader):
        return reader.take(self.n)

    def write(self, out, value):
        assert len(value) == self.n
        out += value


class Opaque:
    """`opaque x<V>` of at most `most` bytes."""

    def __init__(self, most, least=0):
        self.most, self.least = most, least

    def read(self, reader):
        n = reader.length()
        if n > self.most or n < self.least:
            raise Refusal("malformed", "length")
        return reader.take(n)

    def write(self, out, value):
        out += length_prefix(len(value))
        out += value


class Vector:
    """`T x<V>`; `order` gives the key by which items strictly ascend."""

    def __init__(self, item, most=None, least=0, order=None, check=None):
        self.item, self.most, self.least, self.order, self.check = item, most, least, order, check

    def read(self, reader):
        inner = reader.part(reader.length())
        items = []
        while inner.at < inner.end:
            if self.most is not None and len(items) == self.most:
                raise Refusal("malformed", "too many items")
            items.append(self.item.read(inner))
        require(len(items) >= self.least, "malformed", "empty list")
        if self.order:
            keys = [self.order(x) for x in items]
            require(all(a < b for a, b in zip(keys, keys[1:])), "malformed", "order")
        if self.check:
            self.check(items)
        return items

    def write(self, out, value):
        inner = bytearray()
        for item in value:
            self.item.write(inner, item)
        out += length_prefix(len(inner))
        out += inner

    def encode(self, value):
        out = bytearray()
        self.write(out, value)
        return bytes(out)

    def decode(self, data):
        reader = Reader(data)
        value = self.read(reader)
        reader.finish()
        return value


class Optional:
    def __init__(self, item):
        self.item = item

    def read(self, reader):
        present = reader.number(1)
        if present > 1:
            raise Refusal("malformed", "presence byte")
        return self.item.read(reader) if present else None

    def write(self, out, value):
        out.append(0 if value is None else 1)
        if value is not None:
            self.item.write(out, value)


STRUCTURES = {}


class Struct:
    """A structure of the book: `FIELDS` are names and types in order; `check` what else must hold."""

    FIELDS = ()

    def __init_subclass__(cls):
        STRUCTURES[cls.__name__] = cls

    def __init__(self, **values):
        assert set(values) == {name for name, _ in self.FIELDS}, (type(self), values.keys())
        self.__dict__.update(values)

    @classmethod
    def read(cls, reader):
        self = cls.__new__(cls)
        values = self.__dict__
        for name, kind in cls.FIELDS:
            values[name] = kind.read(reader)
        self.check()
        return self

    @staticmethod
    def write(out, value):
        for name, kind in value.FIELDS:
            kind.write(out, getattr(value, name))

    def check(self):
        pass

    def encode(self):
        out = bytearray()
        self.write(out, self)
        return bytes(out)

    @classmethod
    def decode(cls, data):
        reader = Reader(data)
        value = cls.read(reader)
        reader.finish()
        return value

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def copy(self, **changes):
        new = type(self).__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.__dict__.update(changes)
        return new


class Extension(Struct):
    FIELDS = (("type", uint16), ("data", Opaque(MAX_EXTENSION)))


Extensions = Vector(Extension, most=MAX_KEYS, order=lambda e: e.type)


def find_extension(extensions, type):
    return next((e.data for e in extensions if e.type == type), None)
