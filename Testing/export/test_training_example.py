"""Examples that are read back as training reads them; bright dots in the volume tell whether the points lie right."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from phantom_result import make_result
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.errors import InputError
from CCFNetCore.export.training_example import write_training_example
from CCFNetCore.phantom import draw_phantom, phantom_volume
from CCFNetCore.training.data import load_example, read_landmarks

SEED = 3
T12_L1 = anatomy.index_of("T12-L1")
TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])


def permuted(volume):
    """The same voxels in another order: slice last, rows from the feet up, columns from the back."""
    array = np.ascontiguousarray(volume.array.transpose(1, 2, 0)[::-1, ::-1])
    columns, rows, slices = volume.direction.T
    i, j, _ = (np.array(volume.size) - 1) * [1, 1, 0]
    return replace(
        volume,
        array=array,
        spacing_mm=tuple(volume.spacing_mm[axis] for axis in (2, 0, 1)),
        origin_lps_mm=tuple(volume.index_to_lps_mm([i, j, 0])),
        direction=np.stack([slices, -columns, -rows], axis=1),
    )


def turned(volume):
    """Lying obliquely in the patient, by 37 degrees."""
    return replace(volume, direction=TURN @ volume.direction, origin_lps_mm=tuple(TURN @ volume.origin_lps_mm))


@pytest.fixture(scope="module")
def dotted():
    """A volume with a bright dot at each structure in every slice, and the result that marks them."""
    volume = phantom_volume(SEED)
    result, brightest = make_result(draw_phantom(SEED), volume), volume.array.max()
    for structure in result.structures:
        if structure.index_ijk is not None:
            i, j, _ = np.rint(structure.index_ijk).astype(int)
            volume.array[:, j - 1 : j + 2, i - 1 : i + 2] = brightest
    return volume, result


def result_in(volume, result):
    """The result with its places as they are in another grid; the structures are where their dots are."""
    return replace(
        result,
        input=replace(result.input, name=volume.name, size=volume.size, spacing_mm=volume.spacing_mm),
        structures=tuple(
            replace(s, index_ijk=tuple(volume.lps_mm_to_index(s.position_lps_mm))) if s.position_lps_mm else s
            for s in result.structures
        ),
    )


def moved(result, turn):
    return replace(
        result,
        structures=tuple(
            replace(s, position_lps_mm=tuple(turn @ s.position_lps_mm)) if s.position_lps_mm else s
            for s in result.structures
        ),
    )


@pytest.mark.parametrize(("change", "turn"), [(lambda v: v, np.eye(3)), (permuted, np.eye(3)), (turned, TURN)])
def test_points_lie_on_their_pixels_when_training_reads_them(dotted, tmp_path, change, turn):
    volume = change(dotted[0])
    write_training_example(result_in(volume, moved(dotted[1], turn)), volume, tmp_path)
    (record,) = read_landmarks(tmp_path)
    pixels = np.asarray(Image.open(record.image))
    example = load_example(record, frame_pixel_mm=0.9 * record.spacing_mm)
    for index in range(1, anatomy.COUNT):
        row, column = np.rint(record.points[index]).astype(int)
        assert pixels[row, column] == 255
        row, column = np.rint(example.points[index]).astype(int)
        assert example.slices[1, row, column] > 0.95
        assert example.slices[1, row, column + 10] < 0.95


def test_pixels_are_the_volumes_own(dotted, tmp_path):
    volume, result = dotted
    write_training_example(result, volume, tmp_path)
    (record,) = read_landmarks(tmp_path)
    assert record.spacing_mm == volume.spacing_mm[0]
    middle = np.mean([s.index_ijk[2] for s in result.structures if s.index_ijk], axis=0)
    own = volume.array[round(middle)].astype(float)
    written = np.asarray(Image.open(record.image)).astype(float)
    assert written.shape == own.shape
    assert np.corrcoef(written.clip(0, 250).ravel(), own.clip(0, np.percentile(own, 97)).ravel())[0, 1] > 0.99


def test_the_other_grid_gives_the_same_picture(dotted, tmp_path):
    volume, result = dotted
    other = permuted(volume)
    write_training_example(result, volume, tmp_path / "one")
    write_training_example(result_in(other, result), other, tmp_path / "other")
    one, two = (Image.open(read_landmarks(tmp_path / name)[0].image) for name in ("one", "other"))
    assert np.abs(np.subtract(one, two, dtype=float)).max() <= 1


def test_grades_are_the_readings(dotted, tmp_path):
    volume, result = dotted
    write_training_example(result, volume, tmp_path)
    (record,) = read_landmarks(tmp_path)
    abnormal = {name for name, value in zip(anatomy.NAMES, record.abnormal, strict=True) if value == 1}
    assert abnormal == {"L2-L3", "L5"}


def test_a_structure_outside_the_picture_is_not_marked(dotted, tmp_path):
    volume, result = dotted
    write_training_example(result, volume, tmp_path)
    (record,) = read_landmarks(tmp_path)
    assert np.flatnonzero(np.isnan(record.points[:, 0])).tolist() == [T12_L1]
    assert np.isnan(record.abnormal[T12_L1])


def test_the_same_volume_replaces_its_own_entry_and_no_other(dotted, tmp_path):
    volume, result = dotted
    other = replace(volume, name="another")
    write_training_example(result, volume, tmp_path)
    write_training_example(result_in(other, result), other, tmp_path)
    structures = tuple(replace(s, label="normal") if s.label else s for s in result.structures)
    write_training_example(replace(result, structures=structures), volume, tmp_path)
    records = {record.patient: record for record in read_landmarks(tmp_path)}
    assert len(list((tmp_path / "images").iterdir())) == len(read_landmarks(tmp_path)) == 2
    assert np.nansum(records[volume.name].abnormal) == 0
    assert np.nansum(records["another"].abnormal) == 2


def test_nothing_tells_the_patients_number(dotted, tmp_path):
    volume, result = dotted
    volume = replace(volume, series_instance_uid="1.2.3", name="2: T2 of DOE")
    file = write_training_example(result_in(volume, result), volume, tmp_path, patient_id="HOSP-0815")
    (entry,) = json.loads(file.read_text())
    assert entry["patient"] == hashlib.sha256(b"HOSP-0815").hexdigest()[:16]
    assert not any(word in file.read_text() + entry["image"] for word in ("HOSP", "0815", "1.2.3", "DOE"))


def test_a_damaged_file_is_left_as_it_is(dotted, tmp_path):
    volume, result = dotted
    (tmp_path / "landmarks.json").write_text("[{]")
    with pytest.raises(InputError, match="landmarks.json: not a list of pictures"):
        write_training_example(result, volume, tmp_path)
    assert (tmp_path / "landmarks.json").read_text() == "[{]"


def test_a_result_without_points_is_refused(dotted, tmp_path):
    volume, result = dotted
    nothing = tuple(replace(s, position_lps_mm=None, index_ijk=None) for s in result.structures)
    with pytest.raises(InputError, match="nothing to learn from"):
        write_training_example(replace(result, structures=nothing), volume, tmp_path)


def test_another_volume_is_noticed(dotted, tmp_path):
    volume, result = dotted
    with pytest.raises(InputError, match="lies elsewhere in the patient"):
        write_training_example(result, replace(volume, origin_lps_mm=(90.0, 0.0, 0.0)), tmp_path)
    assert not list(tmp_path.iterdir())
