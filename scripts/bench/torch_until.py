#!/usr/bin/env python3
"""Trains one network in PyTorch on MNIST until it reads a share of the test images right: the counterpart of
`cnnzoo train mnist-basic --until testAccuracy=0.99`.

Same recipe: the network and optimizer of the JSON on standard input (scripts/bench/network.ts), Glorot's initial weights,
batches of 64 in a new random order each epoch, a learning rate that falls along a cosine over 5 epochs, the test images
looked at after each epoch. All images lie in memory as float32 before training, which is the fastest that PyTorch can be
fed. Prints one line of JSON; whoever calls takes the time, so that start-up and loading count.

usage: torch_until.py FOLDER_OF_IDX_FILES [--until 0.99] [--epochs 5] [--batch-size 64] [--seed 1] [--threads 2] [--layout nchw]
"""

import argparse
import gzip
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from torch_network import LAYOUTS, network_of, optimizer_of


def read_idx(folder, name):
    """A file of the MNIST family, gzipped or not, as an array of bytes."""
    for path in (Path(folder) / name, Path(folder) / (name + ".gz")):
        if path.exists():
            data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
            extents = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
            return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(extents)
    sys.exit(f"There is no {name} in {folder}.")


def load(folder, part, layout):
    images = torch.from_numpy(read_idx(folder, f"{part}-images-idx3-ubyte").astype(np.float32) / 255).unsqueeze(1)
    labels = torch.from_numpy(read_idx(folder, f"{part}-labels-idx1-ubyte").astype(np.int64))
    return images.to(memory_format=LAYOUTS[layout]), labels


def initialise(network):
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


def accuracy(network, run, images, labels, batch):
    network.eval()
    with torch.no_grad():
        right = sum((run(x)[0].argmax(1) == y).sum().item() for x, y in zip(images.split(batch), labels.split(batch)))
    network.train()
    return right / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--until", type=float, default=0.99)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=tuple(LAYOUTS), default="nchw")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    description = json.load(sys.stdin)
    network, run = network_of(description, "train")
    initialise(network)
    network = network.to(memory_format=LAYOUTS[a.layout])
    images, labels = load(a.folder, "train", a.layout)
    test = load(a.folder, "t10k", a.layout)
    optimizer = optimizer_of(description["optimizer"], network.parameters())
    steps = math.ceil(len(labels) / a.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: 0.5 * (1 + math.cos(math.pi * at / (steps * a.epochs))))
    reached = 0.0
    for epoch in range(1, a.epochs + 1):
        for chosen in torch.randperm(len(labels)).split(a.batch_size):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(run(images[chosen])[0], labels[chosen]).backward()
            optimizer.step()
            schedule.step()
        reached = accuracy(network, run, *test, a.batch_size)
        if reached >= a.until:
            break
    print(json.dumps({"model": description["name"], "layout": a.layout, "seed": a.seed, "epochs": epoch, "testAccuracy": reached}))


main()
