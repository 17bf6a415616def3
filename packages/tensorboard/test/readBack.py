"""Prints what TensorBoard's own reader finds in a folder of event files, as JSON."""

import json
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util.tensor_util import make_ndarray

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0})
events.Reload()
tags = events.Tags()
# As TensorBoard draws them: this loader rewrites histograms as rows of left edge, right edge and count.
drawn = {
    value.tag: make_ndarray(value.tensor).tolist()
    for file in sorted(Path(sys.argv[1]).iterdir())
    for event in EventFileLoader(str(file)).Load()
    for value in event.summary.value
    if value.metadata.plugin_data.plugin_name == "histograms"
}
print(
    json.dumps(
        {
            "scalars": {tag: [[each.step, each.value] for each in events.Scalars(tag)] for tag in tags["scalars"]},
            "histograms": {
                tag: [
                    {
                        "step": each.step,
                        "limits": list(each.histogram_value.bucket_limit),
                        "counts": list(each.histogram_value.bucket),
                        "min": each.histogram_value.min,
                        "max": each.histogram_value.max,
                        "num": each.histogram_value.num,
                    }
                    for each in events.Histograms(tag)
                ]
                for tag in tags["histograms"]
            },
            "drawn": drawn,
        }
    )
)
