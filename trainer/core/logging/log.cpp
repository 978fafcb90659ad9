// SPDX-License-Identifier: Apache-2.0
#include "core/logging/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <iostream>
#include <opencv2/dnn_gm.hpp>

namespace gmtrain {
namespace {

std::shared_ptr<spdlog::logger> make_logger(std::shared_ptr<spdlog::logger> logger,
                                            const std::string& pattern) {
  logger->set_pattern(pattern);
  logger->flush_on(spdlog::level::info);
  return logger;
}

}  // namespace

void log_info(const std::string& line) {
  static const auto logger = make_logger(spdlog::stdout_color_mt("gmtrain.info"), "%v");
  logger->info("{}", line);
}

void log_warning(const std::string& line) {
  static const auto logger = make_logger(spdlog::stderr_color_mt("gmtrain.warning"), "%^%l%$: %v");
  logger->warn("{}", line);
}

bool output_arrived() {
  std::cout.flush();
  return std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

std::string first_line(const std::string& message) {
  return cv::dnn_gm::oneLine(message);
}

}  // namespace gmtrain
