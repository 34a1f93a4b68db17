import type { Graph } from '../../../models/graph/graph.js';
import { className } from './names.js';
import { networkClass } from './network-class.js';

/** What stands at the head of model.py. */
export interface ModelFileFacts {
  /** Sentences on what the network is. */
  readonly origin: readonly string[];
  /** How a picture becomes its input. */
  readonly preprocessing: string;
}

/**
 * The text of model.py: the network, a reader of its weights, and a program that classifies pictures.
 * @param graph without auxiliary classifiers
 */
export function modelFile(graph: Graph, facts: ModelFileFacts): string {
  return `${head(facts)}\n\n\n${networkClass(graph)}\n\n\n${readerText(graph)}`;
}

function head({ origin, preprocessing }: ModelFileFacts): string {
  return `"""${inDocstring(origin.join('\n'))}

    python3 model.py PICTURE...

(needs torch, numpy and pillow). ${inDocstring(preprocessing)}
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F`;
}

/** A text that ends no docstring. */
const inDocstring = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', "'");

function readerText(graph: Graph): string {
  const name = className(graph.name);
  const counters = graph.nodes.some(({ kind }) => kind === 'batchNorm')
    ? `
    # PyTorch counts batches beside running means; the count is no weight.
    counters = {key: value for key, value in model.state_dict().items() if key.endswith("num_batches_tracked")}
    model.load_state_dict({**counters, **tensors})`
    : `
    model.load_state_dict(tensors)`;
  return `def read_safetensors(path):
    """The tensors of a safetensors file by name, and what it says of itself."""
    data = np.fromfile(path, np.uint8)
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    header = json.loads(data[8 : 8 + length].tobytes())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(data[begin:end].view(np.float32).reshape(entry["shape"]))
    return tensors, metadata


def load(path=Path(__file__).with_name("weights.safetensors")):
    """The network with its weights, ready to predict, and what the file of weights says of itself."""
    tensors, metadata = read_safetensors(path)
    model = ${name}()${counters}
    return model.eval(), metadata


def cut(picture, width, height, resize):
    """A picture at the size of the input: scaled to cover and cropped, or by a rule of its own."""
    from PIL import Image, ImageOps

    if resize is None:
        return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    filters = {"bilinear": "BILINEAR", "bicubic": "BICUBIC", "lanczos3": "LANCZOS"}
    crop = resize.get("crop", min(width, height))
    wide, high = (int(side * resize["shorter"] / crop + 0.5) for side in (width, height))
    if picture.width * high <= picture.height * wide:
        size = (wide, int(wide * picture.height / picture.width))
    else:
        size = (int(high * picture.width / picture.height), high)
    picture = picture.resize(size, getattr(Image.Resampling, filters[resize["interpolation"]]))
    left, top = round((size[0] - width) / 2), round((size[1] - height) / 2)
    return picture.crop((left, top, left + width, top + height))


def image_of(path, facts):
    """A picture as the network wants it: [1, C, H, W]."""
    from PIL import Image, ImageOps

    height, width = int(facts["inputHeight"]), int(facts["inputWidth"])
    mean, std = (np.array(json.loads(facts[key]), np.float32) for key in ("mean", "std"))
    picture = ImageOps.exif_transpose(Image.open(path))
    picture = picture.convert("L" if facts["inputChannels"] == "grey" else "RGB")
    picture = cut(picture, width, height, json.loads(facts.get("resize", "null")))
    pixels = np.asarray(picture, np.float32).reshape(height, width, -1)
    if facts["inputChannels"] == "BGR":
        pixels = pixels[..., ::-1]
    return torch.from_numpy(((pixels / 255 - mean) / std).transpose(2, 0, 1)[None].copy())


if __name__ == "__main__":
    model, facts = load()
    labels = json.loads(facts["labels"])
    for path in sys.argv[1:]:
        with torch.no_grad():
            probabilities = model(image_of(path, facts))[0]
        best = int(probabilities.argmax())
        print(f"{path}: {labels[best]} {probabilities[best]:.4f}")
`;
}
