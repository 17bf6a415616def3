# /// script
# requires-python = ">=3.11"
# dependencies = ["onnx==1.23.2"]
# ///
"""Writes ONNX's own node tests of normalizations, as the `onnx` package has them, to vectors/onnx/normalizations.json.

    pip install onnx==1.23.2 && python vectors/onnx/make_vectors.py

Each node test that ONNX defines in single precision for the five normalizations, once: those in which the operator is
expanded into others have the same numbers. Every float32 is written in full.
"""

import json
from pathlib import Path

import onnx
from onnx.backend.test.case.node import collect_testcases

OPERATORS = {
    "BatchNormalization",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "RMSNormalization",
}


def as_json(array):
    return {"shape": list(array.shape), "values": [float(f"{value:.9g}") for value in array.reshape(-1).tolist()]}


def cases():
    for test in collect_testcases(None):
        nodes = test.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in OPERATORS:
            continue
        inputs, outputs = test.data_sets[0]
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in nodes[0].attribute}
        yield {
            "name": test.name,
            "operator": nodes[0].op_type,
            "attributes": attributes,
            "inputs": [as_json(each) for each in inputs],
            "output": as_json(outputs[0]),
        }


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in sorted(cases(), key=lambda each: each["name"]))
    target = Path(__file__).with_name("normalizations.json")
    target.write_text(f'{{"onnx": "{onnx.__version__}", "cases": [\n{lines}\n]}}\n')
