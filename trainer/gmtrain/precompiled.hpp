// SPDX-License-Identifier: Apache-2.0
// LibTorch's headers take most of the time of compiling a file: they are read once.
#pragma once
#include <fmt/format.h>
#include <torch/torch.h>
