"""Grey values of volumes: outliers, padding, other scales, and volumes that hold no lumbar spine MR."""

from collections.abc import Callable

import numpy as np

from ..builders.phantom import patient
from ..builders.volumes import values, volume
from ..case import Case
from ..outcome import Either, Read, Refused, Unsure

Change = Callable[[np.ndarray], np.ndarray]


def voxel(value: float) -> Change:
    def put(array: np.ndarray) -> np.ndarray:
        array[6, 300, 10] = value
        return array

    return put


def ends(value: float) -> Change:
    """Two slices on one side and one on the other are padding."""

    def fill(array: np.ndarray) -> np.ndarray:
        array[:2] = array[-1:] = value
        return array

    return fill


def frame(value: float) -> Change:
    def fill(array: np.ndarray) -> np.ndarray:
        array[:, :25] = array[:, -25:] = array[..., :15] = array[..., -15:] = value
        return array

    return fill


def annotation(array: np.ndarray) -> np.ndarray:
    """Letters burnt into every slice, far brighter than tissue."""
    array[:, 5:20, 5:90:3] = 65535
    return array


def spikes(array: np.ndarray) -> np.ndarray:
    """One voxel in a thousand is far too bright."""
    where = np.random.default_rng(11).integers(0, array.size, array.size // 1000)
    array.flat[where] = 30000
    return array


def of(change: Change) -> Callable:
    return volume("scan.nii.gz", values(change))


def nothing_known(made: Callable[[tuple[int, ...]], np.ndarray]) -> Callable:
    """A volume of the patient's size that shows something else."""
    return of(lambda array: made(array.shape).astype(np.float32))


def ellipsoid(shape: tuple[int, ...]) -> np.ndarray:
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    inside = sum(axis**2 for axis in grid) < 0.5
    return inside * (500 + np.random.default_rng(11).normal(0, 20, shape))


def stripes(shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(400 * (np.arange(shape[1]) // 20 % 2)[:, None], shape)


def hounsfield(array: np.ndarray) -> np.ndarray:
    """As CT: air -1000, soft tissue near 40, and bone, which MR shows dark, bright."""
    body = array > 25
    bone = body & (array < 60)
    return np.where(bone, 700, np.where(body, 40 + array / 20, -1000)).astype(np.float32)


def two_values(array: np.ndarray) -> np.ndarray:
    return (array > np.percentile(array, 70)).astype(np.float32)


def labels(array: np.ndarray) -> np.ndarray:
    return np.digitize(array, np.percentile(array, [50, 70, 90])).astype(np.float32)


ODD = "grey|value|empty|constant|same|uniform|mask|noise|CT|Hounsfield|not .*MR|no structure|contrast|something else"
NO_SPINE = Either(Unsure(ODD), Refused(ODD))

CASES = (
    Case("voxel-far-below", of(voxel(-32767)), Read(), source="ivadomed/model_seg_sci#59"),
    Case("slices-of-padding-below", of(ends(-1000)), Read(), source="ivadomed/model_seg_sci#59"),
    Case("mask-of-two-values", of(two_values), NO_SPINE),
    Case("one-value-everywhere", of(lambda array: array * 0 + 7), NO_SPINE),
    Case("noise", nothing_known(lambda shape: np.random.default_rng(11).normal(300, 50, shape)), NO_SPINE, clean=""),
    Case("factor-of-1e-12", of(lambda array: array * 1e-12), Read()),
    Case("annotation-burnt-in", of(annotation), Read()),
    Case("frame-of-padding-below", of(frame(-2000)), Read(within_mm=2.0)),
    Case("frame-of-padding-above", of(frame(4095)), Read(within_mm=2.0)),
    Case("voxel-far-above", of(voxel(32767)), Read()),
    Case("one-voxel-in-a-thousand-far-above", of(spikes), Read(within_mm=3.0)),
    Case("factor-of-1e6", of(lambda array: array * 1e6), Read()),
    Case("factor-of-1e-30", of(lambda array: array * 1e-30), Read()),
    Case("factor-of-1e30", of(lambda array: array * 1e30), Read()),
    Case("offset-of-1000", of(lambda array: array + 1000), Read()),
    Case("offset-of-minus-1000", of(lambda array: array - 1000), Read()),
    Case("few-grey-values", of(lambda array: np.floor(array / 60)), Read(within_mm=2.0)),
    Case(
        "upside-down-grey-values",
        of(lambda array: array.max() - array),
        Either(NO_SPINE.outcomes[0], NO_SPINE.outcomes[1], Read(found=0, within_mm=3.0)),
    ),
    Case("labels-of-four-values", of(labels), NO_SPINE),
    Case("as-ct", of(hounsfield), NO_SPINE),
    Case("ellipsoid", nothing_known(ellipsoid), NO_SPINE, clean=""),
    Case("stripes", nothing_known(stripes), NO_SPINE, clean=""),
    Case("zero-everywhere", of(lambda array: array * 0), NO_SPINE),
    Case(
        "all-but-one-slice-black",
        of(lambda array: array * (np.arange(len(patient().array)) == 7)[:, None, None]),
        Either(
            Unsure("empty|black|value|slice|uncertain|not in the picture"),
            Refused("empty|black|slice|value"),
            Read(found=0, within_mm=3.0),
        ),
    ),
)
