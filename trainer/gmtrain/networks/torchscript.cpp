// SPDX-License-Identifier: Apache-2.0
// A network from a TorchScript file, as torch.jit.script and torch.jit.trace make them of PyTorch's
// modules: pretrained ones, to be trained further. The file brings weights and code.
#include <c10/util/StringUtil.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "gmtrain/networks/network.hpp"

namespace gmtrain {
namespace {

/// Parameters and buffers of `script` and all that it consists of, as those of `module`: the very
/// tensors, so that whatever trains, saves or moves the one does so to the other. What is found a
/// second time, such as tied weights, is left out.
void mirror_script(const torch::jit::Module& script, torch::nn::Module& module,
                   std::set<const c10::TensorImpl*>& seen) {
  const auto is_new = [&](const torch::Tensor& tensor) {
    return tensor.defined() && seen.insert(tensor.unsafeGetTensorImpl()).second;
  };
  for (const auto& [name, tensor] : script.named_parameters(/*recurse=*/false)) {
    if (is_new(tensor)) module.register_parameter(name, tensor, tensor.is_floating_point());
  }
  for (const auto& [name, tensor] : script.named_buffers(/*recurse=*/false)) {
    if (is_new(tensor)) module.register_buffer(name, tensor);
  }
  for (const auto& [name, part] : script.named_children()) {
    mirror_script(part, *module.register_module(name, std::make_shared<torch::nn::Module>()), seen);
  }
}

/// The line of an error's text that says what is wrong: of one that passed through TorchScript's
/// interpreter the last, after the traceback, else the first.
std::string line_that_says_why(const std::exception& error) {
  const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
  std::istringstream text(of_torch ? of_torch->what_without_backtrace() : error.what());
  std::string first, last;
  bool interpreted = false;
  for (std::string line; std::getline(text, line);) {
    if (line.empty()) continue;
    if (first.empty()) first = line;
    last = line;
    interpreted |= line.find("TorchScript interpreter") != std::string::npos;
  }
  return interpreted ? last : first;
}

/// What cannot be a network; the message says why.
struct ScriptError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class TorchScriptNetwork final : public Network {
 public:
  /// @param rgb whether the file expects red first, of the images' blue, green, red
  /// @throws ScriptError where it gives no features of images of shape `input`
  TorchScriptNetwork(torch::jit::Module script, const ImageShape& input, bool rgb)
      : script_(std::move(script)), reversed_(rgb && input[0] == 3) {
    std::set<const c10::TensorImpl*> seen;
    mirror_script(script_, *this, seen);
    if (parameters().empty()) {
      throw ScriptError("it has no parameters to train: was it frozen by torch.jit.freeze?");
    }
    // Code that was only ever run on the usual layout may rely on it, by view() above all.
    const auto problem = problem_with(input, at::MemoryFormat::ChannelsLast);
    if (problem.empty()) return;
    if (!problem_with(input, at::MemoryFormat::Contiguous).empty()) throw ScriptError(problem);
  }

  torch::Tensor forward(torch::Tensor images) override {
    // As it stands: what is optimised after some runs would differ from them in the last bits.
    const torch::jit::GraphOptimizerEnabledGuard as_it_stands(false);
    if (reversed_)
      images = torch::cat({images.slice(1, 2), images.slice(1, 1, 2), images.slice(1, 0, 1)}, 1);
    c10::IValue output = script_.forward({images});
    // Networks with auxiliary classifiers, once scripted, give those beside their output.
    if (output.isTuple() && !output.toTupleRef().elements().empty()) {
      output = c10::IValue(output.toTupleRef().elements()[0]);
    }
    if (!output.isTensor()) throw ScriptError("it gives a " + output.tagKind());
    const torch::Tensor features = output.toTensor();
    return features.dim() == 4 ? features.mean({2, 3}) : features;
  }

  void train(bool on = true) override {
    Network::train(on);
    script_.train(on);
  }

  int64_t dimension() const override { return dimension_; }
  at::MemoryFormat memory_format() const override { return memory_format_; }

 private:
  /// Puts the weights into a layout and looks for the features of two images.
  /// @return why there are none; empty if there are
  std::string problem_with(const ImageShape& input, at::MemoryFormat format) {
    const torch::NoGradGuard no_grad;
    memory_format_ = format;
    lay_out_weights(*this);
    eval();
    torch::Tensor features;
    try {
      features = forward(torch::zeros({2, input[0], input[1], input[2]}));
    } catch (const ScriptError& error) {
      return error.what();
    } catch (const std::exception& error) {
      return c10::str("it fails on images [2,", input[0], ",", input[1], ",", input[2],
                      "]: ", line_that_says_why(error));
    }
    train();
    if (features.dim() != 2 || features.size(0) != 2 || features.size(1) < 1 ||
        features.scalar_type() != torch::kFloat) {
      return c10::str("it gives ", features.scalar_type(), " ", features.sizes(), " of images [2,",
                      input[0], ",", input[1], ",", input[2], "]");
    }
    dimension_ = features.size(1);
    return "";
  }

  torch::jit::Module script_;
  bool reversed_;
  int64_t dimension_ = 0;
  at::MemoryFormat memory_format_ = at::MemoryFormat::ChannelsLast;
};

std::shared_ptr<Network> make_torchscript(Section options, const ImageShape& input) {
  const auto file = options.require<std::string>(
      "file", "made by torch.jit.script or torch.jit.trace; its code runs: use files you trust");
  const bool rgb =
      options.get<std::string>("channel_order", "rgb", "colours as the file expects them",
                               one_of({"bgr", "rgb"})) == "rgb";
  if (!std::filesystem::is_regular_file(file)) {
    throw options.error("file", "expected a TorchScript file, found none at " + file);
  }
  torch::jit::Module script;
  try {
    script = torch::jit::load(file, torch::kCPU);
  } catch (const std::exception& error) {
    throw options.error(
        "file", "expected a TorchScript file, as torch.jit.script and save() make, got " + file +
                    ": " + line_that_says_why(error));
  }
  try {
    return std::make_shared<TorchScriptNetwork>(std::move(script), input, rgb);
  } catch (const ScriptError& error) {
    throw options.error(
        "file", "expected a network that gives float32 features [N,D] or [N,D,H,W], got " + file +
                    ": " + error.what());
  }
}

const Registered<NetworkFactory> registered_torchscript("torchscript", make_torchscript);

}  // namespace
}  // namespace gmtrain
