#include "core/logging/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

namespace gmtrain {
namespace {

using Clock = std::chrono::steady_clock;

bool is_terminal(const std::ostream& out) {
  return (&out == &std::cerr && ::isatty(STDERR_FILENO)) ||
         (&out == &std::cout && ::isatty(STDOUT_FILENO));
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar(std::ostream& out, int64_t total, std::string label)
    : out_(out),
      total_(total),
      label_(std::move(label)),
      terminal_(is_terminal(out)),
      start_(Clock::now()),
      last_shown_(start_) {}

std::string ProgressBar::line(int64_t done, const std::string& text) const {
  constexpr int kWidth = 24;
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done) / elapsed : 0;
  const auto filled = static_cast<size_t>(total_ > 0 ? kWidth * done / total_ : kWidth);
  const std::string time =
      done < total_
          ? (rate > 0 ? clock_time(static_cast<double>(total_ - done) / rate) : "?") + " left"
          : clock_time(elapsed);
  return fmt::format("{} [{:<{}}] {}/{}  {:.0f}/s  {}  {}", label_, std::string(filled, '='),
                     kWidth, done, total_, rate, time, text);
}

void ProgressBar::update(int64_t done, const std::string& text) {
  if (!terminal_ || Clock::now() - last_shown_ < std::chrono::milliseconds(200)) return;
  last_shown_ = Clock::now();
  out_ << '\r' << line(done, text) << "\x1b[K" << std::flush;
}

void ProgressBar::finish(const std::string& text) {
  out_ << (terminal_ ? "\r" : "") << line(total_, text) << (terminal_ ? "\x1b[K" : "") << std::endl;
}

}  // namespace gmtrain
