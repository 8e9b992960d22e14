"""Every optimizer with every loss, every activation and schedule, against 50 steps of PyTorch from the same start.

`torch_runs.json` holds what `scripts/torch_runs.py` recorded; where PyTorch is installed it is run again, too.
"""

import numpy as np
import pytest

from engine import Experiment, Trainer
from scripts.torch_runs import REGISTRIES, RUNS, STEPS, covered, epochs_of, torch_run
from tests.engine_helpers import MODES, kernels_of, read_fixture

RECORDED = read_fixture("torch_runs.json")
AGREEMENT = 1e-8


def test_the_recorded_runs_are_complete_and_cover_every_registry():
    assert list(RECORDED) == list(RUNS)
    for field, names in covered().items():
        assert names == set(REGISTRIES[field])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", RUNS)
def test_fifty_steps_agree_with_pytorch(name, mode):
    trainer = Trainer(Experiment(**RUNS[name]), kernels_of(mode))
    start = trainer.theta
    for epoch, theta in zip(epochs_of(RUNS[name]), RECORDED[name], strict=True):
        assert trainer.run(epoch - trainer.epoch) == epoch
        np.testing.assert_allclose(trainer.theta, theta, rtol=0, atol=AGREEMENT)
    assert trainer.epoch * -(-len(trainer.train_labels) // RUNS[name]["batch_size"]) >= STEPS - 5
    assert np.abs(trainer.theta - start).max() > 1e-3  # it has gone somewhere


@pytest.mark.parametrize("name", RUNS)
def test_pytorch_still_agrees_with_its_record(name):
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'neural-playground[bench]'")
    np.testing.assert_allclose(torch_run(RUNS[name]), RECORDED[name], rtol=0, atol=AGREEMENT)
