#include "gmtrain/data/class_subset.hpp"

#include <torch/torch.h>

#include <unordered_map>
#include <utility>

namespace gmtrain {
namespace {

class ClassSubset final : public Dataset {
 public:
  ClassSubset(std::shared_ptr<Dataset> whole, const std::vector<int64_t>& classes)
      : whole_(std::move(whole)) {
    std::unordered_map<int64_t, int64_t> renumbered;
    for (const int64_t k : classes) renumbered.emplace(k, static_cast<int64_t>(renumbered.size()));
    for (int64_t i = 0; i < whole_->size(); ++i) {
      const auto label = renumbered.find(whole_->labels()[i]);
      if (label == renumbered.end()) continue;
      position_.emplace(i, size());
      members_.push_back(i);
      labels_.push_back(label->second);
    }
  }

  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return whole_->image_shape(); }
  int64_t workers() const override { return whole_->workers(); }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    std::vector<int64_t> members;
    for (const int64_t i : indices) members.push_back(members_.at(i));
    Batch batch = whole_->load(members);
    std::vector<int64_t> labels;
    for (int64_t& i : batch.indices) {
      i = position_.at(i);
      labels.push_back(labels_[i]);
    }
    batch.labels = torch::tensor(labels, torch::kLong);
    return batch;
  }

 private:
  std::shared_ptr<Dataset> whole_;
  std::vector<int64_t> members_, labels_;          ///< of the whole set; of this one
  std::unordered_map<int64_t, int64_t> position_;  ///< of members_' elements
};

}  // namespace

std::shared_ptr<Dataset> class_subset(std::shared_ptr<Dataset> whole,
                                      const std::vector<int64_t>& classes) {
  return std::make_shared<ClassSubset>(std::move(whole), classes);
}

}  // namespace gmtrain
