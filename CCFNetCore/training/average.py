"""The mean of the weights of several models of one network."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import WeightsError
from ..model_file import load_model, save_model


def average_models(models: Sequence[Path], output: Path) -> None:
    """Write the model whose weights are the mean of those of models that come from one another.

    What they were trained to read and which patients they were not trained on must agree. A model and the one that
    training went on to often lie in one wide valley of the loss, and new pictures are read better from its middle
    (Izmailov et al. 2018, arXiv 1803.05407). Calibrations and readers do not carry over.

    Raises
    ------
    WeightsError
        If a model is missing or damaged, or is of another kind than the first.
    """
    networks, descriptions = zip(*(load_model(model) for model in models), strict=True)
    alike = [replace(description, datasets=None, calibrations={}) for description in descriptions]
    for model, description in zip(models, alike, strict=True):
        if description != alike[0]:
            raise WeightsError(f"{model}: is of another kind, or was trained on other folds, than {models[0]}.")
    states = [network.state_dict() for network in networks]
    mean = {
        name: (sum(state[name].double() for state in states) / len(states)).to(value.dtype)
        for name, value in states[0].items()
    }
    networks[0].load_state_dict(mean)
    save_model(networks[0], replace(descriptions[-1], calibrations={}), output)
