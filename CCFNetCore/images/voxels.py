"""Voxels from a file's bytes, whole or not at all.

ITK takes what a NIfTI or compressed MetaImage file lacks for zeros, without a word; here the bytes are counted.
"""

import math
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import InputError

GZIP_START = b"\x1f\x8b"
_PIECE_BYTES = 1 << 18


def raw_pieces(file: BinaryIO) -> Iterator[bytes]:
    """The rest of an open file, piece by piece."""
    return iter(lambda: file.read(_PIECE_BYTES), b"")


def inflated_pieces(file: BinaryIO) -> Iterator[bytes]:
    """What the gzip (RFC 1952) or zlib (RFC 1950) data in the rest of an open file hold, piece by piece.

    Several gzip members after one another are one stream; whatever else comes after the end is passed over.

    Raises
    ------
    EOFError
        If the data end too early.
    zlib.error
        If they are damaged or of another kind.
    """
    stream, piece = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32), b""
    while True:
        piece = piece or file.read(_PIECE_BYTES)
        if stream.eof:
            if not piece.startswith(GZIP_START):
                return
            stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        elif not piece:
            raise EOFError
        yield stream.decompress(piece)
        piece = stream.unused_data


def damaged_compression(path: Path) -> InputError:
    """The error that a file is whose compressed data are damaged or of another kind."""
    return InputError(f"{path}: is damaged; its compressed data cannot be unpacked as a whole.")


def voxel_bytes(kind: np.dtype, size: tuple[int, ...]) -> int:
    """How many bytes so many voxels of this type take."""
    return math.prod(size) * kind.itemsize


def read_voxels(
    path: Path, pieces: Iterable[bytes], kind: np.dtype, size: tuple[int, ...], skipped: int = 0
) -> np.ndarray:
    """The voxels that lie in pieces of bytes; bytes after them are passed over.

    Parameters
    ----------
    path : Path
        What errors name.
    pieces : iterable of bytes
        Of :func:`raw_pieces` or :func:`inflated_pieces`; read to their end, so that check sums count.
    kind : numpy.dtype
        Of any byte order.
    size : tuple of int
        Number of voxels along i, j, k.
    skipped : int
        Bytes before the first voxel.

    Returns
    -------
    numpy.ndarray
        (k, j, i), in the machine's own byte order.

    Raises
    ------
    InputError
        If there are fewer bytes than that, or they are damaged.
    """
    wanted = skipped + voxel_bytes(kind, size)
    data, is_whole = bytearray(), True
    try:
        for piece in pieces:
            data += piece[: wanted - len(data)]
    except EOFError:
        is_whole = False
    except zlib.error as error:
        raise damaged_compression(path) from error
    if len(data) < wanted:
        raise InputError(
            f"{path}: is incomplete; of the {wanted} bytes that its header asks for, {len(data)} are there."
        )
    if not is_whole:
        raise InputError(f"{path}: is incomplete; the end of its compressed data is missing.")
    array = np.frombuffer(data, kind, offset=skipped).reshape(size[::-1])
    return array.astype(kind.newbyteorder("="), copy=False)
