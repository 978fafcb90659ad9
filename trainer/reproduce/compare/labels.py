# SPDX-License-Identifier: Apache-2.0
"""How runs, data sets and attacks are named in tables and charts."""

import json
import pathlib

PAPER = json.loads((pathlib.Path(__file__).parent / "paper.json").read_text(encoding="utf-8"))
LOSSES = {"softmax": "Softmax", "center": "Center", "l_softmax": "L-Softmax", "lgm": "L-GM"}
ATTACKS = {"fgsm": "FGSM", "targeted_fgsm": "targeted FGSM", "pgd": "PGD", "adaptive_pgd": "adaptive PGD",
           "p_value_pgd": "PGD on p-values"}
MISSING = "–"  # stands in a cell that has no figure


def loss_label(facts):
    """"Softmax", "L-GM (α = 1)"; a covariance other than the identity is added."""
    label = LOSSES.get(facts["loss"], facts["loss"])
    if "alpha" not in facts:
        return label
    covariance = facts.get("covariance", "identity")
    return f"{label} (α = {facts['alpha']:g}{'' if covariance == 'identity' else f', {covariance} Λ'})"


def data_label(data):
    """"MNIST" of "mnist"; what paper.json does not name keeps its name."""
    return PAPER["data"].get(data, data)


def setting_label(facts):
    """Network and epochs: "conv6 16-32-64, 8 epochs", "resnet_cifar of depth 20, 300 epochs"."""
    label = facts["network"]
    if "depth" in facts:
        label += f" of depth {facts['depth']}"
    if facts.get("widths"):
        label += " " + "-".join(str(width) for width in facts["widths"])
    return f"{label}, {facts['epochs']} {'epoch' if facts['epochs'] == 1 else 'epochs'}"


def augmentation_label(facts):
    """How training images were varied, ", images mirrored, shifted by up to 4 pixels"; empty if they were not."""
    augmentation = facts.get("augmentation", {})
    ways = ["mirrored"] if augmentation.get("mirror") else []
    if augmentation.get("padding", 0) > 0:
        ways.append(f"shifted by up to {augmentation['padding']} pixels")
    if augmentation.get("crop", 0) > 0:
        ways.append(f"cut to {augmentation['crop']} pixels")
    return ", images " + ", ".join(ways) if ways else ""


def likelihood_label(facts):
    """How people read the score `log_likelihood`: losses that have none have no calibration either, and are scored
    by the winning affinity (Sect. 4.3)."""
    return "likelihood" if "calibration" in facts else "winning affinity"


def split_attack(name):
    """"fgsm_0.3" as ("fgsm", 0.3); a name without a bound is a kind with bound 0."""
    kind, _, bound = name.rpartition("_")
    try:
        return (kind, float(bound)) if kind else (name, 0.0)
    except ValueError:
        return name, 0.0


def set_label(name):
    """"fgsm_0.3" as "FGSM ε = 0.3"; a foreign data set as data_label()."""
    kind, bound = split_attack(name)
    if kind in ATTACKS:
        return f"{ATTACKS[kind]} ε = {bound:g}"
    data = name.replace("_", "-")  # evaluate writes fashion_mnist of fashion-mnist
    return PAPER["data"].get(data, name)


def seeds_label(count):
    return f"{count} {'seed' if count == 1 else 'seeds'}"
