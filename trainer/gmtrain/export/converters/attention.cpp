// SPDX-License-Identifier: Apache-2.0
// What transformers consist of beside linear layers and layer norm.
#include <cmath>

#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

std::string transposed(const AtenCall& call, const std::string& value, const Ints& order) {
  return call.emit("Transpose", {value}, {{"perm", order}});
}

/// softmax(query key) value. @param query [N,H,T,D], scaled @param key [N,H,D,S]
/// @param value [N,H,S,E] @return [N,H,T,E]
std::string attend(const AtenCall& call, const std::string& query, const std::string& key,
                   const std::string& value) {
  const std::string affinity = call.emit("MatMul", {query, key});
  return call.emit("MatMul", {call.emit("Softmax", {affinity}, {{"axis", int64_t{3}}}), value});
}

void scaled_dot_product(const AtenCall& call) {
  const Ints shape = call.shape("query");
  call.require(shape.size() == 4 && !call.is_given("attn_mask") && !call.flag("is_causal") &&
                   call.number("dropout_p") == 0,
               "attention has a form for [N,H,T,D] without mask and dropout alone");
  const double scale = call.is_given("scale") ? call.number("scale")
                                              : 1 / std::sqrt(static_cast<double>(shape.back()));
  const std::string query =
      call.emit("Mul", {call.value("query"), call.add_constant("scale", at::full({1}, scale))});
  call.finish_as(
      attend(call, query, transposed(call, call.value("key"), {0, 1, 3, 2}), call.value("value")));
}

/// torch.nn.MultiheadAttention in evaluation mode, of images with themselves.
void multi_head_attention(const AtenCall& call) {
  const std::string image = call.value("query");
  call.require(image == call.value("key") && image == call.value("value"),
               "attention has a form for one tensor with itself alone");
  call.require(!call.is_given("mask") && !call.flag("need_weights"),
               "attention has no form with a mask or with its weights as an output");
  const Ints shape = call.shape("query");
  const int64_t tokens = shape[1], width = shape[2], heads = call.integer("num_head");
  // The query's scale is part of its weights.
  const double scale = 1 / std::sqrt(static_cast<double>(width / heads));
  const auto scaled = [&](const char* name) {
    at::Tensor of_all = call.constant(name).clone();
    of_all.slice(0, 0, width).mul_(scale);
    return of_all;
  };
  const std::string all =
      from_rows(call,
                linear_rows(call, as_rows(call, image, shape), "qkv_weight", scaled("qkv_weight"),
                            "qkv_bias", scaled("qkv_bias")),
                {shape[0], tokens, 3 * width});
  const auto by_head = [&](int64_t part, const Ints& order) {
    const std::string own = part_of(call, all, 2, part * width, (part + 1) * width);
    const std::string parted = call.emit(
        "Reshape", {own, call.add_constant("heads", Ints{0, tokens, heads, width / heads})});
    return transposed(call, parted, order);
  };
  const std::string attended =
      attend(call, by_head(0, {0, 2, 1, 3}), by_head(1, {0, 2, 3, 1}), by_head(2, {0, 2, 1, 3}));
  const std::string rows = call.emit("Reshape", {transposed(call, attended, {0, 2, 1, 3}),
                                                 call.add_constant("rows", Ints{-1, width})});
  call.finish_as(from_rows(call,
                           linear_rows(call, rows, "proj_weight", call.constant("proj_weight"),
                                       "proj_bias", call.constant("proj_bias")),
                           shape));
}

const Registered<AtenConverter> registered_aten_attention("aten::scaled_dot_product_attention",
                                                          scaled_dot_product);
const Registered<AtenConverter> registered_aten_heads("aten::_native_multi_head_attention",
                                                      multi_head_attention);

}  // namespace
}  // namespace gmtrain
