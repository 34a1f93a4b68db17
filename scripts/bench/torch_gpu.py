#!/usr/bin/env python3
"""Measures networks in PyTorch on a CUDA GPU, as it comes and compiled: the peer of scripts/gpu/report.ts.

Reads one JSON object from standard input: `cells`, a list of {network (as scripts/bench/network.ts writes it), mode,
batchSize}; `seconds` for each; `deadline`, seconds after which nothing new is begun. First all cells as PyTorch comes, then
all compiled by torch.compile, so that what a deadline cuts off is compiled networks. Prints one line of JSON at once for
each, the first of them about PyTorch itself; {"missing": why} where it cannot be used here. Images and labels lie in the
card's memory. In training the clock stops once in 16 steps, as cnnzoo's does; in inference after each.
"""

import json
import statistics
import sys
import time

STEPS_PER_CALL = 16


def say(line):
    print(json.dumps(line), flush=True)


def measured(torch, cell, seconds, form):
    from torch_peer import step_of, timed

    torch.cuda.reset_peak_memory_stats()
    around = torch.compile if form == "compiled" else (lambda network: network)
    begin = time.perf_counter()
    step, _ = step_of(cell["network"], cell["mode"], cell["batchSize"], "nchw", False, "cuda", around)
    steps = STEPS_PER_CALL if cell["mode"] == "train" else 1

    def call():
        for _ in range(steps):
            step()
        torch.cuda.synchronize()

    call()
    build = time.perf_counter() - begin
    ms = statistics.median(timed(call, seconds)) / steps
    return {"msPerStep": ms, "peakMemoryBytes": torch.cuda.max_memory_allocated(), "buildMs": 1000 * build}


def main():
    wish = json.load(sys.stdin)
    begin = time.monotonic()
    try:
        import torch
    except ImportError:
        return say({"missing": "PyTorch is not installed"})
    if not torch.cuda.is_available():
        return say({"missing": f"PyTorch {torch.__version__} sees no CUDA GPU"})
    say({"pytorch": torch.__version__, "cuda": torch.version.cuda, "card": torch.cuda.get_device_name(0)})
    for form in ("eager", "compiled") if hasattr(torch, "compile") else ("eager",):
        for cell in wish["cells"]:
            if time.monotonic() - begin > wish["deadline"]:
                return
            known = {"model": cell["network"]["name"], "mode": cell["mode"], "form": form}
            try:
                say({**known, **measured(torch, cell, wish["seconds"], form)})
            except Exception as error:
                say({**known, "error": str(error).strip().split("\n")[0]})
            torch.cuda.empty_cache()


main()
