# SPDX-License-Identifier: Apache-2.0
"""The loss as Python users get it: torch.ops.load_library, gradcheck, opcheck, on the CPU.

lgm_operator.py LIBRARY CUDA_LIBRARY

The second is only loaded, which needs no GPU: all its symbols are found, and the operators have an
implementation on CUDA.
"""

import math
import sys
import unittest

import torch

COVARIANCES = {"identity": lambda K, D: (1, 1), "isotropic": lambda K, D: (K, 1),
               "diagonal": lambda K, D: (K, D)}


def inputs(N, K, D, covariance, dtype=torch.float64, requires_grad=True):
    generator = torch.Generator().manual_seed(N + 10 * K + 100 * D)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=dtype)

    leaves = [normal(N, D), normal(K, D), 0.5 * normal(*COVARIANCES[covariance](K, D))]
    for leaf in leaves:
        leaf.requires_grad_(requires_grad)
    log_priors = torch.log_softmax(normal(K), 0)
    labels = torch.randint(K, (N,), generator=generator)
    return (*leaves, log_priors, labels)


def plain_loss(features, means, log_variances, log_priors, labels, alpha, weight):
    """Eq. 17 as a Python user would write it."""
    difference = features[:, None] - means[None]
    distances = 0.5 * (difference.square() / log_variances.exp()[None]).sum(2)
    half_log_dets = 0.5 * log_variances.expand_as(means).sum(1)
    own = torch.nn.functional.one_hot(labels, len(means)).to(features.dtype)
    logits = log_priors - half_log_dets - distances * (1 + alpha * own)
    likelihood = (distances * own).sum(1) + half_log_dets[labels]
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none") + weight * likelihood


class LgmOperator(unittest.TestCase):
    def test_equals_the_plain_formula(self):
        for covariance in COVARIANCES:
            for max_bytes in (0, 1):
                with self.subTest(covariance=covariance, max_bytes=max_bytes):
                    arguments = inputs(9, 7, 5, covariance)
                    loss, predicted = torch.ops.lgm.loss(*arguments, 0.7, 0.1, max_bytes)
                    expected = plain_loss(*arguments, 0.7, 0.1)
                    torch.testing.assert_close(loss, expected)
                    ours = torch.autograd.grad(loss.sum(), arguments[:3])
                    theirs = torch.autograd.grad(expected.sum(), arguments[:3])
                    for mine, other in zip(ours, theirs):
                        torch.testing.assert_close(mine, other)

    def test_gradcheck(self):
        for covariance in COVARIANCES:
            with self.subTest(covariance=covariance):
                *leaves, log_priors, labels = inputs(4, 3, 5, covariance)

                def loss(features, means, log_variances):
                    return torch.ops.lgm.loss(features, means, log_variances, log_priors, labels,
                                              0.5, 0.2)[0]

                self.assertTrue(torch.autograd.gradcheck(loss, leaves))

    def test_opcheck(self):
        for covariance in COVARIANCES:
            for max_bytes in (0, 1):
                with self.subTest(covariance=covariance, max_bytes=max_bytes):
                    arguments = inputs(6, 4, 3, covariance, torch.float32)
                    torch.library.opcheck(torch.ops.lgm.loss.default,
                                          (*arguments, 1.0, 0.1, max_bytes))
        arguments = inputs(6, 4, 3, "diagonal", torch.float32, requires_grad=False)
        torch.library.opcheck(torch.ops.lgm.distances.default, arguments[:3])
        torch.library.opcheck(torch.ops.lgm.loss_forward.default, (*arguments, 1.0, 0.1, 0))

    def test_differentiating_twice_is_an_error(self):
        arguments = inputs(4, 3, 5, "diagonal")
        loss = torch.ops.lgm.loss(*arguments, 1.0, 0.1)[0].sum()
        gradient, = torch.autograd.grad(loss, arguments[:1], create_graph=True)
        with self.assertRaisesRegex(RuntimeError, "differentiable once"):
            gradient.square().sum().backward()

    def test_a_sure_sample_keeps_its_digits(self):
        # Two classes 12 apart, the feature on its own mean: the loss is log(1 + exp(-72)).
        loss, _ = torch.ops.lgm.loss(torch.zeros(1, 1), torch.tensor([[0.0], [12.0]]),
                                     torch.zeros(1, 1), torch.full((2,), math.log(0.5)),
                                     torch.zeros(1, dtype=torch.long), 0.0, 0.0)
        self.assertAlmostEqual(loss.item() / math.exp(-72), 1, places=5)

    def test_errors_name_the_argument(self):
        arguments = list(inputs(4, 3, 5, "diagonal"))
        arguments[4] = torch.full((4,), 3)
        with self.assertRaisesRegex(IndexError, "label 3"):
            torch.ops.lgm.loss(*arguments, 1.0, 0.1)


    def test_the_cuda_library_implements_every_operator(self):
        torch.ops.load_library(CUDA_LIBRARY)
        for name in ("loss_forward", "loss_backward", "distances"):
            self.assertTrue(torch._C._dispatch_has_kernel_for_dispatch_key(f"lgm::{name}", "CUDA"))


if __name__ == "__main__":
    torch.ops.load_library(sys.argv.pop(1))
    CUDA_LIBRARY = sys.argv.pop(1)
    unittest.main()
