"""One page of a file to pixels as stored: here, or in a process that may die of it."""

from engine.images.convert import Raw
from engine.images.header import Header
from engine.images.kinds import HERE


def decode(header: Header, page: int = 0) -> tuple[Raw, bool]:
    """All pixels of a page, oriented, and whether the last channel says how opaque they are.

    Raises:
        EngineError: the file is damaged or of a kind no reader here knows, or decoding it took
            more time or memory than such a picture needs.
    """
    if decoded_here(header):
        from engine.images.decoders import decode_here

        return decode_here(header, page)
    from engine.images import worker_host

    return worker_host.decode(header, page)


def decoded_here(header: Header) -> bool:
    """Whether the readers for a file are trusted with this process; see ``kinds``.

    TIFF that is decoded as a whole is compressed or unusual, and libtiff reads its header.
    """
    return header.kind in HERE and header.kind != "TIFF"
