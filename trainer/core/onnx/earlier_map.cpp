// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/onnx/cut.hpp"
#include "core/onnx/graph_view.hpp"

namespace gmtrain {
namespace {

using Node = onnx::NodeProto;

/// A 4-D value of one image.
struct Map {
  std::string tensor;
  int64_t channels, pixels;
  bool channels_last;
};

/// Which values have their channels last; those of unknown order are not in it.
class Layouts {
 public:
  explicit Layouts(const ImageInput& input) { last_[input.name] = input.channels_last; }

  void add(const Node& node) {
    std::optional<bool> last;
    for (const std::string& input : node.input())
      if (const auto found = last_.find(input); !last && found != last_.end()) last = found->second;
    if (node.op_type() == "Conv" || node.op_type() == "BatchNormalization") last = false;
    if (node.op_type() == "Transpose") {
      const auto perm = integers_of(node, "perm");
      if (perm == std::vector<int64_t>{0, 3, 1, 2})
        last = false;
      else if (perm == std::vector<int64_t>{0, 2, 3, 1})
        last = true;
      else
        return;
    }
    if (!last || node.op_type() == "Reshape") return;
    for (const std::string& output : node.output()) last_[output] = *last;
  }

  std::optional<bool> channels_last(const std::string& value) const {
    const auto found = last_.find(value);
    return found == last_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, bool> last_;
};

std::optional<Map> map_of(const GraphView& view, const Layouts& layouts, const Node& node) {
  const std::string& value = node.output(0);
  const auto shape = view.shape(value);
  const auto last = layouts.channels_last(value);
  if (!shape || shape->size() != 4 || !last || !view.is_float(value)) return std::nullopt;
  if (std::find(shape->begin(), shape->end(), -1) != shape->end()) return std::nullopt;
  const std::vector<int64_t>& s = *shape;
  if (*last) return Map{value, s[3], s[1] * s[2], true};
  return Map{value, s[1], s[2] * s[3], false};
}

using Values = std::set<std::string>;

/// Whether a value is made by the network, and is not the image in another order.
bool is_convolved(const GraphView& view, const Values& before) {
  return std::any_of(before.begin(), before.end(), [&](const std::string& value) {
    const Node* node = view.producer(value);
    return node != nullptr && node->op_type() == "Conv";
  });
}

/// Whether nothing before a value is read by a node behind it, but the value itself: constants do
/// not count.
bool all_goes_through(const GraphView& view, const std::string& value, const Values& before,
                      const Values& wanted) {
  for (const std::string& behind : wanted) {
    const Node* node = view.producer(behind);
    if (node == nullptr || before.count(behind) != 0) continue;
    for (const std::string& input : inputs_of(*node))
      if (input != value && before.count(input) != 0 && !view.is_constant(input)) return false;
  }
  return true;
}

}  // namespace

EarlierMap find_earlier_map(const Classifier& classifier, const Cut& cut) {
  const GraphView view(classifier.model.graph());
  Layouts layouts(classifier.input);
  const Values wanted = view.before({cut.tensor});
  std::vector<Map> maps;
  for (const Node& node : classifier.model.graph().node()) {
    if (wanted.count(node.output(0)) == 0) continue;
    layouts.add(node);
    const auto map = map_of(view, layouts, node);
    if (map && !view.is_constant(map->tensor)) maps.push_back(*map);
  }
  int64_t last_pixels = 0;
  for (auto map = maps.rbegin(); map != maps.rend(); ++map) {
    // What was averaged over the image is no map, and neither are the gates of its channels.
    if (map->pixels == 1) continue;
    if (last_pixels == 0) last_pixels = map->pixels;
    if (map->pixels <= last_pixels) continue;
    const Values before = view.before({map->tensor});
    if (is_convolved(view, before) && all_goes_through(view, map->tensor, before, wanted))
      return {map->tensor, map->channels, map->channels_last};
  }
  return {};
}

}  // namespace gmtrain
