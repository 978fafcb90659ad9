# SPDX-License-Identifier: Apache-2.0
"""Every classification network of torchvision, exported with random weights, is cut by gmattach where torch says that its
last layer reads: the features of images are those that torch hands to that layer, averaged over the image if it is a
convolution.

    torchvision_cuts.py GMATTACH [--all | NAME...]

Needs torch, torchvision, onnx and onnxruntime. Without names a few of different kinds are tried. Weights are made anew for each network, so that
no file is fetched; images are as small as the network allows.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

FEW = ["densenet121", "efficientnet_b0", "googlenet", "mnasnet0_5", "mobilenet_v3_small", "regnet_y_400mf",
       "resnet18", "shufflenet_v2_x0_5", "squeezenet1_1", "swin_t"]
CLASSES = 7
# Pooling to 6x6 and 7x7 is exported of multiples alone; transformers take one size.
SIZES = {"inception_v3": 96, "alexnet": 224, "vgg": 224, "maxvit_t": 224, "vit": 224}


def side_of(name):
    for prefix, side in SIZES.items():
        if name.startswith(prefix):
            return side
    return 64


def build(name):
    """The network in evaluation mode, without the second classifiers that two networks train with."""
    import torch
    from torchvision import models

    torch.manual_seed(1)
    if name == "vit_h_14":  # with all 32 layers it is larger than an ONNX file can be
        return models.VisionTransformer(224, 14, num_layers=2, num_heads=16, hidden_dim=1280, mlp_dim=5120,
                                        num_classes=CLASSES).eval()
    if name == "regnet_y_128gf":  # likewise: narrower stages
        blocks = models.regnet.BlockParams.from_init_params(depth=27, w_0=456, w_a=40, w_m=2.52, group_width=264,
                                                            se_ratio=0.25)
        return models.RegNet(blocks, num_classes=CLASSES).eval()
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if name.startswith("vgg"):
        options["init_weights"] = False
    model = models.get_model(name, weights=None, num_classes=CLASSES, **options).eval()
    if hasattr(model, "aux_logits"):
        model.aux_logits = False
    return model


def last_layer(model):
    import torch

    layers = [m for m in model.modules() if isinstance(m, (torch.nn.Linear, torch.nn.Conv2d))
              and CLASSES in (getattr(m, "out_features", 0), getattr(m, "out_channels", 0))]
    return layers[-1]


def features_by_torch(model, images):
    import torch

    seen = []
    handle = last_layer(model).register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    with torch.no_grad():
        model(images)
    handle.remove()
    features = seen[-1]
    return (features.mean((2, 3)) if features.ndim == 4 else features).numpy()


def export(model, images, file, opset, any_batch):
    import torch

    torch.onnx.export(model, (images,), file, opset_version=opset, dynamo=False, input_names=["input"],
                      output_names=["output"], dynamic_axes={"input": {0: "batch"}} if any_batch else None)


def features_by_cut(gmattach, file, images):
    """What onnxruntime makes of the network that gmattach writes."""
    import numpy
    import onnxruntime

    cut = file + ".features.onnx"
    result = subprocess.run([gmattach, "--model", file, "--features", cut], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip())
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(cut, options, providers=["CPUExecutionProvider"])
    name, shape = session.get_inputs()[0].name, session.get_inputs()[0].shape
    batches = [images] if isinstance(shape[0], str) else [image[None] for image in images]
    features = numpy.concatenate([session.run(["features"], {name: batch})[0] for batch in batches])
    return features, result.stdout + result.stderr


def check(gmattach, name, folder, opset, any_batch):
    """A line about a network, and whether its features are right."""
    import numpy
    import torch

    side = side_of(name)
    torch.manual_seed(2)
    images = torch.rand(2, 3, side, side)
    model = build(name)
    wanted = features_by_torch(model, images)
    file = os.path.join(folder, name + ".onnx")
    export(model, images if any_batch else images[:1], file, opset, any_batch)
    try:
        got, said = features_by_cut(gmattach, file, images.numpy())
    except RuntimeError as error:
        return f"{name}: {error}", False
    finally:
        for left in os.listdir(folder):
            os.remove(os.path.join(folder, left))
    where = re.sub(r".*cut at ", "", said.splitlines()[0])
    batch = next((words for words in ("does not run", "one picture at a time") if words in said), "any batch")
    if got.shape != wanted.shape:
        return f"{name}: features {got.shape}, torch has {wanted.shape}; {where}", False
    difference = numpy.abs(got - wanted).max() / max(numpy.abs(wanted).max(), 1e-12)
    return f"{name}: {difference:.1e} from torch's; OpenCV: {batch}; {where}", bool(difference < 1e-3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gmattach")
    parser.add_argument("names", nargs="*", default=FEW)
    parser.add_argument("--all", action="store_true", help="every classification network of torchvision")
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("--one-image", action="store_true", help="export with the batch of one image in the graph")
    arguments = parser.parse_args()
    try:
        from torchvision import models
    except ImportError as error:
        print(f"torchvision is not to be had: {error}")
        return 77
    names = models.list_models(module=models) if arguments.all else arguments.names
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            line, right = check(arguments.gmattach, name, folder, arguments.opset, not arguments.one_image)
            print(("ok   " if right else "FAIL ") + line, flush=True)
            if not right:
                wrong.append(name)
    print(f"{len(names) - len(wrong)} of {len(names)} networks are cut at torch's features")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
