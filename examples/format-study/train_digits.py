#!/usr/bin/env python3
# train_digits.py - trains the classifier whose weights the format study reads
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The study needs weights and gradients as training leaves them, not random
# numbers: how much a format flushes or stalls depends on the real spread of
# magnitudes. A two-layer perceptron on scikit-learn's handwritten digits is
# the smallest model that has both. Plain NumPy, so that what a gradient is can
# be read in thirty lines; scikit-learn only hands over the images.

"""Train a small digit classifier; write its weights and gradients as .npy."""

import argparse
import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits

SEED = 2024
HIDDEN = 128
CLASSES = 10
BATCH = 64
EPOCHS = 60
LEARNING_RATE = 0.05
TEST_SAMPLES = 360  # a fifth of the 1797 images


def load():
    """The images, in [0, 1], split at random into a training and a test set."""
    digits = load_digits()
    images = (digits.data / 16.0).astype(np.float32)
    order = np.random.default_rng(SEED).permutation(len(images))
    test, train = order[:TEST_SAMPLES], order[TEST_SAMPLES:]
    return (images[train], digits.target[train]), (images[test], digits.target[test])


def initialize(rng, inputs, outputs):
    """He initialization: the spread that keeps a ReLU layer's variance."""
    weights = rng.normal(0.0, np.sqrt(2.0 / inputs), (inputs, outputs))
    return weights.astype(np.float32), np.zeros(outputs, np.float32)


def forward(parameters, x):
    w1, b1, w2, b2 = parameters
    hidden = np.maximum(x @ w1 + b1, 0.0)
    return hidden, hidden @ w2 + b2


def gradients(parameters, x, labels):
    """Gradients of the mean cross-entropy, and the loss itself."""
    hidden, logits = forward(parameters, x)
    logits = logits - logits.max(axis=1, keepdims=True)
    exp = np.exp(logits)
    probabilities = exp / exp.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(probabilities[rows, labels]).mean()

    d_logits = probabilities
    d_logits[rows, labels] -= 1.0
    d_logits /= len(labels)
    d_hidden = (d_logits @ parameters[2].T) * (hidden > 0.0)
    return loss, [x.T @ d_hidden, d_hidden.sum(axis=0),
                  hidden.T @ d_logits, d_logits.sum(axis=0)]


def accuracy(parameters, x, labels):
    return float((forward(parameters, x)[1].argmax(axis=1) == labels).mean())


def train():
    (x, labels), test = load()
    rng = np.random.default_rng(SEED)
    parameters = [*initialize(rng, x.shape[1], HIDDEN),
                  *initialize(rng, HIDDEN, CLASSES)]
    for epoch in range(EPOCHS):
        order = rng.permutation(len(x))
        for start in range(0, len(x), BATCH):
            batch = order[start:start + BATCH]
            loss, steps = gradients(parameters, x[batch], labels[batch])
            for parameter, step in zip(parameters, steps):
                parameter -= np.float32(LEARNING_RATE) * step
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1:3d}  loss of the last batch {loss:.4f}  "
                  f"training accuracy {accuracy(parameters, x, labels):.4f}")
    print(f"learning rate {LEARNING_RATE}, test accuracy "
          f"{accuracy(parameters, *test):.4f} on {len(test[0])} images")

    # The step that training would take next, on one batch not sorted by class.
    batch = rng.permutation(len(x))[:BATCH]
    _, steps = gradients(parameters, x[batch], labels[batch])
    return {"weights-1": parameters[0], "gradients-1": steps[0],
            "weights-2": parameters[2], "gradients-2": steps[2]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true",
        help="compare with the committed files (tolerance 1e-4 of the largest "
             "magnitude: BLAS sums in a different order on each machine) "
             "instead of writing them")
    arguments = parser.parse_args()

    folder = pathlib.Path(__file__).resolve().parent / "data"
    status = 0
    for name, array in train().items():
        path = folder / f"{name}.npy"
        array = np.ascontiguousarray(array, dtype=np.float32)
        if arguments.check:
            difference = np.abs(array - np.load(path)).max() / np.abs(array).max()
            print(f"{path.name}: largest relative difference {difference:.2e}")
            if not difference <= 1e-4:
                status = 1
        else:
            np.save(path, array)
            print(f"{path.name}: {array.shape[0]}x{array.shape[1]}, "
                  f"magnitudes up to {np.abs(array).max():.4f}")
    return status


if __name__ == "__main__":
    sys.exit(main())
