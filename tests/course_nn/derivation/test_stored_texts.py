"""What is printed today is what was printed when the derivatives stood in templates."""

import json

import pytest
from stored_texts import FILE, NETWORKS, RANDOM, checksums_of, short_texts_of
from tiers import thinned

STORED = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_texts_of_a_network(name):
    texts = short_texts_of(NETWORKS[name]())
    assert list(texts) == list(STORED["networks"][name])
    for key, text in texts.items():
        assert text == STORED["networks"][name][key], key


@pytest.mark.parametrize("seed", thinned(RANDOM, 4))
def test_the_texts_of_a_random_network(seed):
    assert checksums_of(seed) == STORED["random"][str(seed)]
