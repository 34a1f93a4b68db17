#!/usr/bin/env python3
"""Measures one network in PyTorch: the counterpart of `cnnzoo bench MODEL`.

The network comes on standard input as JSON, written by scripts/bench/network.ts, so that both sides measure the same one:
same layers, same optimizer, and in training the same auxiliary classifiers. Prints one line of JSON with the keys of
`cnnzoo bench --json`. Each call measures in one memory layout, inference as it is or as a frozen, optimized TorchScript;
with --try it measures all of these shortly and prints a list, of which whoever calls keeps the fastest (tuning.ts, which
also chooses OpenBLAS's kernels and the allocator). Images and labels lie in memory as float32 before the clock starts, in
that layout. --probe says what PyTorch multiplies with, and how fast; it refuses a reference BLAS.

On Debian: apt-get install --no-install-recommends python3-torch python3-numpy libopenblas0-pthread libtcmalloc-minimal4
"""

import argparse
import json
import re
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

import torch_setup
from torch_network import LAYOUTS, network_of, optimizer_of

WARM_UP_STEPS = 3
LEAST_WARM_UP = 2
ENOUGH_STEPS = 5


class Classifier(nn.Module):
    """A network for inference: the probabilities of its main head, [N, classes]."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        outputs = self.network(x)
        return F.softmax(outputs if torch.is_tensor(outputs) else outputs[0], 1)


# Both compute in float32, in another order.
FROZEN_TOLERANCE = 1e-3


def frozen(classifier, x):
    """The same as a frozen, optimized TorchScript, as PyTorch's tuning guide advises for inference."""
    with torch.no_grad():
        script = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(classifier, x)))
        difference = (script(x) - classifier(x)).abs().max().item()
    if not difference <= FROZEN_TOLERANCE:
        raise ValueError(f"TorchScript, whose probabilities are off by {difference:.1e},")
    return script


def step_of(description, mode, batch, layout, is_frozen, device="cpu", around=lambda network: network):
    """What is timed, and the number of parameters. What is run is around(network): the network itself, or compiled."""
    torch.manual_seed(0)
    network, run = network_of(description, mode)
    network = network.to(device, memory_format=LAYOUTS[layout])
    height, width, channels = description["input"]
    x = torch.rand(batch, channels, height, width).to(device, memory_format=LAYOUTS[layout])
    y = torch.randint(0, description["classes"], (batch,)).to(device)
    params = sum(p.numel() for p in network.parameters())
    if mode == "infer":
        classifier = around(Classifier(network).eval())
        if is_frozen:
            classifier = frozen(classifier, x)

        def infer():
            with torch.no_grad():
                classifier(x)

        return infer, params
    weights = [1.0] + [auxiliary["weight"] for auxiliary in description["auxiliaries"]]
    optimizer = optimizer_of(description["optimizer"], network.parameters())
    run = around(run)

    def train():
        optimizer.zero_grad(set_to_none=True)
        sum(weight * F.cross_entropy(logits, y) for weight, logits in zip(weights, run(x))).backward()
        optimizer.step()

    return train, params


def timed(step, seconds):
    """Milliseconds of each step after a warm-up, by the same rule as `cnnzoo bench`."""
    def once():
        begin = time.perf_counter()
        step()
        return time.perf_counter() - begin

    spent = 0
    for i in range(WARM_UP_STEPS):
        if i < LEAST_WARM_UP or spent < seconds:
            spent += once()
    times = []
    while sum(times) < seconds or (len(times) < ENOUGH_STEPS and sum(times) < 2 * seconds):
        times.append(once())
    return [1000 * t for t in times]


def measured(description, arguments):
    step, params = step_of(description, arguments.mode, arguments.batch_size, arguments.layout, arguments.frozen)
    times = timed(step, arguments.seconds)
    ms = statistics.median(times)
    library, kernels = torch_setup.blas()
    return {
        "model": description["name"],
        "mode": arguments.mode,
        "engine": f"pytorch {torch.__version__}",
        "device": "cpu",
        "threads": arguments.threads,
        "blas": library,
        "kernels": kernels,
        "allocator": torch_setup.allocator(),
        "layout": arguments.layout,
        "frozen": arguments.frozen,
        "batchSize": arguments.batch_size,
        "steps": len(times),
        "msPerStep": ms,
        "imagesPerSecond": 1000 * arguments.batch_size / ms,
        "params": params,
        "peakMemoryBytes": peak_memory(),
        "msPerStepRange": [min(times), max(times)],
    }


def peak_memory():
    """The largest resident size of this process in bytes: getrusage's is never below the starting process's."""
    with open("/proc/self/status") as status:
        return 1024 * int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1))


# A step of more seconds than this is tried once after one to warm up.
SLOW_STEP = 1


def tried(description, arguments):
    """Milliseconds of a step in every layout, in inference also frozen; a form that PyTorch cannot make is left out."""
    forms = (False, True) if arguments.mode == "infer" else (False,)
    found = []
    for layout in LAYOUTS:
        for is_frozen in forms:
            try:
                step, _ = step_of(description, arguments.mode, arguments.batch_size, layout, is_frozen)
                ms = quick(step, arguments.seconds)
            except (ValueError, RuntimeError):
                if not is_frozen:
                    raise
                continue
            found.append({"layout": layout, "frozen": is_frozen, "msPerStep": ms})
    return found


def quick(step, seconds):
    """The fastest of a few steps, in milliseconds: what others do on the machine makes steps slower, never faster."""
    begin = time.perf_counter()
    step()
    if time.perf_counter() - begin < SLOW_STEP:
        return min(timed(step, seconds))
    begin = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=("train", "infer"), default="train")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--layout", choices=tuple(LAYOUTS), default="nchw")
    parser.add_argument("--frozen", action="store_true", help="inference as a frozen, optimized TorchScript")
    parser.add_argument("--try", dest="tries", action="store_true", help="all layouts and forms, shortly")
    parser.add_argument("--probe", action="store_true", help="what PyTorch multiplies with")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.probe:
        return print(json.dumps(torch_setup.probe()))
    description = json.load(sys.stdin)
    try:
        found = tried(description, arguments) if arguments.tries else measured(description, arguments)
    except ValueError as missing:
        sys.exit(f"PyTorch has no counterpart here for {missing} of {description['name']}.")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
