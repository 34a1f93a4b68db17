"""How good mnist-basic is according to PyTorch, from nothing but the weights' file and the images of MNIST.

    cnnzoo export RUN --to safetensors --out mnist-basic.safetensors
    python3 scripts/torch_accuracy.py mnist-basic.safetensors FOLDER

FOLDER holds t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. Nothing of cnnzoo is used: the format is read from
its specification (https://github.com/huggingface/safetensors), the network is written down anew.
"""

import gzip
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


def read_safetensors(path):
    """Tensors by name, and the metadata: 8 bytes of length, a JSON header, then the values."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    values = data[8 + length :]
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", f"{name} is {entry['dtype']}"
        begin, end = entry["data_offsets"]
        array = np.frombuffer(values[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors, metadata


def read_idx(path):
    data = gzip.decompress(Path(path).read_bytes())
    rank = data[3]
    shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def logits(weights, x):
    """mnist-basic: kernels are [kh, kw, in, out] and [in, out], a map is flattened as height, width, channels."""

    def conv(name, x):
        return F.relu(F.conv2d(x, weights[f"{name}/kernel"].permute(3, 2, 0, 1), weights[f"{name}/bias"]))

    def dense(name, x):
        return x @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]

    x = F.max_pool2d(conv("conv2d_1", x), 2)
    x = F.max_pool2d(conv("conv2d_2", x), 2)
    x = conv("conv2d_3", x).permute(0, 2, 3, 1).flatten(1)
    return dense("dense_2", F.relu(dense("dense_1", x)))


def main(weights_file, folder):
    weights, metadata = read_safetensors(weights_file)
    images = read_idx(Path(folder) / "t10k-images-idx3-ubyte.gz")
    labels = torch.from_numpy(read_idx(Path(folder) / "t10k-labels-idx1-ubyte.gz").astype(np.int64))
    mean, std = (json.loads(metadata.get(key, default))[0] for key, default in (("mean", "[0]"), ("std", "[1]")))
    x = (torch.from_numpy(images.astype(np.float32))[:, None] / 255 - mean) / std
    with torch.no_grad():
        outputs = torch.cat([logits(weights, part) for part in x.split(500)])
    right = int((outputs.argmax(1) == labels).sum())
    loss = F.cross_entropy(outputs.double(), labels).item()
    print(json.dumps({"images": len(labels), "accuracy": right / len(labels), "loss": loss}))


main(*sys.argv[1:3])
