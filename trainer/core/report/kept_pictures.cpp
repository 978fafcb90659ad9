#include "core/report/kept_pictures.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/report/run_labels.hpp"

namespace gmtrain::report {

std::vector<KeptPicture> kept_feature_spaces(const std::vector<RunGroup>& groups,
                                             const std::filesystem::path& folder) {
  std::vector<KeptPicture> pictures;
  for (const RunGroup& group : groups) {
    const auto& facts = group.facts();
    if (facts.at("features") != 2) continue;
    for (const char* picture : {"embedding-clean", "likelihood-map"}) {
      const auto file =
          folder / fmt::format("fig1-{}-{}.svg", facts.at("recipe").get<std::string>(), picture);
      if (!std::filesystem::exists(file)) continue;
      std::string svg = read_file(file);
      if (svg.rfind("<svg", 0) != 0) {
        throw std::runtime_error(
            fmt::format("{}: expected an SVG file as gmtrain report draws it", file.string()));
      }
      pictures.push_back({fmt::format("{}, {}", data_label(facts.at("data").get<std::string>()),
                                      loss_label(facts)),
                          std::move(svg)});
    }
  }
  return pictures;
}

}  // namespace gmtrain::report
