import json
from dataclasses import replace

import numpy as np
import pytest

from CCFNetCore import anatomy, load_detector
from CCFNetCore.confidence import LEAST, MOST, Confidences, Kernel
from CCFNetCore.errors import WeightsError
from CCFNetCore.evidence import OF_NUMBERING, OF_STRUCTURE, Evidence
from CCFNetCore.model_file import find_model, load_model, read_description, save_model
from CCFNetCore.phantom import phantom_volume

F, S = len(OF_NUMBERING), len(OF_STRUCTURE)
KERNEL = Kernel((0.0,) * F, (1.0,) * F, ((0.0,) * F, (3.0,) * F), (4.0, -4.0), 1.0, 0.1)
CONFIDENCES = Confidences(KERNEL, (*[0.0] * S, 1.0, 1.0), (*[0.0] * S, 1.0, -1.0))


def evidence(value, structures=1.0):
    return Evidence(np.full((anatomy.COUNT, S), structures), np.full(F, value))


def test_names_like_those_that_were_right_are_surer_than_names_like_those_that_were_wrong():
    like_right, like_wrong, like_none = (CONFIDENCES.of_numbering(evidence(v)) for v in (0.0, 3.0, 50.0))
    assert like_right == pytest.approx(1 / (1 + np.exp(-(1 + 4 - 4 * np.exp(-0.1 * 9 * F)))))
    assert like_wrong < like_none < like_right


def test_of_nothing_there_is_no_confidence():
    nothing = evidence(np.nan, np.nan)
    assert CONFIDENCES.of_numbering(nothing) is None
    assert np.isnan(CONFIDENCES.of_names(nothing)).all()
    assert np.isnan(CONFIDENCES.of_places(nothing)).all()


def test_a_place_is_never_surer_than_its_name():
    generous = CONFIDENCES._replace(place=(*[0.0] * S, 1.0, 5.0))
    for each in (CONFIDENCES, generous):
        assert (each.of_places(evidence(0.0)) <= each.of_names(evidence(0.0))).all()


def test_nothing_is_certain():
    extreme = CONFIDENCES._replace(name=(*[0.0] * S, 0.0, 1e5), place=(*[0.0] * S, 0.0, -1e5))
    assert (extreme.of_names(evidence(0.0)) == MOST).all()
    assert (extreme.of_places(evidence(0.0)) == LEAST).all()


def test_confidences_survive_json():
    assert Confidences.from_lists(json.loads(json.dumps(CONFIDENCES))) == CONFIDENCES


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The shipped network with confidences, and without its reader."""
    network, description = load_model(find_model("default"))
    file = tmp_path_factory.mktemp("model") / "sure.safetensors"
    save_model(network, replace(description, confidences=CONFIDENCES), file)
    return file


def test_a_model_file_holds_them(model):
    assert read_description(model).confidences == CONFIDENCES


@pytest.mark.parametrize(
    "wrong",
    [
        CONFIDENCES._replace(name=(1.0, 2.0)),
        CONFIDENCES._replace(numbering=KERNEL._replace(weights=(1.0,))),
        CONFIDENCES._replace(numbering=KERNEL._replace(examples=((0.0,),) * 2)),
        [1, 2],
        "sure",
    ],
)
def test_a_model_file_with_senseless_ones_is_refused(wrong, tmp_path):
    network, description = load_model(find_model("default"))
    file = tmp_path / "wrong.safetensors"
    save_model(network, replace(description, confidences=wrong), file)
    with pytest.raises(WeightsError, match="header"):
        read_description(file)


def test_the_result_says_how_sure_it_is(model):
    detector = load_detector(model, "cpu")
    result = detector.detect(phantom_volume(7))
    assert 0 < result.numbering_confidence < 1
    for structure in result.structures:
        assert structure.confidence <= structure.name_confidence
        is_sure = min(structure.confidence, structure.name_confidence) >= 0.9
        assert (structure.state == "found") <= is_sure
