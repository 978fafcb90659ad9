// SPDX-License-Identifier: Apache-2.0
#include "gmattach/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>

#include "core/files/input_file.hpp"
#include "core/images/data_file.hpp"
#include "core/images/shuffle.hpp"

namespace gmattach {
namespace {

namespace fs = std::filesystem;
using gmtrain::ImageFile;
using Files = std::vector<ImageFile>;

void check_folder(const fs::path& folder) {
  if (!fs::is_directory(folder))
    throw std::runtime_error(
        fmt::format("{}: expected a folder of pictures, found none", folder.string()));
}

Files list_classes(const fs::path& folder, const std::vector<std::string>& classes,
                   bool of_every_class) {
  check_folder(folder);
  return gmtrain::list_images(folder, classes, of_every_class);
}

/// At most `most` files of each class, drawn by the seed, in their order.
Files draw(const Files& files, int64_t most, int64_t seed) {
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  Files drawn;
  for (size_t first = 0, last; first < files.size(); first = last) {
    last = first;
    while (last < files.size() && files[last].label == files[first].label) ++last;
    std::vector<char> chosen(last - first, 0);
    std::fill_n(chosen.begin(), std::min<size_t>(chosen.size(), most), char{1});
    gmtrain::shuffle(chosen, random);
    for (size_t i = first; i < last; ++i)
      if (chosen[i - first]) drawn.push_back(files[i]);
  }
  return drawn;
}

/// The pictures in a folder and those below it.
Files pictures_in(const fs::path& folder) {
  check_folder(folder);
  Files files;
  for (const std::string& name : gmtrain::find_images(folder))
    files.push_back({(folder / name).string(), -1});
  if (files.empty())
    throw std::runtime_error(fmt::format("{}: expected pictures, found {}", folder.string(),
                                         gmtrain::names_for_message(folder)));
  return files;
}

std::vector<OutlierPictures> outliers_of(const Options& options) {
  std::vector<OutlierPictures> sets;
  std::set<std::string> names;  // which figures go by
  for (const OutlierFolder& each : options.outliers) {
    if (!names.insert(each.name).second)
      throw std::runtime_error(
          fmt::format("--outliers: expected different names, got {} twice", each.name));
    sets.push_back({each.name, pictures_in(each.folder)});
  }
  return sets;
}

}  // namespace

Parts parts_of(const Options& options) {
  Parts parts;
  check_folder(options.images);
  parts.classes = gmtrain::class_folders(options.images);
  const Files all = list_classes(options.images, parts.classes, true);
  const auto [fit, held_out] = gmtrain::split_by_class(all, options.held_out, options.seed);
  parts.fit = draw(fit, options.fit_images, options.seed);

  // Dealt out in turn, from class to class, so that every part has its share of small classes too.
  std::mt19937_64 random(static_cast<uint64_t>(options.seed));
  std::vector<size_t> order(held_out.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  gmtrain::shuffle(order, random);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return held_out[a].label < held_out[b].label; });
  std::vector<size_t> turn_of(held_out.size());
  for (size_t i = 0; i < order.size(); ++i) turn_of[order[i]] = i;
  const bool own_test = options.test.empty();
  for (size_t i = 0; i < held_out.size(); ++i) {
    const size_t turn = turn_of[i] % (own_test ? 4 : 3);
    Files& part = turn == 1 ? parts.choose : turn == 3 ? parts.test : parts.calibrate;
    part.push_back(held_out[i]);
  }
  if (!own_test) parts.test = list_classes(options.test, parts.classes, false);
  const size_t least = own_test ? 4 : 2;
  if (held_out.size() < least)
    throw std::runtime_error(
        fmt::format("{}: expected at least {} held-out pictures, got {}: hold out more of them "
                    "(--held-out)",
                    options.images.string(), least, held_out.size()));
  // Without two of a class nothing is known of how much its pictures differ.
  const auto same_class = [](const ImageFile& a, const ImageFile& b) { return a.label == b.label; };
  if (std::adjacent_find(parts.fit.begin(), parts.fit.end(), same_class) == parts.fit.end())
    throw std::runtime_error(fmt::format(
        "{}: expected two pictures of a class to fit to, got {} of {} classes: hold out "
        "fewer of them (--held-out)",
        options.images.string(), parts.fit.size(), parts.classes.size()));
  if (parts.test.empty())
    throw std::runtime_error(options.test.string() + ": expected pictures to measure on, got none");
  parts.outliers = outliers_of(options);
  return parts;
}

Files at_even_steps(const Files& files, int64_t wanted) {
  const auto count = static_cast<int64_t>(files.size()), taken = std::min(count, wanted);
  Files some;
  for (int64_t i = 0; i < taken; ++i) some.push_back(files[i * count / taken]);
  return some;
}

std::vector<int64_t> folders_of_classes(const fs::path& file,
                                        const std::vector<std::string>& folders, int64_t count) {
  std::vector<int64_t> places;
  if (file.empty()) {
    if (static_cast<int64_t>(folders.size()) != count) return {};
    for (int64_t k = 0; k < count; ++k) places.push_back(k);
    return places;
  }
  std::istringstream lines(gmtrain::read_file(file));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto found = std::find(folders.begin(), folders.end(), line);
    places.push_back(found == folders.end() ? -1 : found - folders.begin());
  }
  if (static_cast<int64_t>(places.size()) != count)
    throw std::runtime_error(
        fmt::format("{}: expected a line for each of the network's {} classes, "
                    "got {}",
                    file.string(), count, places.size()));
  if (std::all_of(places.begin(), places.end(), [](int64_t place) { return place < 0; }))
    throw std::runtime_error(
        fmt::format("{}: expected names of folders such as {}, found none of them", file.string(),
                    folders.front()));
  return places;
}

}  // namespace gmattach
