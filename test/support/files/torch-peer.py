"""What PyTorch makes of exported networks: imports model.py of each folder and runs it on the float32 images beside it.

Arguments: folders with model.py, weights.safetensors and images.input, the last one raw in the order of the input.
Prints a JSON object a line: {outputs, problem}; problem is null where all went well.
"""

import importlib.util
import json
import re
import sys
from pathlib import Path

import numpy as np
import torch


def outputs_of(folder):
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model, facts = module.load()
    shape = re.search(r"Images \[N, (\d+), (\d+), (\d+)\]", type(model).__doc__).groups()
    images = np.fromfile(folder / "images.input", np.float32).reshape(-1, *map(int, shape))
    with torch.no_grad():
        return model(torch.from_numpy(images)).flatten().tolist()


for folder in map(Path, sys.argv[1:]):
    try:
        print(json.dumps({"outputs": outputs_of(folder), "problem": None}))
    except Exception as error:
        print(json.dumps({"outputs": [], "problem": f"{type(error).__name__}: {error}"}))
