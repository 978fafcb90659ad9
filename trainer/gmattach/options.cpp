// SPDX-License-Identifier: Apache-2.0
#include "gmattach/options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace gmattach {
namespace {

template <class T>
bool read(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

[[noreturn]] void fail(const char* expected, const std::string& got) {
  throw std::invalid_argument(fmt::format("expected {}, got {}", expected, got));
}

}  // namespace

std::pair<int64_t, int64_t> parse_size(const std::string& text) {
  const size_t cross = text.find('x');
  int64_t width = 0, height = 0;
  const bool is_size = cross != std::string::npos && read(text.substr(0, cross), width) &&
                       read(text.substr(cross + 1), height);
  const auto fits = [](int64_t side) { return side >= 1 && side <= 65535; };
  if (!is_size || !fits(width) || !fits(height)) fail("WIDTHxHEIGHT such as 224x224", text);
  return {width, height};
}

double parse_number(const std::string& text) {
  const size_t slash = text.find('/');
  double above = 0, below = 1;
  const bool is_number = read(text.substr(0, slash), above) &&
                         (slash == std::string::npos || read(text.substr(slash + 1), below));
  if (!is_number || below == 0 || !std::isfinite(above / below))
    fail("a number such as 0.5 or 1/255", text);
  return above / below;
}

std::vector<double> parse_numbers(const std::string& text) {
  std::vector<double> numbers;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) numbers.push_back(parse_number(part));
  if (numbers.empty() || text.back() == ',') fail("numbers with commas between", text);
  return numbers;
}

double parse_share(const std::string& text) {
  const double share = parse_number(text);
  if (!(share > 0 && share < 1)) fail("a number above 0 and below 1", text);
  return share;
}

OutlierFolder parse_outliers(const std::string& text) {
  const size_t equals = text.find('=');
  OutlierFolder outliers;
  outliers.folder = equals == std::string::npos ? text : text.substr(equals + 1);
  outliers.name = equals == std::string::npos ? name_of(outliers.folder) : text.substr(0, equals);
  if (outliers.name.empty() || outliers.folder.empty()) fail("NAME=FOLDER", text);
  return outliers;
}

std::string name_of(const std::filesystem::path& folder) {
  return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

}  // namespace gmattach
