"""What the lessons do not keep yet. These lists may only shrink, and go when they are empty."""

# Lessons of the main path that take more than an hour by the formula, with their minutes.
OVER_AN_HOUR: dict[str, int] = {
    "02_measure_the_loss.ipynb": 70,
    "03_derive_the_gradient_of_W3.ipynb": 70,
    "07_build_the_computational_graph.ipynb": 85,
    "08_train_with_sgd.ipynb": 75,
    "09_train_with_batches.ipynb": 80,
    "10_compare_sgd_and_batch.ipynb": 95,
}

# Further lessons with fewer than three exercises, with their number.
FEW_EXERCISES: dict[str, int] = {
    "loss_surface.ipynb": 2,
    "momentum_and_schedules.ipynb": 2,
    "pytorch_and_keras.ipynb": 1,
    "shared_and_skipped.ipynb": 0,
}
