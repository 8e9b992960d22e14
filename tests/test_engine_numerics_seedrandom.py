"""Test the generator against numbers printed by the npm package seedrandom 2.4.3, which TFP uses.

`fixtures/seedrandom.json` was printed in Node by that package: `seedrandom(seed)` called again and again.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numerics.seedrandom import SeedRandom
from tests.engine_helpers import read_fixture

CASES = read_fixture("seedrandom.json")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['seed'][:12]}+{case['skip']}")
def test_a_seed_gives_javascripts_numbers(case):
    rng = SeedRandom(case["seed"])
    for _ in range(case["skip"]):
        rng.random()
    assert [rng.random() for _ in case["numbers"]] == case["numbers"]


def test_the_numbers_match_the_packages_manual():
    rng = SeedRandom("hello.")
    assert [rng.random(), rng.random()] == [0.9282578795792454, 0.3752569768646784]


@given(st.text(max_size=64))
def test_any_text_is_a_seed_for_numbers_in_0_to_1(seed):
    rng = SeedRandom(seed)
    numbers = [rng.random() for _ in range(20)]
    assert all(0 <= number < 1 for number in numbers)
    assert len(set(numbers)) == len(numbers)  # with 52 bits each, two equal numbers among twenty would be a bug


def test_a_copy_draws_the_same_numbers_independently():
    rng = SeedRandom("0.5")
    rng.random()
    twin = rng.copy()
    ahead = [twin.random() for _ in range(5)]
    assert [rng.random() for _ in range(5)] == ahead


@given(low=st.floats(-100, 100), width=st.floats(0.01, 100))
def test_uniform_stays_in_its_range(low, width):
    rng = SeedRandom("0.5")
    assert all(low <= rng.uniform(low, low + width) <= low + width for _ in range(20))


def test_uniform_scales_the_next_number_to_its_range():
    assert SeedRandom("0.5").uniform(-4, 12) == SeedRandom("0.5").random() * 16 - 4


def test_shuffle_swaps_from_the_end():
    # By hand, with the fixture's numbers .4977 .8075 .7864 .1306 for seed 0.5:
    # last 3: int(.4977 * 4) = 1 swaps b and d -> a d c b; last 2: int(.8075 * 3) = 2 stays;
    # last 1: int(.7864 * 2) = 1 stays; last 0: int(.1306 * 1) = 0 stays.
    items = list("abcd")
    SeedRandom("0.5").shuffle(items)
    assert items == list("adcb")


@given(count=st.integers(0, 50), seed=st.text(max_size=8))
def test_shuffle_keeps_every_item(count, seed):
    items = list(range(count))
    SeedRandom(seed).shuffle(items)
    assert sorted(items) == list(range(count))
