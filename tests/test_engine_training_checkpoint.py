"""Checkpoints as text: exact in both directions, and safe to read from untrusted input."""

import base64
import contextlib
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Experiment, Trainer
from engine.data.features import FEATURES
from engine.numerics.types import Array
from engine.text.phrases import InvalidValue
from engine.training.checkpoint import MAX_EPOCH, Checkpoint, decode_checkpoint
from engine.training.experiment import MAX_START

FINITE = st.floats(-1e99, 1e99)


def checkpoint_of(numbers: list[float], state_size: int = 0, epoch: int = 3) -> Checkpoint:
    theta = np.array(numbers)
    kind = np.arange(theta.size) % 3
    free, locked = (kind == 1).astype(float), (kind == 2).astype(float)
    return Checkpoint(epoch, theta, free, locked, np.resize(theta, state_size))


def text_of(theta: Array, mask: bytes, state: Array | None = None, epoch: str = "3") -> str:
    raw = theta.astype("<f8").tobytes() + mask + (b"" if state is None else state.astype("<f8").tobytes())
    return f"{epoch}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


@given(st.lists(FINITE, min_size=1, max_size=40), st.integers(0, 120), st.integers(0, MAX_EPOCH))
def test_text_and_back_is_the_same_to_the_last_bit(numbers: list[float], state_size: int, epoch: int) -> None:
    checkpoint = checkpoint_of(numbers, state_size, epoch)
    again = decode_checkpoint(checkpoint.encode(), len(numbers), state_size)
    assert again.epoch == epoch
    assert again.to_bytes() == checkpoint.to_bytes()
    assert again.state.tobytes() == checkpoint.state.tobytes()
    assert again.mask.tobytes() == checkpoint.mask.tobytes()
    assert again.locked.tobytes() == checkpoint.locked.tobytes()


@given(st.text(max_size=80), st.integers(1, 30), st.integers(0, 2))
def test_any_text_is_a_checkpoint_or_invalid(text: str, parameters: int, state_size: int) -> None:
    with contextlib.suppress(InvalidValue):
        assert decode_checkpoint(text, parameters, state_size).theta.shape == (parameters,)


@given(st.integers(1, 4), st.binary(min_size=36, max_size=36))
def test_any_bytes_of_the_right_length_give_finite_numbers_or_are_invalid(parameters: int, raw: bytes) -> None:
    text = "7." + base64.urlsafe_b64encode(raw[: 9 * parameters]).decode().rstrip("=")
    with contextlib.suppress(InvalidValue):
        checkpoint = decode_checkpoint(text, parameters, 0)
        assert np.isfinite(checkpoint.theta).all()
        assert set(checkpoint.mask) <= {0.0, 1.0}
        assert set(checkpoint.mask + checkpoint.locked) <= {0.0, 1.0}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e100, -1e301])
def test_infinite_or_huge_numbers_are_invalid(value: float) -> None:
    with pytest.raises(InvalidValue, match="finite"):
        decode_checkpoint(text_of(np.array([1.0, value]), b"\1\1"), 2, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_optimizer_state_must_be_finite(value: float) -> None:
    with pytest.raises(InvalidValue, match="finite"):
        decode_checkpoint(text_of(np.array([1.0]), b"\1", np.array([value])), 1, 1)


def test_a_mask_holds_only_0_1_and_2() -> None:
    read = decode_checkpoint(text_of(np.array([1.0, 2.0, 3.0]), b"\0\1\2"), 3, 0)
    assert (read.mask.tolist(), read.locked.tolist()) == ([0, 1, 0], [0, 0, 1])
    with pytest.raises(InvalidValue, match="mask"):
        decode_checkpoint(text_of(np.array([1.0, 2.0]), b"\1\3"), 2, 0)


@pytest.mark.parametrize(
    "epoch", ["", "-1", "1.5", "1e3", " 1", "1_0", "٣", "x", str(MAX_EPOCH + 1), "0" * 30, "9" * 5000]
)
def test_an_epoch_must_be_a_plain_number_within_bounds(epoch: str) -> None:
    # "1.5" is epoch 1 with text of a wrong length.
    with pytest.raises(InvalidValue, match=r"must be an epoch from 0|must have 12 characters"):
        decode_checkpoint(text_of(np.array([1.0]), b"\1", epoch=epoch), 1, 0)


@pytest.mark.parametrize("change", [lambda text: text + "A", lambda text: text[:-1], lambda text: text + "="])
def test_a_wrong_length_is_invalid_and_the_message_names_the_right_one(change: object) -> None:
    text = checkpoint_of([1.0, 2.0]).encode()
    assert callable(change)
    with pytest.raises(InvalidValue, match="must have 24 characters after the dot, for a network with 2 parameters"):
        decode_checkpoint(change(text), 2, 0)


@pytest.mark.parametrize("letter", ["!", " ", "é", "\n", "."])
def test_characters_outside_base64url_are_invalid(letter: str) -> None:
    text = checkpoint_of([1.0, 2.0]).encode()
    with pytest.raises(InvalidValue, match="checkpoint"):
        decode_checkpoint(text[:10] + letter + text[11:], 2, 0)


def test_nothing_is_allocated_for_text_of_the_wrong_length() -> None:
    text = "3." + "A" * 10_000_000
    tracemalloc.start()
    try:
        with pytest.raises(InvalidValue):
            decode_checkpoint(text, 25, 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(text)  # the text after the dot, and nothing made of it


def test_a_checkpoint_of_another_network_is_refused_by_the_experiment() -> None:
    start = Trainer(Experiment(hidden_layers=(3,))).checkpoint().encode()
    assert Experiment(hidden_layers=(3,), start=start).start == start
    with pytest.raises(ValueError, match="for a network with 17 parameters"):
        Experiment(hidden_layers=(4,), start=start)


def test_a_checkpoint_of_another_optimizer_is_refused_and_the_largest_fits_into_a_link() -> None:
    experiment = Experiment(optimizer="adam", dataset="xor", features=tuple(FEATURES), hidden_layers=(32,) * 10)
    start = Trainer(experiment).checkpoint().encode()
    assert len(start) < MAX_START
    assert experiment.changed(start=start).start == start
    with pytest.raises(ValueError, match="characters after the dot"):
        experiment.changed(start=start, optimizer="momentum")
