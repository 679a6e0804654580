import pytest

import course_nn as nn


@pytest.fixture
def model():
    return nn.two_hidden_layer_network(2, 3, 3, 2, seed=1)
