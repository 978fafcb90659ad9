// SPDX-License-Identifier: Apache-2.0
#include "core/logging/metrics_log.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files/atomic_file.hpp"

namespace gmtrain {
namespace {

/// The lines of the log that belong to steps up to `last_step`.
std::string kept_lines(const std::filesystem::path& file, int64_t last_step) {
  if (last_step < 0 || !std::filesystem::exists(file)) return "";
  std::istringstream lines(read_file(file));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    const bool has_step =
        record.is_object() && record.contains("step") && record["step"].is_number_integer();
    if (has_step && record["step"].get<int64_t>() <= last_step) kept += line + "\n";
  }
  return kept;
}

/// @return the file
const std::filesystem::path& begun(const std::filesystem::path& file, int64_t keep_up_to_step) {
  write_file(file, kept_lines(file, keep_up_to_step));
  return file;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& file, int64_t keep_up_to_step)
    : file_(begun(file, keep_up_to_step)) {}

void MetricsLog::write(int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  nlohmann::ordered_json record{{"step", step}};
  for (const auto& [name, value] : values) record[name] = value;
  file_.append(record.dump() + '\n');
}

}  // namespace gmtrain
