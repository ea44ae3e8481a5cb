"""Single pictures: other kinds of PNG, other sizes, damaged, and pictures of something else."""

from dataclasses import replace

import numpy as np
from PIL import Image

from ..builders.motion import scale, shift
from ..builders.pictures import mode, pasted_into, picture, pixels, resized
from ..builders.volumes import afterwards, content, cut, renamed, without_end
from ..case import Case
from ..outcome import Either, Read, Refused, Unsure

SEEN = Read(within_mm=3.0, millimetres=False)
DAMAGED = "damaged|incomplete|truncated|cannot be read"
ODD = "grey|value|contrast|picture|photo|colo|mask|size|pixel|small|shape"
NO_SPINE = Either(Unsure(ODD), Refused(ODD))


def colours(image: Image.Image) -> Image.Image:
    return Image.merge("RGB", [image, image.rotate(90), image.rotate(180)])


def transparent_border(image: Image.Image) -> Image.Image:
    """Grey, with a rim that is not to be seen but whose hidden values are bright."""
    hidden = np.array(image)
    alpha = np.full_like(hidden, 255)
    alpha[:10] = alpha[-10:] = 0
    hidden[alpha == 0] = 255
    return Image.merge("LA", [Image.fromarray(hidden), Image.fromarray(alpha)])


CASES = (
    Case("png-of-8-bits", picture("slice.png"), SEEN),
    Case("png-half", afterwards(picture("slice.png"), cut(0.5)), Refused(DAMAGED)),
    Case(
        "png-tiny",
        picture("slice.png", resized(0.025)),
        Either(Refused("small|pixel|size"), Unsure("small|pixel|size")),
    ),
    Case("png-of-1-bit", picture("slice.png", mode("1")), Either(NO_SPINE.outcomes[0], NO_SPINE.outcomes[1], SEEN)),
    Case("png-empty", afterwards(picture("slice.png"), content(b"")), Refused(f"{DAMAGED}|empty")),
    Case("png-of-one-value", picture("slice.png", pixels(lambda p: p * 0 + 90)), NO_SPINE),
    Case("png-of-16-bits", picture("slice.png", pixels(lambda p: p.astype(np.uint16) * 16)), SEEN),
    Case("png-with-palette", picture("slice.png", mode("P")), SEEN),
    Case("png-of-grey-and-alpha", picture("slice.png", mode("LA")), SEEN),
    Case("png-with-transparent-border", picture("slice.png", transparent_border), SEEN),
    Case("png-of-red-green-blue-alpha", picture("slice.png", mode("RGBA")), SEEN),
    Case(
        "png-last-bytes-missing",
        afterwards(picture("slice.png"), without_end(60)),
        Refused(DAMAGED),
    ),
    Case("png-twice-as-large", picture("slice.png", resized(2)), SEEN, moves=(scale(2, 2, 1),)),
    Case("png-of-25-million-pixels", picture("slice.png", resized(15.625)), SEEN, moves=(scale(15.625, 15.625, 1),)),
    # Its scale is guessed too small by a third: some structures are placed well and uncertain.
    Case(
        "png-landscape",
        picture("slice.png", pasted_into((640, 320), (160, 0))),
        replace(SEEN, found=8),
        moves=(shift(160, 0, 0),),
    ),
    Case(
        "png-with-white-border",
        picture("slice.png", pasted_into((360, 360), (20, 20), 255)),
        SEEN,
        moves=(shift(20, 20, 0),),
    ),
    Case("jpeg-called-png", picture("slice.png", format="JPEG", quality=95), SEEN),
    Case(
        "cmyk-jpeg-called-png",
        picture("slice.png", mode("CMYK"), format="JPEG"),
        Either(SEEN, Refused("colo|CMYK|read")),
    ),
    Case(
        "png-animated",
        picture("slice.png", save_all=True, append_images=[Image.new("L", (320, 320))]),
        Either(SEEN, Refused("several|frames|pictures")),
    ),
    Case("png-of-text", afterwards(picture("slice.png"), content(b"words")), Refused(DAMAGED)),
    Case("png-upper-case-ending", afterwards(picture("slice.png"), renamed("SLICE.PNG")), SEEN),
    Case("jpeg", picture("slice.jpg", format="JPEG"), Refused("kind of file|ending")),
    Case(
        "png-thin",
        picture("slice.png", lambda image: image.resize((2000, 20))),
        Either(Refused(ODD), Unsure(ODD)),
        clean="",
    ),
    Case(
        "png-of-noise",
        picture("slice.png", pixels(lambda p: np.random.default_rng(2).integers(0, 255, p.shape, np.uint8))),
        NO_SPINE,
        clean="",
    ),
    Case("png-in-colour", picture("slice.png", colours), Either(Unsure("colo"), Refused("colo"))),
)
