// SPDX-License-Identifier: Apache-2.0
// Each operator of pretrained networks by itself: LibTorch against OpenCV here, and by
// onnx_agreement.py against onnxruntime.
#include <torch/torch.h>

#include <boost/test/unit_test.hpp>
#include <limits>
#include <map>

#include "gmtrain/export/export.hpp"
#include "trainer/agreement_case.hpp"
#include "trainer/export_heads.hpp"
#include "trainer/opencv_agreement.hpp"

namespace gmtrain::test {
namespace {

using torch::Tensor;

constexpr int64_t kChannels = 6, kHeight = 7, kWidth = 8;

struct Operator {
  const char* name;
  Tensor (*apply)(const Tensor& x);  ///< of [N,6,7,8], about -2 to 2; gives any [N,...]
};

/// Constants: drawn at the first call, which is not recorded, and the same at all others.
Tensor weights(torch::IntArrayRef shape) {
  static std::map<std::vector<int64_t>, Tensor> drawn;
  Tensor& tensor = drawn[shape.vec()];
  if (!tensor.defined()) tensor = torch::randn(shape);
  return tensor;
}

/// [N,7*8,6], as transformers have images.
Tensor tokens(const Tensor& x) {
  return x.flatten(2).transpose(1, 2);
}

const Operator kOperators[] = {
    {"abs", [](const Tensor& x) { return x.abs(); }},
    {"adaptive_avg_pool2d",
     [](const Tensor& x) {
       return torch::adaptive_avg_pool2d(x, {3, 5});
     }},
    {"adaptive_avg_pool2d_larger",
     [](const Tensor& x) {
       return torch::adaptive_avg_pool2d(x, {10, 9});
     }},
    {"adaptive_max_pool2d",
     [](const Tensor& x) {
       return std::get<0>(torch::adaptive_max_pool2d(x, {1, 1}));
     }},
    {"bmm", [](const Tensor& x) { return torch::bmm(tokens(x), x.flatten(2)); }},
    {"cat_with_token",
     [](const Tensor& x) {
       return torch::cat({weights({1, 1, kChannels}).expand({x.size(0), -1, -1}), tokens(x)}, 1);
     }},
    {"chunk",
     [](const Tensor& x) {
       const auto parts = x.chunk(2, 1);
       return torch::cat({parts[1], parts[0]}, 1);
     }},
    {"channel_shuffle",
     [](const Tensor& x) {
       return x.view({x.size(0), 2, 3, kHeight, kWidth})
           .transpose(1, 2)
           .contiguous()
           .view({x.size(0), kChannels, kHeight, kWidth});
     }},
    {"clamp", [](const Tensor& x) { return x.clamp(-0.5, 0.75); }},
    {"clamp_to_infinity",
     [](const Tensor& x) { return x.clamp(0.25, std::numeric_limits<double>::infinity()); }},
    {"clamp_min", [](const Tensor& x) { return x.clamp_min(0.25); }},
    {"convolution_depthwise",
     [](const Tensor& x) {
       return torch::conv2d(x, weights({kChannels, 1, 3, 3}), {}, 2, 1, 1, kChannels);
     }},
    {"elu", [](const Tensor& x) { return torch::elu(x, 0.7); }},
    {"exp", [](const Tensor& x) { return x.exp(); }},
    {"gelu", [](const Tensor& x) { return torch::gelu(x); }},
    {"hardsigmoid", [](const Tensor& x) { return torch::hardsigmoid(3 * x); }},
    {"hardswish", [](const Tensor& x) { return torch::hardswish(3 * x); }},
    {"hardtanh", [](const Tensor& x) { return torch::hardtanh(x, -0.5, 0.75); }},
    {"layer_norm",
     [](const Tensor& x) {
       return torch::layer_norm(tokens(x), {kChannels}, weights({kChannels}), weights({kChannels}));
     }},
    {"layer_norm_of_channels",
     [](const Tensor& x) {
       return torch::layer_norm(x.permute({0, 2, 3, 1}), {kChannels}, weights({kChannels}))
           .permute({0, 3, 1, 2});
     }},
    {"linear_of_tokens",
     [](const Tensor& x) {
       return torch::linear(tokens(x), weights({4, kChannels}), weights({4}));
     }},
    {"linear_of_pixels",
     [](const Tensor& x) {
       return torch::linear(x.permute({0, 2, 3, 1}), weights({4, kChannels}));
     }},
    {"log", [](const Tensor& x) { return (x.abs() + 1).log(); }},
    {"matmul_of_tokens",
     [](const Tensor& x) {
       return torch::matmul(tokens(x), weights({kChannels, 5}));
     }},
    {"max_pool2d_ceil",
     [](const Tensor& x) { return torch::max_pool2d(x, 3, 2, 0, 1, /*ceil_mode=*/true); }},
    {"multi_head_attention",
     [](const Tensor& x) {
       const auto image = tokens(x);
       return std::get<0>(at::_native_multi_head_attention(
           image, image, image, kChannels, 2, weights({3 * kChannels, kChannels}),
           weights({3 * kChannels}), weights({kChannels, kChannels}), weights({kChannels}), {},
           /*need_weights=*/false));
     }},
    {"neg", [](const Tensor& x) { return -x; }},
    {"pad_of_two_sides",
     [](const Tensor& x) {
       return torch::constant_pad_nd(x, {0, 1, 0, 1});
     }},
    {"pad",
     [](const Tensor& x) {
       return at::pad(x, {1, 2, 0, 1}, "constant", 0.5);
     }},
    {"pow", [](const Tensor& x) { return x.pow(2); }},
    {"relu6", [](const Tensor& x) { return torch::relu6(5 * x); }},
    {"rsub", [](const Tensor& x) { return torch::rsub(x, 1, 2); }},
    {"scaled_dot_product_attention",
     [](const Tensor& x) {
       const auto heads = tokens(x).view({x.size(0), kHeight * kWidth, 2, 3}).transpose(1, 2);
       return torch::scaled_dot_product_attention(heads, heads, heads.tanh());
     }},
    {"scale_by_channel",
     [](const Tensor& x) {
       return torch::sigmoid(x.mean({2, 3}, true)) * x;
     }},
    {"scale_by_channel_of_constant",
     [](const Tensor& x) {
       return (weights({kChannels, 1, 1}) * x).slice(3, 0, 2);
     }},
    {"select", [](const Tensor& x) { return x.select(1, -2); }},
    {"select_token", [](const Tensor& x) { return tokens(x).select(1, 0); }},
    {"silu", [](const Tensor& x) { return torch::silu(x); }},
    {"softmax", [](const Tensor& x) { return x.softmax(-1); }},
    {"softmax_of_channels", [](const Tensor& x) { return x.softmax(1); }},
    {"softplus", [](const Tensor& x) { return torch::softplus(x); }},
    {"split",
     [](const Tensor& x) {
       const auto parts = x.split_with_sizes({1, 3, 2}, 1);
       return torch::cat({parts[1], parts[2], parts[0]}, 1);
     }},
    {"sqrt", [](const Tensor& x) { return (x.abs() + 1).sqrt(); }},
    {"square", [](const Tensor& x) { return x.square(); }},
    {"transform_of_colours",
     [](const Tensor& x) {
       return torch::cat({x.select(1, 0).unsqueeze(1) * 0.5 + 0.1, x.select(1, 1).unsqueeze(1)}, 1);
     }},
    {"transpose", [](const Tensor& x) { return x.transpose(-1, 1); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(export_operators)

BOOST_AUTO_TEST_CASE(every_operator_agrees) {
  const HeadCase head_case{"", 4, Variances::diagonal, CalibrationKind::shared, 1};
  const std::array<int64_t, 3> shape{3, kHeight, kWidth};  // the head's are grey or colour
  for (const Operator& each : kOperators) {
    BOOST_TEST_CONTEXT(each.name) {
      torch::manual_seed(21);
      const torch::NoGradGuard no_grad;
      const Tensor images = torch::randn({16, 3, kHeight, kWidth});
      const auto features = [&](const Tensor& x) {
        return each.apply(torch::conv2d(x, weights({kChannels, 3, 1, 1})).tanh() * 2).flatten(1);
      };
      const Tensor expected = features(images);
      const GmHead head = random_head(head_case, expected, shape);
      const auto folder = std::filesystem::path(GM_AGREEMENT_FOLDER) / "agree" /
                          (std::string("operator-") + each.name);
      std::filesystem::create_directories(folder);
      torch::nn::Module none;
      export_onnx(none, features, shape, head, folder / "model.onnx");
      const HeadOutputs outputs = reference_outputs(head, expected);
      write_agreement_case(folder, images, outputs);
      check_opencv(folder / "model.onnx", images, outputs);
    }
  }
}

BOOST_AUTO_TEST_CASE(forms_that_are_not_written_are_refused) {
  const auto refused = [](Tensor (*apply)(const Tensor&), const std::string& reason) {
    torch::nn::Module none;
    BOOST_CHECK_EXCEPTION(trace_network(none, [&](const Tensor& x) { return apply(x).flatten(1); },
                                        {kChannels, kHeight, kWidth}),
                          std::runtime_error, [&](const std::exception& error) {
                            BOOST_TEST_INFO(error.what());
                            return std::string(error.what()).find(reason) != std::string::npos;
                          });
  };
  refused([](const Tensor& x) { return torch::gelu(x, "tanh"); }, "tanh");
  refused([](const Tensor& x) { return at::pad(x, {1, 1, 1, 1}, "reflect"); }, "constant padding");
  refused([](const Tensor& x) { return x.clamp_max(1); }, "no ONNX form for aten::clamp_max");
  refused([](const Tensor& x) { return x.permute({1, 0, 2, 3}).transpose(0, 1); }, "batch axis");
  refused([](const Tensor& x) { return torch::layer_norm(x, {kHeight, kWidth}); }, "last axis");
  refused(
      [](const Tensor& x) {
        return torch::cat({torch::arange(x.size(0), torch::kFloat).view({-1, 1}), x.flatten(1)}, 1);
      },
      "the same for each image");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
