#include "core/report/captions.hpp"

#include <fmt/format.h>

namespace gmtrain::report {

std::string class_name(const std::vector<std::string>& classes, int64_t label) {
  return label >= 0 && label < static_cast<int64_t>(classes.size()) ? classes[label]
                                                                    : fmt::format("{}", label);
}

std::string caption_of(const ScoreTable& table, int64_t place,
                       const std::vector<std::string>& classes, bool foreign) {
  const std::string labelled =
      foreign ? "" : fmt::format(", labelled {}", class_name(classes, table.label[place]));
  return fmt::format("image {}{}, predicted {}", table.image[place], labelled,
                     class_name(classes, table.predicted[place]));
}

}  // namespace gmtrain::report
