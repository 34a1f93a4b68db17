"""What programs that we did not write make of ONNX files: onnx.checker, and OpenCV's outputs.

Argument: a folder with NAME.onnx and NAME.input (raw float32). On standard input a line for each, with the shape of its
input: "lenet5 3 1 28 28". Prints a JSON object a line: {name, checker, opencv, outputs}; checker and opencv are null
where all went well, else the reason; outputs are the probabilities as a flat list.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx


def reason(error):
    return " ".join(str(error).split())


def checked(path):
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except Exception as error:
        return reason(error)


def outputs_of(path, images):
    net = cv2.dnn.readNetFromONNX(str(path))
    net.setInput(images, "image")
    return net.forward().ravel().astype(float).tolist()


def main(folder):
    for line in sys.stdin:
        name, *shape = line.split()
        images = np.fromfile(folder / f"{name}.input", np.float32).reshape([int(n) for n in shape])
        path = folder / f"{name}.onnx"
        result = {"name": name, "checker": checked(path), "opencv": None, "outputs": []}
        try:
            result["outputs"] = outputs_of(path, images)
        except Exception as error:
            result["opencv"] = reason(error)
        print(json.dumps(result), flush=True)


main(Path(sys.argv[1]))
