"""Fuzz every reader of untrusted text briefly: readers raise only their documented errors (`make fuzz` runs longer)."""

from random import Random

import pytest
from fuzz_targets import targets

TARGETS = targets()
INPUTS = 400


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_inputs_are_accepted_or_refused(name: str) -> None:
    target, random = TARGETS[name], Random(f"{name} 1")
    understood = {target.attack(target.inputs.one(random)) for _ in range(INPUTS)}
    assert understood == {True, False}  # otherwise the seeds are invalid, or the damage is harmless


@pytest.mark.parametrize("name", TARGETS)
def test_undamaged_inputs_are_accepted(name: str) -> None:
    assert any(map(TARGETS[name].attack, TARGETS[name].inputs.seeds))
