"""Changes that keep text files nearly sound: JSON as strangers write it, XML, YAML and tables."""

import io
import json
import random
import re

import numpy as np
from PIL import Image

from tests.fuzz.mutate import FLOATS, NUMBERS, TEXTS, bytes_of, json_of

_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_QUOTED = re.compile(rb'"[^"<>\n]{0,2000}"')
_TAG = re.compile(rb"<[^<>]{1,4000}>")
_WORD = re.compile(rb"[^\s,:;]+")
_MEMBER = re.compile(rb'"[^"\\]{1,40}"\s*:\s*[^,{}\[\]]{1,200}')

HARD = (
    *(b'"\\ud800"', b'"\\udfff\\ud800"', b"NaN", b"-Infinity", b"1e400", b"-0", b"1E+2", b"01"),
    *(
        b"[" * 100_000,
        b'{"a":' * 5_000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 900 + b"1" + b"}" * 900,
    ),
    *(b"9" * 5_000, b"1" * 5_000 + b".5", b"18446744073709551616", b"-9223372036854775809"),
    *(b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\x00"', b"/* c */ 1", b"True", b"None", b"'a'", b"{}"),
    *(b'"\\u0000"', b'"\\u001b]0;x\\u0007"', b'"\\u202e"', b'"a\\nb"', b"[[]]", b"[null]", b""),
)
"""Values that some reader of JSON takes for another thing than the next one does."""

_ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    b"<?xml-stylesheet href='x'?>",
    b"<![CDATA[]]>",
    b"&x;",
    b"<!-- " + b"-" * 200_000 + b" -->",
)


def any_json(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """JSON with its values changed (``mutate.json_of``), its text, or its encoding."""
    kind = chance.random()
    if kind < 0.5:
        return json_of(chance, sound, others)
    data = sound
    for _ in range(chance.choice((1, 1, 2, 5))):
        data = _json_text(chance, data)
    return encoded(chance, data) if kind > 0.9 else data


def _json_text(chance, data):
    match chance.randrange(4):
        case 0:  # the same member twice, with another value
            member = _one(chance, _MEMBER, data)
            if member is None:
                return data
            key = member.group().partition(b":")[0]
            again = b", " + key + b": " + chance.choice(HARD)
            return data[: member.end()] + again + data[member.end() :]
        case 1:
            return _put(chance, _NUMBER, data, chance.choice(HARD))
        case 2:
            return _put(chance, _QUOTED, data, chance.choice(HARD))
        case _:
            return _put(chance, _NUMBER, data, _number(chance))


def encoded(chance: random.Random, data: bytes) -> bytes:
    """The same text in another encoding, well or badly."""
    text = data.decode("utf-8", "replace")
    code = chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp1252"))
    made = text.encode(code, "replace")
    return made[: len(made) - chance.choice((0, 0, 1, 3))]


def xml_of(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """XML with attributes, tags and their places changed, and things that no one should write."""
    if chance.random() < 0.2:
        return bytes_of(chance, sound, others)
    data = sound
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = _xml(chance, data)
    return encoded(chance, data) if chance.random() < 0.05 else data


def _xml(chance, data):
    match chance.randrange(8):
        case 0 | 1:
            return _put(chance, _QUOTED, data, b'"' + _text(chance) + b'"')
        case 2 | 3:
            return _put(chance, _NUMBER, data, _number(chance))
        case 4:
            tag = _one(chance, _TAG, data)
            more = tag.group() * chance.choice((1, 3, 80)) if tag else b""
            return data[: tag.start()] + more + data[tag.start() :] if tag else data
        case 5:
            return _put(chance, _TAG, data, b"")
        case 6:
            return _put(chance, _TAG, data, chance.choice(_ENTITIES))
        case _:
            at = chance.randrange(len(data) + 1)
            deep = chance.choice((3, 70, 5_000))
            return data[:at] + b"<a>" * deep + b"</a>" * deep + data[at:]


def lines_of(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """Text of words and numbers with these changed, joined, doubled, or with odd brackets."""
    if chance.random() < 0.2:
        return bytes_of(chance, sound, others)
    data = sound
    for _ in range(chance.choice((1, 1, 2, 6))):
        match chance.randrange(6):
            case 0 | 1:
                data = _put(chance, _WORD, data, _text(chance))
            case 2 | 3:
                data = _put(chance, _NUMBER, data, _number(chance))
            case 4:
                lines = data.split(b"\n")
                at = chance.randrange(len(lines))
                lines[at : at + 1] = lines[at : at + 1] * chance.choice((0, 2, 300))
                data = b"\n".join(lines)
            case _:
                sign = chance.choice(
                    (b"[", b"{", b'"', b"'", b"\\", b"#", b":", b"- ", b" ", b"\r")
                )
                at = chance.randrange(len(data) + 1)
                data = data[:at] + sign * chance.choice((1, 2, 60, 20_000)) + data[at:]
    return encoded(chance, data) if chance.random() < 0.05 else data


def png_of(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """A picture of labels in another size, form or depth; now and then its bytes changed."""
    if chance.random() < 0.35:
        return bytes_of(chance, sound, others)
    try:
        image = Image.open(io.BytesIO(chance.choice([sound, sound, *others])))
        image.load()
    except Exception:
        return bytes_of(chance, sound, others)
    return _written(_other(chance, image), chance.choice(("PNG", "PNG", "PNG", "TIFF", "GIF")))


def _other(chance, image):
    match chance.randrange(5):
        case 0:
            form = chance.choice(("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"))
            return image.convert("L" if form == "I;16" else "RGB").convert(form)
        case 1:
            wide, high = image.size
            sizes = ((high, wide), (1, 1), (wide + 1, high), (wide * 2, high), (wide, 1))
            return image.resize(chance.choice(sizes), Image.Resampling.NEAREST)
        case 2:
            values = np.asarray(image.convert("L")).astype(np.uint16) * chance.choice((1, 257, 7))
            return Image.fromarray(values)
        case 3:
            noise = random.Random(chance.random()).randbytes(image.width * image.height)
            return Image.frombytes("L", image.size, noise)
        case _:
            return image.rotate(chance.choice((90, 180)), expand=True)


def _written(image, kind):
    buffer = io.BytesIO()
    try:
        image.save(buffer, kind)
    except (OSError, ValueError):  # a form that this kind has not
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def _one(chance, pattern, data):
    """A place of a pattern, looked for from somewhere in the first part of the text."""
    found = pattern.search(data, chance.randrange(len(data) + 1))
    return found or pattern.search(data)


def _put(chance, pattern, data, new):
    found = _one(chance, pattern, data)
    return data if found is None else data[: found.start()] + new + data[found.end() :]


def _number(chance):
    return str(chance.choice((*NUMBERS, *FLOATS))).encode()


def _text(chance):
    if chance.random() < 0.3:
        return json.dumps(chance.choice((*NUMBERS, *FLOATS))).encode()
    text = chance.choice((*TEXTS, "a" * 200_000, "\x1b[31m", "a\nb", "\u202ea"))
    return text.encode("utf-8", "surrogatepass")


__all__ = ["any_json", "encoded", "lines_of", "png_of", "xml_of"]
