# SPDX-License-Identifier: Apache-2.0
"""The network of recipes/mnist-demo.toml trained by PyTorch, with our loss: torch_mnist.py LIBRARIES MNIST"""

import json
import math
import pathlib
import sys
import time

BEGAN = time.monotonic()

import torch

from networks import Conv6
from timing import allow_tf32

BATCH, EPOCHS, CLASSES = 128, 2, 10
ALPHA = 0.3  # in so few epochs the demo's margin of 1 does not grow slowly enough


def read_idx(file, offset, shape):
    return torch.frombuffer(bytearray(file.read_bytes()[offset:]), dtype=torch.uint8).reshape(shape).cuda()


def learning_rate(done, warmup=0.15):
    """As the recipe's: a share of its highest."""
    return done / warmup if done < warmup else 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


def main():
    allow_tf32(False)
    for library in ("liblgm.so", "liblgm_cuda.so"):
        torch.ops.load_library(f"{sys.argv[1]}/{library}")
    folder = pathlib.Path(sys.argv[2])
    images = read_idx(folder / "train-images-idx3-ubyte", 16, (-1, 1, 28, 28))[:55000]
    labels = read_idx(folder / "train-labels-idx1-ubyte", 8, -1)[:55000].long()
    torch.manual_seed(1)
    model = Conv6(1, 28).cuda()
    means = (0.3 * torch.randn(CLASSES, Conv6.dimension, device="cuda")).requires_grad_(True)
    log_variances = torch.zeros(1, 1, device="cuda")
    log_priors = torch.full((CLASSES,), -math.log(CLASSES), device="cuda")
    steps = EPOCHS * math.ceil(len(images) / BATCH)
    optimizer = torch.optim.SGD([{"params": model.parameters(), "weight_decay": 5e-4}, {"params": means}], lr=0.05,
                                momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: learning_rate(i / steps))
    errors = []
    done = 0
    for _ in range(EPOCHS):
        wrong = torch.zeros((), device="cuda")
        for batch in torch.randperm(len(images), device="cuda").split(BATCH):
            alpha = ALPHA * min(1.0, done / (0.5 * steps))
            features = model((images[batch].float() - 33.3) / 78.6)
            loss, predicted = torch.ops.lgm.loss(features, means, log_variances, log_priors, labels[batch], alpha, 0.1)
            optimizer.zero_grad()
            loss.mean().backward()
            optimizer.step()
            schedule.step()
            wrong += predicted.ne(labels[batch]).sum()
            done += 1
        errors.append(100 * wrong.item() / len(images))
    seconds = time.monotonic() - BEGAN
    print(json.dumps({"epochs": EPOCHS, "images/s, start included": round(EPOCHS * len(images) / seconds),
                      "training error, %": ", ".join(f"{error:.2f}" for error in errors)}))


if __name__ == "__main__":
    main()
