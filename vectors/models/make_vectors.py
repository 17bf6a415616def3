"""Reference numbers for the networks of @normlab/models, from PyTorch in float64.

    pip install torch==2.13.0 numpy && python vectors/models/make_vectors.py

The networks are written here a second time, from the paper and by hand. Weights, images and dropout masks come from
formulas that the test repeats, so that the file holds results only: logits, loss, every gradient, the running
statistics after one step, the logits of inference by them, and the loss after a step of gradient descent.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
MASK = 0xFFFFFFFF
BATCH = 4
EPSILON = 1e-5
DECAY = 0.9
STEP_SEED = 7
LEARNING_RATE = 0.1


class Congruential:
    """x ← 1664525·x + 1013904223 mod 2³² (Numerical Recipes), as numbers in [−1, 1)."""

    def __init__(self, seed):
        self.state = seed

    def draw(self, shape):
        size = math.prod(shape)
        values = np.empty(size)
        for i in range(size):
            self.state = (1664525 * self.state + 1013904223) & MASK
            values[i] = self.state / 2**31 - 1
        return values.reshape(shape)


def initial(path, shape, stream):
    """float32 values of a parameter: uniform, of the spread that the network begins with."""
    u = stream.draw(shape)
    kind = path.split("/")[-1]
    if kind in ("kernel", "direction"):
        fan = shape[0] * shape[1] * shape[3] if len(shape) == 4 else shape[0]
        values = u * math.sqrt(3) * math.sqrt(2 / fan)
    elif kind == "scale":
        values = 1 + 0.2 * u
    elif kind == "slope":
        values = 0.25 + 0.1 * u
    else:
        values = 0.2 * u
    return values.astype(np.float32).astype(np.float64)


def mix(h):
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


def derive_seed(seed, path):
    h = mix(seed ^ 0x811C9DC5)
    for byte in f"/{path}".encode():
        h = ((h ^ byte) * 0x01000193) & MASK
    return mix(h)


def dropout_mask(shape, drop_rate, seed):
    state = (seed + 0x9E3779B9 * np.arange(1, math.prod(shape) + 1, dtype=np.uint64)) & np.uint64(MASK)
    bits = np.array([mix(int(each)) for each in state])
    kept = np.float32(1 / (1 - drop_rate))
    return np.where(bits >= drop_rate * 2**32, kept, 0).astype(np.float64).reshape(shape)


class Network:
    """Layers on N C H W. Creates parameters as layers ask for them, and collects running statistics."""

    def __init__(self, options):
        self.placement = options["norm"]
        self.kind = options.get("activation", "relu")
        self.conv_bias = options.get("convBias", False)
        self.norm_kind = options.get("normKind", "batch")
        self.groups = options.get("groups", 32)
        self.conv_weights = options.get("convWeights", "plain")
        self.shapes, self.params, self.stats = {}, {}, {}
        self.training = True

    def param(self, path, shape):
        if path not in self.params:
            self.shapes[path] = tuple(shape)
            self.params[path] = torch.ones(shape) if path.endswith("scale") else torch.full(shape, 0.01)
        return self.params[path]

    def conv(self, x, path, channels, size, stride=1):
        kernel = self.weights(path, (size, size, x.shape[1], channels))
        pads = []
        for length in (x.shape[3], x.shape[2]):
            out = -(-length // stride)
            total = max(0, (out - 1) * stride + size - length)
            pads += [total // 2, total - total // 2]
        y = F.conv2d(F.pad(x, pads), kernel.permute(3, 2, 0, 1), stride=stride)
        if self.conv_bias:
            y = y + self.param(f"{path}/bias", (channels,)).view(1, -1, 1, 1)
        return y

    def weights(self, path, shape):
        if self.conv_weights == "weight-norm":
            direction, scale = self.param(f"{path}/direction", shape), self.param(f"{path}/scale", shape[-1:])
            return torch._weight_norm(direction, scale.reshape(1, 1, 1, -1), 3)
        kernel = self.param(f"{path}/kernel", shape)
        if self.conv_weights == "plain":
            return kernel
        rows = kernel.reshape(-1, shape[-1])
        return F.batch_norm(rows, None, None, training=True, eps=1e-5).reshape(shape)

    def norm(self, x, path, is_last=False):
        learns = {"bn": True, "gain-only": True, "cbn-all": False, "cbn-lconv-bn": is_last, "cbn-lconv-nobn": False, "none": False}
        if self.placement == "none" or (self.placement == "cbn-lconv-nobn" and is_last):
            return x
        channels = x.shape[1]
        scale = self.param(f"{path}/scale", (channels,)) if learns[self.placement] else None
        has_offset = learns[self.placement] and self.placement != "gain-only"
        offset = self.param(f"{path}/offset", (channels,)) if has_offset else None
        if self.norm_kind != "batch":
            # The gain and bias apart: one value per channel, whatever is normalized over.
            y = self.normalized(x.contiguous())
            y = y if scale is None else y * scale.view(1, -1, 1, 1)
            return y if offset is None else y + offset.view(1, -1, 1, 1)
        if self.training:
            mean = x.mean((0, 2, 3))
            variance = x.var((0, 2, 3), correction=0)
            self.stats[f"{path}/mean"] = (1 - DECAY) * mean.detach()
            self.stats[f"{path}/variance"] = DECAY + (1 - DECAY) * variance.detach()
            return F.batch_norm(x, None, None, scale, offset, True, 0, EPSILON)
        mean, variance = self.stats[f"{path}/mean"], self.stats[f"{path}/variance"]
        return F.batch_norm(x, mean, variance, scale, offset, False, 0, EPSILON)

    def normalized(self, x):
        """By the statistics of each image, without a gain or bias."""
        if self.norm_kind == "layer":
            return F.layer_norm(x, x.shape[1:], eps=EPSILON)
        if self.norm_kind == "instance":
            return F.instance_norm(x, eps=EPSILON)
        if self.norm_kind == "rms":
            return F.rms_norm(x, x.shape[1:], eps=EPSILON)
        return F.group_norm(x, math.gcd(self.groups, x.shape[1]), eps=EPSILON)

    def act(self, x, path):
        if self.kind == "prelu":
            return F.prelu(x, self.param(f"{path}/slope", (x.shape[1],)))
        return {
            "relu": torch.relu,
            "tanh": torch.tanh,
            "leaky-relu": F.leaky_relu,
            "elu": F.elu,
            "gelu": F.gelu,
            "gelu-tanh": lambda x: F.gelu(x, approximate="tanh"),
            "silu": F.silu,
        }[self.kind](x)

    def dropout(self, x, path, drop_rate):
        if not self.training:
            return x
        n, c, h, w = x.shape
        mask = dropout_mask((n, h, w, c), drop_rate, derive_seed(STEP_SEED, path))
        return x * torch.from_numpy(mask).permute(0, 3, 1, 2)

    def dense(self, x, path, units):
        return x @ self.param(f"{path}/kernel", (x.shape[1], units)) + self.param(f"{path}/bias", (units,))


def all_cnn(net, x, width, classes, head):
    narrow, wide = round(96 * width), round(192 * width)
    last = classes if head == "conv" else 10
    for i, channels in enumerate([narrow] * 3 + [wide] * 5 + [last], start=1):
        x = net.conv(x, f"conv{i}", channels, 3, 2 if i in (3, 6) else 1)
        x = net.act(net.norm(x, f"norm{i}", is_last=i == 9), f"act{i}")
    x = x.mean((2, 3))
    return x if head == "conv" else net.dense(x, "dense", classes)


def nin(net, x, width, classes):
    sizes = [(5, 192), (1, 160), (1, 96), (5, 192), (1, 192), (1, 192), (3, 192), (1, 192), (1, None)]
    for i, (size, channels) in enumerate(sizes, start=1):
        x = net.conv(x, f"conv{i}", classes if channels is None else round(channels * width), size)
        x = net.act(net.norm(x, f"norm{i}", is_last=i == 9), f"act{i}")
        if i == 3:
            x = net.dropout(F.max_pool2d(x, 3, 2, ceil_mode=True), "drop1", 0.5)
        if i == 6:
            x = net.dropout(F.avg_pool2d(x, 3, 2, ceil_mode=True, count_include_pad=False), "drop2", 0.5)
    return x.mean((2, 3))


def shortcut(x, stride, channels):
    if stride > 1:
        x = F.avg_pool2d(x, stride)
    return F.pad(x, (0, 0, 0, 0, 0, channels - x.shape[1]))


def resnet(net, x, blocks, width, classes, pre_activation, projects):
    x = net.conv(x, "stem/conv", round(64 * width), 3)
    x = net.act(net.norm(x, "stem/norm"), "stem/act")
    for stage in (1, 2, 3):
        inside = round(64 * 2 ** (stage - 1) * width)
        for block in range(1, blocks + 1):
            name = f"stage{stage}/block{block}"
            stride = 2 if stage > 1 and block == 1 else 1
            is_last = stage == 3 and block == blocks
            projection = f"{name}/shortcut" if projects and block == 1 else None
            y = x
            if pre_activation and (stage, block) != (1, 1):
                y = net.act(net.norm(y, f"{name}/norm0"), f"{name}/act0")
            entering = y
            y = net.conv(y, f"{name}/conv1", inside, 1)
            y = net.act(net.norm(y, f"{name}/norm1"), f"{name}/act1")
            y = net.conv(y, f"{name}/conv2", inside, 3, stride)
            y = net.act(net.norm(y, f"{name}/norm2"), f"{name}/act2")
            y = net.conv(y, f"{name}/conv3", 4 * inside, 1)
            if not pre_activation:
                y = net.norm(y, f"{name}/norm3", is_last=is_last)
            if projection is None:
                x = y + shortcut(x, stride, 4 * inside)
            else:
                # Pre-activation: the 1x1 convolution takes what the branch takes, behind its norm and activation.
                around = net.conv(entering if pre_activation else x, f"{projection}/conv", 4 * inside, 1, stride)
                x = y + (around if pre_activation else net.norm(around, f"{projection}/norm"))
            if not pre_activation:
                x = net.act(x, f"{name}/act3")
    if pre_activation:
        x = net.act(net.norm(x, "final/norm", is_last=True), "final/act")
    return net.dense(x.mean((2, 3)), "dense", classes)


# `options` are those of network(name, options) in @normlab/models.
CASES = [
    {"network": "all-cnn", "options": {"width": 1 / 24, "norm": "cbn-lconv-nobn"}},
    {
        "network": "all-cnn",
        "options": {
            "width": 1 / 32,
            "norm": "none",
            "activation": "tanh",
            "head": "dense",
            "classes": 20,
            "convBias": True,
            "input": [23, 21, 3],
        },
    },
    {"network": "nin", "options": {"width": 1 / 32, "norm": "bn", "activation": "prelu"}},
    {"network": "resnet-29", "options": {"width": 1 / 16, "norm": "cbn-lconv-bn", "input": [16, 16, 3]}},
    {
        "network": "resnet-29",
        "options": {
            "width": 1 / 32,
            "norm": "bn",
            "activation": "tanh",
            "block": "post-activation",
            "input": [16, 16, 3],
        },
    },
]
SMALL = {"width": 1 / 48, "input": [12, 12, 3], "norm": "bn"}
CASES += [
    {"network": "all-cnn", "options": {**SMALL, "normKind": "layer", "norm": "cbn-lconv-bn", "activation": "gelu"}},
    {"network": "all-cnn", "options": {**SMALL, "normKind": "instance", "activation": "elu"}},
    {"network": "all-cnn", "options": {**SMALL, "normKind": "rms", "norm": "gain-only", "activation": "silu"}},
    {
        "network": "all-cnn",
        "options": {
            **SMALL,
            "width": 1 / 24,
            "normKind": "group",
            "groups": 2,
            "convWeights": "weight-standardized",
            "activation": "leaky-relu",
        },
    },
    {"network": "all-cnn", "options": {**SMALL, "convWeights": "weight-norm", "normKind": "layer", "activation": "gelu-tanh"}},
    {
        "network": "resnet-11",
        "options": {"width": 1 / 32, "norm": "bn", "activation": "tanh", "shortcut": "projection", "input": [8, 8, 3]},
    },
    {
        "network": "resnet-20",
        "options": {
            "width": 1 / 32,
            "norm": "cbn-lconv-nobn",
            "activation": "elu",
            "block": "post-activation",
            "shortcut": "projection",
            "normKind": "group",
            "groups": 4,
            "input": [8, 8, 3],
        },
    },
]
INPUTS = {"all-cnn": [24, 24, 3], "nin": [32, 32, 3]}


def run(case):
    name, options = case["network"], case["options"]
    width, classes = options["width"], options.get("classes", 10)
    net = Network(options)

    def forward(x):
        if name == "all-cnn":
            return all_cnn(net, x, width, classes, options.get("head", "conv"))
        if name == "nin":
            return nin(net, x, width, classes)
        blocks = (int(name.split("-")[1]) - 2) // 9
        pre_activation = options.get("block") != "post-activation"
        return resnet(net, x, blocks, width, classes, pre_activation, options.get("shortcut") == "projection")

    height, across, channels = options.get("input") or INPUTS[name]
    stream = Congruential(1)
    images = (stream.draw((BATCH, height, across, channels)) * math.sqrt(3)).astype(np.float32)
    x = torch.from_numpy(images.astype(np.float64)).permute(0, 3, 1, 2)
    labels = torch.arange(BATCH) * 3 % classes
    forward(x)  # creates the parameters
    net.params = {
        path: torch.from_numpy(initial(path, net.shapes[path], stream)).requires_grad_()
        for path in sorted(net.shapes)
    }
    logits = forward(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients = {path: net.params[path].grad for path in sorted(net.params)}
    stats = dict(net.stats)
    with torch.no_grad():
        net.training = False
        inferred = forward(x)
        net.training = True
        net.params = {path: value - LEARNING_RATE * gradients[path] for path, value in net.params.items()}
        next_loss = F.cross_entropy(forward(x), labels)
    return {
        **case,
        "labels": labels.tolist(),
        "logits": flat(logits),
        "loss": flat(loss)[0],
        "nextLoss": flat(next_loss)[0],
        "inferredLogits": flat(inferred),
        "gradients": {path: flat(gradients[path]) for path in sorted(gradients)},
        "stats": {path: flat(stats[path]) for path in sorted(stats)},
    }


def flat(tensor):
    """Nine digits: float32, which they are compared with, has seven."""
    return [float(f"{value:.9g}") for value in tensor.detach().reshape(-1).tolist()]


if __name__ == "__main__":
    document = {"batch": BATCH, "stepSeed": STEP_SEED, "learningRate": LEARNING_RATE, "torch": torch.__version__, "cases": [run(each) for each in CASES]}
    target = pathlib.Path(__file__).with_name("networks.json")
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n")
