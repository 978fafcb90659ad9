// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/calibrate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/files/folder_lock.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {
namespace {

constexpr size_t kNamed = 20;  ///< classes that a line names

/// "8 (120), 9 (35)", and of no more classes than a line holds.
std::string names_of(const std::vector<int64_t>& classes, const TrainedRun& run,
                     const CalibrationResult& result) {
  std::vector<std::string> names;
  for (const int64_t k : classes) {
    if (names.size() == kNamed) break;
    names.push_back(fmt::format("{} ({})", run.data.labels.at(k), result.class_images.at(k)));
  }
  const size_t more = classes.size() - names.size();
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

/// What pooling means for whoever reads the p-values.
void log_pool(const TrainedRun& run, const CalibrationResult& result, int64_t group) {
  const Calibration& calibration = result.calibration;
  const auto classes = calibration.classes_of(group);
  const bool all = calibration.groups.size() == 1;
  if (run.calibration.how.kind == Calibration::Kind::shared || (!all && classes.size() < 2)) return;
  const std::string who =
      all ? "all classes are"
          : fmt::format("classes (images) {} are", names_of(classes, run, result));
  log_info(fmt::format(
      "{} ranked together, among {} images, since one or more have fewer than "
      "{} of their own: false-reject rates hold for them as a whole, not for each class",
      who, calibration.groups[group].size, run.calibration.how.class_images));
}

void log_groups(const TrainedRun& run, const CalibrationResult& result) {
  const Calibration& calibration = result.calibration;
  const double rate = 1 - run.calibration.accept_rate;
  // What is extreme in energy or doubt alone has one sample at least as strange beside itself.
  const int64_t least_rank = calibration.by == Calibration::By::distance ? 1 : 2;
  for (size_t i = 0; i < calibration.groups.size(); ++i) {
    const auto group = static_cast<int64_t>(i);
    log_pool(run, result, group);
    if (rate == 0) continue;
    const int64_t images = calibration.groups[i].size;
    // A hair's breadth for 1 - 0.99, which is more than 0.01 in floating point.
    if (static_cast<double>(1 + images) * rate > static_cast<double>(least_rank) + 1e-9) continue;
    const auto classes = calibration.classes_of(group);
    log_warning(fmt::format(
        "{}: with {} images the least p-value of what is merely far is {}/{}: it is not refused "
        "at the false-reject rate {:.3g}",
        classes.empty() ? "all classes" : "classes (images) " + names_of(classes, run, result),
        images, least_rank, 1 + images, rate));
  }
}

void log_risks(const Calibration& calibration) {
  for (const auto& [risk, confidence] : calibration.risks) {
    log_info(confidence < 1
                 ? fmt::format("with a posterior above {:.9g} at most {:.3g} % are wrong",
                               confidence, 100 * risk)
                 : fmt::format("no posterior shows that at most {:.3g} % are wrong", 100 * risk));
  }
}

}  // namespace

void calibrate_command(const RunArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  const FolderLock lock(run.folder.path);
  const auto result = calibrate(run);
  result.calibration.save(run.folder.calibration());
  log_info(fmt::format("calibrated on {}, error on them {:.2f} %", result.calibration.calibrated_on,
                       result.held_out_error));
  log_groups(run, result);
  log_risks(result.calibration);
}

}  // namespace gmtrain
