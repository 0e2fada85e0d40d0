"""BMP files of rare forms, made field by field."""

import struct


def made(path, size, bits, packing, data, masks=(), length=40, colors=0, palette=b"", down=False):
    """A BMP with these fields in its header, whatever they mean."""
    height, width = size
    head = struct.pack(
        "<IiiHHIIiiII",
        *(length, width, -height if down else height, 1, bits, packing, len(data), 0, 0, colors, 0),
    )
    head += struct.pack(f"<{len(masks)}I", *masks)
    head = head.ljust(max(length, len(head)), b"\0") + palette
    start = 14 + len(head)
    path.write_bytes(b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + head + data)
    return path


def rows(values, bits):
    """Rows of numbers as they are stored: from the bottom, each of a multiple of 4 bytes."""
    kind = {16: "<u2", 32: "<u4"}[bits]
    padded = [row.astype(kind).tobytes() for row in values[::-1]]
    return b"".join(row + bytes(-len(row) % 4) for row in padded)


def runs(pixels):
    """RLE24 with runs, pixels one by one, and a step over one of them."""
    data = b""
    for row in pixels[::-1, :, ::-1]:
        data += bytes([1]) + row[0].tobytes() + bytes([0, 3]) + row[1:4].tobytes() + b"\0"
        data += bytes([0, 2, 1, 0])
        data += b"".join(b"\x01" + pixel.tobytes() for pixel in row[5:]) + b"\0\0"
    return data + b"\0\1"
