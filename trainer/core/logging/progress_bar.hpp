// SPDX-License-Identifier: Apache-2.0
// One line that shows how far a long job is.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace gmtrain {

struct ProgressBarOptions {
  std::optional<bool> terminal;   ///< whether lines can be rewritten; asked of the stream if empty
  int64_t percent_per_line = 25;  ///< elsewhere: at most one line for so many percent
  double window = 10;             ///< seconds over which the rate is taken
  std::function<double()> seconds;  ///< the clock; steady_clock if empty
};

/// "label [=====     ] 3200/12800  850 images/s  0:11 left  text". On a terminal the line is
/// rewritten a few times a second; elsewhere plain lines are printed, and always one at the end.
class ProgressBar {
 public:
  /// @param total  how many images there are
  /// @param label  what is being done
  ProgressBar(std::ostream& out, int64_t total, std::string label, ProgressBarOptions options = {});

  /// An unfinished line on a terminal is ended, for an error message to start on its own.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// @param done  images finished so far
  /// @param text  shown behind the rate: loss, error
  void update(int64_t done, const std::string& text);

  /// Leaves the final line standing, with the mean rate and the time it took.
  void finish(const std::string& text);

 private:
  void show(int64_t done, double rate, const std::string& time, const std::string& text);
  double recent_rate() const;

  std::ostream& out_;
  int64_t total_;
  std::string label_;
  ProgressBarOptions options_;
  std::deque<std::pair<double, int64_t>> recent_;  ///< (seconds, done) within the window
  double start_, last_shown_;
  int64_t next_line_;  ///< images at which the next plain line is due
  bool open_ = false;  ///< a line stands unfinished on the terminal
};

}  // namespace gmtrain
