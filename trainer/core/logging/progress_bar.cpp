// SPDX-License-Identifier: Apache-2.0
#include "core/logging/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>

namespace gmtrain {
namespace {

constexpr double kSecondsPerRewrite = 0.2;

double steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

bool is_terminal(const std::ostream& out) {
  return (&out == &std::cerr && ::isatty(STDERR_FILENO)) ||
         (&out == &std::cout && ::isatty(STDOUT_FILENO));
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar(std::ostream& out, int64_t total, std::string label,
                         ProgressBarOptions options)
    : out_(out),
      total_(std::max<int64_t>(total, 1)),
      label_(std::move(label)),
      options_(std::move(options)),
      next_line_(total_ * options_.percent_per_line / 100) {
  if (!options_.terminal) options_.terminal = is_terminal(out);
  if (!options_.seconds) options_.seconds = steady_seconds;
  start_ = last_shown_ = options_.seconds();
  recent_.emplace_back(start_, 0);
}

ProgressBar::~ProgressBar() {
  if (open_) out_ << std::endl;
}

void ProgressBar::update(int64_t done, const std::string& text) {
  const double now = options_.seconds();
  recent_.emplace_back(now, done);
  while (recent_.size() > 2 && recent_[1].first <= now - options_.window) recent_.pop_front();

  const bool due =
      *options_.terminal ? now - last_shown_ >= kSecondsPerRewrite : done >= next_line_;
  if (!due || done >= total_) return;
  last_shown_ = now;
  const int64_t percent = 100 * done / total_ / options_.percent_per_line + 1;
  next_line_ = total_ * percent * options_.percent_per_line / 100;
  const double rate = recent_rate();
  const double left = static_cast<double>(total_ - done) / rate;
  show(done, rate, rate > 0 ? clock_time(left) + " left" : "? left", text);
}

void ProgressBar::finish(const std::string& text) {
  const double took = options_.seconds() - start_;
  show(total_, took > 0 ? static_cast<double>(total_) / took : 0, clock_time(took), text);
  out_ << std::endl;
  open_ = false;
}

double ProgressBar::recent_rate() const {
  const auto [first_time, first_done] = recent_.front();
  const auto [last_time, last_done] = recent_.back();
  if (last_time <= first_time) return 0;
  return static_cast<double>(last_done - first_done) / (last_time - first_time);
}

void ProgressBar::show(int64_t done, double rate, const std::string& time,
                       const std::string& text) {
  constexpr int64_t kWidth = 24;
  const std::string bar(static_cast<size_t>(kWidth * done / total_), '=');
  const std::string line = fmt::format("{} [{:<{}}] {}/{}  {:.0f} images/s  {}  {}", label_, bar,
                                       kWidth, done, total_, rate, time, text);
  if (*options_.terminal) {
    out_ << '\r' << line << "\x1b[K" << std::flush;
    open_ = true;
  } else {
    out_ << line;
    if (done < total_) out_ << std::endl;
  }
}

}  // namespace gmtrain
