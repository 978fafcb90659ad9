// SPDX-License-Identifier: Apache-2.0
#include "core/images/data_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

/// What to do about a file that is not there.
std::string instead_of(const fs::path& file) {
  if (fs::is_directory(file)) return "expected a file, found a folder of that name";
  const fs::path packed = file.string() + ".gz";
  if (fs::is_regular_file(packed)) {
    return fs::is_empty(packed)
               ? fmt::format("no such file; {} beside it is empty: fetch it again and unpack it",
                             packed.filename().string())
               : fmt::format("no such file; {} beside it has to be unpacked (gunzip)",
                             packed.filename().string());
  }
  if (!fs::is_directory(file.parent_path())) return "no such file, nor its folder";
  return fmt::format("no such file; its folder holds {}", names_for_message(file.parent_path()));
}

}  // namespace

InputFile open_data_file(const fs::path& file) {
  std::error_code ignored;
  const auto type = fs::status(file, ignored).type();
  if (type == fs::file_type::not_found || type == fs::file_type::directory) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), instead_of(file)));
  }
  return InputFile(file);
}

std::string names_for_message(const fs::path& folder) {
  constexpr size_t kMost = 8;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    if (name[0] != '.') names.push_back(std::move(name));
  }
  if (names.empty()) return "nothing";
  std::sort(names.begin(), names.end());
  const size_t left_out = names.size() - std::min(names.size(), kMost);
  names.resize(names.size() - left_out);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     left_out > 0 ? fmt::format(" and {} more", left_out) : "");
}

}  // namespace gmtrain
