"""Checks ONNX files and runs them: python runOnnx.py FOLDER

FOLDER holds cases: NAME.onnx, NAME.json with the shape of the input (channels first), and NAME.bin, the input as float32.
Prints one JSON object: for each case its logits, or what the checker says against the file.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

results = {}
for file in sorted(Path(sys.argv[1]).glob("*.onnx")):
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    shape = json.loads(file.with_suffix(".json").read_text())
    images = np.fromfile(file.with_suffix(".bin"), np.float32).reshape(shape)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"images": images})
    results[file.stem] = {
        "logits": logits.ravel().tolist(),
        "input": [str(length) for length in session.get_inputs()[0].shape],
        "metadata": session.get_modelmeta().custom_metadata_map,
    }
print(json.dumps(results))
