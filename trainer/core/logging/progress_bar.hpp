// One line that shows how far a long job is.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace gmtrain {

/// On a terminal the line is rewritten a few times a second; elsewhere one line is printed at the
/// end.
class ProgressBar {
 public:
  /// @param total how many items there are @param label what is being done
  ProgressBar(std::ostream& out, int64_t total, std::string label);

  /// @param done items finished so far @param text shown behind the rate
  void update(int64_t done, const std::string& text);

  /// Leaves the final line standing.
  void finish(const std::string& text);

 private:
  std::string line(int64_t done, const std::string& text) const;

  std::ostream& out_;
  int64_t total_;
  std::string label_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, last_shown_;
};

}  // namespace gmtrain
