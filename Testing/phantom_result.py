"""A result with the true places of a phantom, and readings that are known beforehand."""

from dataclasses import replace

from CCFNetCore import anatomy
from CCFNetCore.result import Input, Model, Result, Structure


def make_result(phantom, volume):
    """T12-L1 is outside, L1 uncertain, L2-L3 and L5 are abnormal, all else is found and normal."""
    landmarks = phantom.spine.landmarks_lps_mm()
    structures = tuple(_structure(level, landmarks[level.name], volume) for level in anatomy.LEVELS)
    source = Input(volume.name, volume.size, volume.spacing_mm, volume.series_instance_uid)
    return Result(source, Model("made by hand", "0" * 64), structures)


def with_names(result):
    """The result as of a model that tells how sure it is of names; of L4 alone it is not quite sure."""
    sure = {"L4": 0.86}
    structures = tuple(
        s if s.state == "outside" else replace(s, name_confidence=sure.get(s.name, 0.98)) for s in result.structures
    )
    return replace(result, structures=structures, numbering_confidence=0.973)


def _structure(level, position, volume):
    is_abnormal = level.name in ("L2-L3", "L5")
    found = Structure(
        level.name,
        level.kind,
        state="uncertain" if level.name == "L1" else "found",
        position_lps_mm=tuple(position.tolist()),
        index_ijk=tuple(volume.lps_mm_to_index(position).tolist()),
        confidence=0.91,
        abnormal_probability=0.83 if is_abnormal else 0.12,
        label="abnormal" if is_abnormal else "normal",
    )
    if level.name != "T12-L1":
        return found
    nothing = dict.fromkeys(("position_lps_mm", "index_ijk", "abnormal_probability", "label"))
    return replace(found, state="outside", confidence=0.02, **nothing)
