// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <stdexcept>

#include "core/faces/align.hpp"
#include "core/faces/align_folder.hpp"
#include "core/faces/detector.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {
namespace {

FindPoints points_from(const AlignArguments& arguments) {
  if (arguments.landmarks.empty() == arguments.detector.empty()) {
    throw std::runtime_error("expected either --landmarks or --detector");
  }
  if (!arguments.detector.empty()) {
    return [detector = std::make_shared<FaceDetector>(arguments.detector)](
               const std::string&, const cv::Mat& image) { return detector->find(image); };
  }
  return [known = read_landmarks(arguments.landmarks)](const std::string& name, const cv::Mat&) {
    const auto found = known.find(name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
  };
}

}  // namespace

void align_command(const AlignArguments& arguments) {
  const auto count =
      align_folder(arguments.images, arguments.out, arguments.size, points_from(arguments));
  log_info(fmt::format("aligned {} images into {}, left out {}", count.aligned,
                       arguments.out.string(), count.skipped));
}

}  // namespace gmtrain
