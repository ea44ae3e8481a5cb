"""NIfTI files with single fields of their header changed."""

import struct
from pathlib import Path

import numpy as np

FIELDS = {
    "dim": ("8h", 40),
    "datatype": ("h", 70),
    "pixdim": ("8f", 76),
    "vox_offset": ("f", 108),
    "scaling": ("2f", 112),
    "units": ("B", 123),
    "codes": ("2h", 252),
    "quatern": ("3f", 256),
    "sform": ("12f", 280),
    "magic": ("4s", 344),
}


def get(data: bytes, field: str) -> np.ndarray:
    form, offset = FIELDS[field]
    return np.array(struct.unpack_from(f"<{form}", data, offset))


def write_edited(file: Path, data: bytes, **fields) -> Path:
    edited = bytearray(data)
    for field, value in fields.items():
        form, offset = FIELDS[field]
        struct.pack_into(f"<{form}", edited, offset, *np.ravel(value).tolist())
    file.write_bytes(edited)
    return file


def nifti2(data: bytes) -> bytes:
    """A little-endian NIfTI-1 file as NIfTI-2."""
    header = bytearray(544)
    struct.pack_into("<i8s2h", header, 0, 540, b"n+2\0\r\n\x1a\n", *struct.unpack_from("<2h", data, 70))
    struct.pack_into("<8q", header, 16, *get(data, "dim"))
    struct.pack_into("<8dq2d", header, 104, *get(data, "pixdim"), 544, *get(data, "scaling"))
    struct.pack_into("<2i18d", header, 344, *get(data, "codes"), *struct.unpack_from("<18f", data, 256))
    struct.pack_into("<i", header, 500, int(get(data, "units")[0]))
    return bytes(header) + data[352:]


def big_endian(data: bytes, voxel: str) -> bytes:
    """A little-endian NIfTI-1 file in the other byte order."""
    edited = bytearray(data)
    struct.pack_into(">i", edited, 0, 348)
    for form, offset in (*FIELDS.values(), ("3f", 268)):
        struct.pack_into(f">{form}", edited, offset, *struct.unpack_from(f"<{form}", data, offset))
    return bytes(edited[:352]) + np.frombuffer(data[352:], f"<{voxel}").astype(f">{voxel}").tobytes()
