// SPDX-License-Identifier: Apache-2.0
// Pooling, and means over the image.
#include <algorithm>

#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

struct PoolingWindow {
  Ints kernel, strides, padding;
  Ints overhang;  ///< rows and columns by which the last window goes beyond the padded image
};

/// ceil_mode needs no word in ONNX: the shapes are known, and the overhang becomes padding.
PoolingWindow window_of(const AtenCall& call) {
  PoolingWindow window{pair_of(call.integers("kernel_size")),
                       call.integers("stride"),
                       pair_of(call.integers("padding")),
                       {}};
  window.strides = window.strides.empty() ? window.kernel : pair_of(window.strides);
  const Ints input = call.shape("self"), output = call.output_shape();
  for (size_t i = 0; i < 2; ++i) {
    const int64_t covered = (output[i + 2] - 1) * window.strides[i] + window.kernel[i];
    window.overhang.push_back(std::max<int64_t>(0, covered - input[i + 2] - 2 * window.padding[i]));
  }
  return window;
}

void max_pool(const AtenCall& call) {
  call.require(pair_of(call.integers("dilation")) == Ints{1, 1},
               "OpenCV has no dilated max pooling");
  const auto [kernel, strides, padding, overhang] = window_of(call);
  call.finish(
      "MaxPool", {call.value("self")},
      {{"kernel_shape", kernel},
       {"strides", strides},
       {"pads", Ints{padding[0], padding[1], padding[0] + overhang[0], padding[1] + overhang[1]}}});
}

void average_pool(const AtenCall& call) {
  const auto [kernel, strides, padding, overhang] = window_of(call);
  call.require(overhang == Ints{0, 0}, "average pooling must not go beyond the image: ceil_mode");
  call.require(!call.is_given("divisor_override"), "divisor_override has no form");
  std::string input = call.value("self");
  Ints pads = {padding[0], padding[1], padding[0], padding[1]};
  if (padding != Ints{0, 0} && call.flag("count_include_pad")) {
    // OpenCV 4.6 does not read count_include_pad: pad first, then leave nothing out.
    input = call.emit(
        "Pad",
        {input, call.add_constant("pads", Ints{0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]})});
    pads = {0, 0, 0, 0};
  }
  call.finish("AveragePool", {input},
              {{"kernel_shape", kernel}, {"strides", strides}, {"pads", pads}});
}

/// Windows of unequal size along one axis, each cut out and averaged by itself.
std::string average_bands(const AtenCall& call, const std::string& input, int64_t axis,
                          int64_t extent, int64_t bands) {
  if (extent == bands) return input;
  Ints window = {1, 1};
  std::vector<std::string> averages;
  for (int64_t i = 0; i < bands; ++i) {
    const int64_t first = i * extent / bands, end = ((i + 1) * extent + bands - 1) / bands;
    window[static_cast<size_t>(axis) - 2] = end - first;
    averages.push_back(
        call.emit("AveragePool", {part_of(call, input, axis, first, end)},
                  {{"kernel_shape", window}, {"strides", Ints{1, 1}}, {"pads", Ints{0, 0, 0, 0}}}));
  }
  return call.emit("Concat", averages, {{"axis", axis}});
}

void adaptive_average_pool(const AtenCall& call) {
  const Ints input = call.shape("self"), output = call.output_shape();
  if (output[2] == 1 && output[3] == 1)
    return call.finish("GlobalAveragePool", {call.value("self")});
  if (input[2] % output[2] == 0 && input[3] % output[3] == 0) {
    const Ints window = {input[2] / output[2], input[3] / output[3]};
    return call.finish("AveragePool", {call.value("self")},
                       {{"kernel_shape", window}, {"strides", window}, {"pads", Ints{0, 0, 0, 0}}});
  }
  const std::string rows = average_bands(call, call.value("self"), 2, input[2], output[2]);
  call.finish_as(average_bands(call, rows, 3, input[3], output[3]));
}

void adaptive_max_pool(const AtenCall& call) {
  const Ints output = call.output_shape();
  call.require(output[2] == 1 && output[3] == 1,
               "adaptive max pooling has a form for one value a channel only");
  call.finish("GlobalMaxPool", {call.value("self")});
}

void mean_over_image(const AtenCall& call) {
  const size_t rank = call.shape("self").size();
  Ints axes = call.is_given("dim") ? call.integers("dim") : Ints{0};
  for (int64_t& axis : axes) axis = axis_of(call, axis, rank);
  std::sort(axes.begin(), axes.end());
  call.require(rank == 4 && axes == Ints{2, 3}, "only a mean over height and width has a form");
  if (call.flag("keepdim")) return call.finish("GlobalAveragePool", {call.value("self")});
  call.finish("Flatten", {call.emit("GlobalAveragePool", {call.value("self")})},
              {{"axis", int64_t{1}}});
}

const Registered<AtenConverter> registered_aten_adaptive_avg_pool2d("aten::adaptive_avg_pool2d",
                                                                    adaptive_average_pool);
const Registered<AtenConverter> registered_aten_adaptive_max_pool2d("aten::adaptive_max_pool2d",
                                                                    adaptive_max_pool);
const Registered<AtenConverter> registered_aten_avg_pool2d("aten::avg_pool2d", average_pool);
const Registered<AtenConverter> registered_aten_max_pool2d("aten::max_pool2d", max_pool);
const Registered<AtenConverter> registered_aten_mean("aten::mean", mean_over_image);

}  // namespace
}  // namespace gmtrain
