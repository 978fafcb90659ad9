#include "gmtrain/data/formats.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace gmtrain {

std::vector<int64_t> checked_labels(const std::vector<uint8_t>& labels, const DatasetSource& source,
                                    const std::string& file) {
  const size_t classes = source.classes.empty() ? 256 : source.classes.size();
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= classes) {
      throw std::runtime_error(fmt::format("{}: expected labels below {}, got {} at position {}",
                                           file, classes, labels[i], i));
    }
  }
  return {labels.begin(), labels.end()};
}

}  // namespace gmtrain
