"""A network in PyTorch, built from the description that scripts/bench/network.ts writes."""

import torch
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
LAYOUTS = {"nchw": torch.contiguous_format, "nhwc": torch.channels_last}


class Join(nn.Module):
    """Several inputs to one output."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, *values):
        return sum(values[1:], values[0]) if self.kind == "add" else torch.cat(values, 1)


def padding_of(window):
    """One number of rows and one of columns. PyTorch pads both sides alike; where they differ the larger gives the same size."""
    top, left, bottom, right = window["pads"]
    return max(top, bottom), max(left, right)


def pooling(node, window):
    top, left, bottom, right = window["pads"]
    size, strides = window["size"], window["strides"]
    if node["kind"] == "avgPool2d":
        if any(window["pads"]):
            raise ValueError("average pooling with padding")
        return nn.AvgPool2d(size, strides)
    if top == left == 0 and (bottom or right):
        return nn.MaxPool2d(size, strides, ceil_mode=True)
    return nn.MaxPool2d(size, strides, padding_of(window))


def layer_of(node):
    """The module of one layer, without its activation."""
    kind, params, window = node["kind"], node["params"], node["window"]
    channels = node["inputShapes"][0][-1]
    if kind == "conv2d":
        return nn.Conv2d(channels, params["filters"], window["size"], window["strides"], padding_of(window), bias=params["useBias"])
    if kind == "dense":
        return nn.Linear(channels, params["units"], bias=params["useBias"])
    if kind in ("maxPool2d", "avgPool2d"):
        return pooling(node, window)
    if kind == "zeroPadding2d":
        top, left, bottom, right = node["pads"]
        return nn.ZeroPad2d((left, right, top, bottom))
    if kind == "globalAvgPool2d":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    if kind == "flatten":
        return nn.Flatten()
    if kind == "dropout":
        return nn.Dropout(params["rate"])
    if kind == "batchNorm":
        norm = nn.BatchNorm2d if len(node["outputShape"]) == 3 else nn.BatchNorm1d
        return norm(channels, params["epsilon"], 1 - params["momentum"])
    if kind == "lrn":
        size = 2 * params["depthRadius"] + 1
        return nn.LocalResponseNorm(size, params["alpha"] * size, params["beta"], params["bias"])
    if kind == "activation":
        return nn.Identity()
    if kind in ("add", "concatenate"):
        return Join(kind)
    raise ValueError(f"{kind} layers")


def module_of(node):
    """The module of one layer with its activation; a softmax at the end belongs to the loss."""
    layer, activation = layer_of(node), node["activation"]
    if activation == "linear" or node["isHead"]:
        return layer
    if activation not in ACTIVATIONS:
        raise ValueError(f"the activation {activation}")
    after = ACTIVATIONS[activation]()
    return after if isinstance(layer, nn.Identity) else Chain(layer, after)


class Chain(nn.Module):
    """A layer, then its activation."""

    def __init__(self, layer, activation):
        super().__init__()
        self.layer, self.activation = layer, activation

    def forward(self, *values):
        return self.activation(self.layer(*values))


class Network(nn.Module):
    """Layers in an order in which each comes after its inputs; gives the outputs of the heads. Values go once nobody reads them."""

    def __init__(self, nodes, heads):
        super().__init__()
        self.layers = nn.ModuleList(module_of(node) for node in nodes)
        self.inputs = [node["inputs"] for node in nodes]
        self.names = [node["name"] for node in nodes]
        self.heads = heads
        last = {name: i for i, inputs in enumerate(self.inputs) for name in inputs}
        self.done = [[name for name, at in last.items() if at == i and name not in heads] for i in range(len(nodes))]

    def forward(self, x):
        values = {"input": x}
        for layer, inputs, name, done in zip(self.layers, self.inputs, self.names, self.done):
            values[name] = layer(*[values[i] for i in inputs])
            for other in done:
                del values[other]
        return [values[head] for head in self.heads]


def network_of(description, mode):
    """A chain of layers as PyTorch users write it; anything else as a Network."""
    heads = [description["output"]]
    if mode == "train":
        heads += [auxiliary["node"] for auxiliary in description["auxiliaries"]]
    wanted, nodes = set(heads), []
    for node in reversed(description["nodes"]):
        if node["name"] in wanted:
            nodes.insert(0, node)
            wanted.update(node["inputs"])
    before = ["input"] + [node["name"] for node in nodes]
    if len(heads) == 1 and all(node["inputs"] == [name] for node, name in zip(nodes, before)):
        chain = nn.Sequential(*(module_of(node) for node in nodes))
        return chain, lambda x: [chain(x)]
    network = Network(nodes, heads)
    return network, network


def optimizer_of(config, parameters):
    rate, decay = config["learningRate"], config.get("weightDecay", 0)
    if config["name"] == "sgd":
        momentum = config.get("momentum", 0)
        return torch.optim.SGD(parameters, rate, momentum=momentum, nesterov=bool(config.get("nesterov")), weight_decay=decay)
    if config["name"] == "rmsprop":
        return torch.optim.RMSprop(parameters, rate, alpha=config["rho"], eps=config["epsilon"], weight_decay=decay)
    return torch.optim.Adam(parameters, rate, (config["beta1"], config["beta2"]), config["epsilon"], decay)
