"""Links and model files written by the first edition still open, and their runs give the same numbers, bit for bit.

`fixtures/first_edition/` holds what commit 68aca0f wrote: model files, and in `runs.json` links, together with where
each run stood when it was opened and after more epochs. That commit ran them in plain NumPy.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import Trainer, model_from_json, model_to_json, read_link
from engine.numerics.jit import AVAILABLE
from engine.training.kernels import PLAIN, compiled_kernels

FOLDER = Path(__file__).parent / "fixtures" / "first_edition"
RUNS = json.loads((FOLDER / "runs.json").read_text(encoding="utf-8"))
LINKS, MODELS = RUNS["links"], RUNS["models"]


def assert_run_is(trainer: Trainer, recorded: dict[str, Any]) -> None:
    for moment, epochs in (("opened", 0), ("trained", RUNS["epochs"])):
        trainer.run(epochs)
        assert trainer.epoch == recorded[moment]["epoch"]
        # The first edition stored no best loss, and summed losses in an order of NumPy's instead of TFP's.
        assert replace(trainer.checkpoint(), best=None).encode() == recorded[moment]["checkpoint"]
        assert trainer.losses() == pytest.approx(recorded[moment]["losses"], rel=1e-12)


@pytest.mark.parametrize("name", LINKS)
def test_a_link_of_the_first_edition_opens_as_before(name: str) -> None:
    recorded = LINKS[name]
    link = read_link(recorded["link"])
    assert link.view.model_dump(mode="json") == recorded["view"]
    assert [notice.field for notice in link.notices] == recorded["notices"]
    assert_run_is(Trainer(link.experiment, PLAIN), recorded)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_file_of_the_first_edition_opens_as_before(name: str) -> None:
    model = model_from_json((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert model.view.model_dump(mode="json") == MODELS[name]["view"]
    assert_run_is(model.trainer(PLAIN), MODELS[name])


@pytest.mark.parametrize("name", ["adam", "dead_weights", "own_data"])
def test_a_model_file_is_written_as_the_first_edition_wrote_it(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    model = model_from_json(text)
    assert model_to_json(model.trainer(PLAIN), model.view) == text


@pytest.mark.skipif(not AVAILABLE, reason="Numba is not installed")
@pytest.mark.parametrize("name", [*LINKS, *MODELS])
def test_compiled_kernels_train_the_same_runs(name: str) -> None:
    if name in LINKS:
        assert_run_is(Trainer(read_link(LINKS[name]["link"]).experiment, compiled_kernels()), LINKS[name])
    else:
        model = model_from_json((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        assert_run_is(model.trainer(compiled_kernels()), MODELS[name])
