// SPDX-License-Identifier: Apache-2.0
#include "core/images/image_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <random>
#include <set>
#include <stdexcept>

#include "core/files/json_text.hpp"
#include "core/images/data_file.hpp"
#include "core/images/shuffle.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

/// Sorted names of what lies in a folder and passes the test.
template <class Test>
std::vector<std::string> names_in(const fs::path& folder, Test test) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    if (name[0] != '.' && test(entry)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Links that lead nowhere, or to themselves, are not passed over: a class would be.
bool is_class(const fs::directory_entry& entry) {
  std::error_code error;
  const auto type = entry.status(error).type();
  const bool leads_nowhere =
      type == fs::file_type::not_found || error == std::errc::too_many_symbolic_link_levels;
  if (leads_nowhere || error) {
    throw std::runtime_error(
        fmt::format("{}: expected a class folder, found {}", entry.path().string(),
                    leads_nowhere ? "a link that leads nowhere" : error.message()));
  }
  if (type != fs::file_type::directory) return false;
  const std::string name = entry.path().filename().string();
  if (!is_utf8(name) || name.find_first_of("\r\n") != std::string::npos) {
    throw std::runtime_error(
        fmt::format("{}: expected class folders with names of one line in UTF-8, found {}",
                    entry.path().parent_path().string(), in_quotes(name)));
  }
  return true;
}

bool is_image(const fs::directory_entry& entry) {
  static const std::set<std::string> extensions{".jpg", ".jpeg", ".png", ".bmp",  ".pgm", ".ppm",
                                                ".pbm", ".pnm",  ".tif", ".tiff", ".webp"};
  std::string extension = entry.path().extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::error_code ignored;
  return extensions.count(extension) > 0 && !entry.is_directory(ignored);
}

}  // namespace

std::vector<std::string> class_folders(const fs::path& folder) {
  auto names = names_in(folder, is_class);
  if (names.empty()) {
    throw std::runtime_error(fmt::format("{}: expected a folder for each class, found {}",
                                         folder.string(), names_for_message(folder)));
  }
  return names;
}

std::vector<ImageFile> list_images(const fs::path& folder, const std::vector<std::string>& classes,
                                   bool of_every_class) {
  const std::set<std::string> known(classes.begin(), classes.end());
  for (const std::string& name : class_folders(folder)) {
    if (known.count(name) == 0) {
      throw std::runtime_error(fmt::format("{}: expected folders of the {} classes only, found {}",
                                           folder.string(), classes.size(), name));
    }
  }
  std::vector<ImageFile> files;
  for (size_t label = 0; label < classes.size(); ++label) {
    const fs::path class_folder = folder / classes[label];
    if (!fs::is_directory(class_folder)) {
      if (!of_every_class) continue;
      throw std::runtime_error(fmt::format(
          "{}: expected a folder of the class's images, found none", class_folder.string()));
    }
    const auto names = names_in(class_folder, is_image);
    if (names.empty() && of_every_class) {
      throw std::runtime_error(
          fmt::format("{}: expected images, found none", class_folder.string()));
    }
    for (const std::string& name : names) {
      files.push_back({(class_folder / name).string(), static_cast<int64_t>(label)});
    }
  }
  return files;
}

std::vector<std::string> find_images(const fs::path& folder) {
  std::vector<std::string> images;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (is_image(entry)) images.push_back(fs::relative(entry.path(), folder).generic_string());
  }
  std::sort(images.begin(), images.end());
  return images;
}

ImageFileSplit split_by_class(const std::vector<ImageFile>& files, double test_share,
                              int64_t seed) {
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  ImageFileSplit split;
  for (size_t first = 0, last; first < files.size(); first = last) {
    last = first;
    while (last < files.size() && files[last].label == files[first].label) ++last;
    const auto count = static_cast<int64_t>(last - first);
    if (count < 2) {
      throw std::runtime_error(
          fmt::format("{}: expected at least two images, to train and to test, found one",
                      fs::path(files[first].path).parent_path().string()));
    }
    const auto share = std::llround(test_share * static_cast<double>(count));
    const auto tested = std::clamp<int64_t>(share, 1, count - 1);
    std::vector<char> chosen(count, 0);
    std::fill_n(chosen.begin(), tested, char{1});
    shuffle(chosen, random);
    for (int64_t i = 0; i < count; ++i) {
      (chosen[i] ? split.test : split.train).push_back(files[first + i]);
    }
  }
  return split;
}

}  // namespace gmtrain
