// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/verification/tested_pairs.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/faces/pairs.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/data/derived.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

ImageSet images_of(const std::vector<ImagePair>& pairs, std::shared_ptr<Dataset> dataset) {
  std::set<int64_t> used;
  for (const ImagePair& pair : pairs) used.insert({pair.first, pair.second});
  return {"pairs", std::move(dataset), {used.begin(), used.end()}};
}

TestedPairs listed(const VerificationOptions& options, const DataOptions& data) {
  const fs::path people = fs::path(data.root) / options.people;
  if (!fs::is_directory(people)) {
    throw std::runtime_error(
        fmt::format("verification.people: expected a folder of people's folders, found none in {}",
                    people.string()));
  }
  auto read = read_pairs(fs::path(data.root) / options.pairs_file, people);
  std::vector<ImageFile> files;
  for (const fs::path& image : read.images) files.push_back({image.string(), 0});
  auto dataset = open_files(data, people.string(), std::move(files));
  auto images = images_of(read.pairs, std::move(dataset));
  return {std::move(images),
          std::move(read.pairs),
          {{"pairs_file", options.pairs_file}, {"people", options.people}}};
}

TestedPairs drawn(const VerificationOptions& options, const DataOptions& data) {
  std::vector<std::shared_ptr<Dataset>> parts{open_unseen(data, Split::test)};
  if (options.all_images) parts.push_back(open_unseen(data, Split::train));
  auto dataset = joined(std::move(parts));
  auto drawn = draw_pairs(dataset->labels(), options.drawn);
  const auto count = static_cast<int64_t>(drawn.pairs.size());
  if (count < options.drawn.pairs) {
    log_warning(
        fmt::format("verification.pairs: drew {} of {}, as many in each fold as one can have",
                    count, options.drawn.pairs));
  }
  json facts{{"unseen_classes", json::array()},
             {"split", options.all_images ? "all" : "test"},
             {"drawn_with_seed", options.drawn.seed},
             {"identities_disjoint", drawn.identities_disjoint}};
  for (const int64_t k : data.unseen) facts["unseen_classes"].push_back(data.all_labels[k]);
  auto images = images_of(drawn.pairs, std::move(dataset));
  return {std::move(images), std::move(drawn.pairs), std::move(facts)};
}

}  // namespace

TestedPairs tested_pairs(const VerificationOptions& options, const DataOptions& data) {
  if (options.are_listed()) return listed(options, data);
  if (!data.unseen.empty()) return drawn(options, data);
  throw std::runtime_error(
      "the recipe has no pairs to verify: expected data.unseen_classes, or verification.pairs_file "
      "and verification.people");
}

}  // namespace gmtrain
