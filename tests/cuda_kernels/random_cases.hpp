// SPDX-License-Identifier: Apache-2.0
// How many cases a suite draws, and the largest error that it met of each kind.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace gm_test {

/// How many random cases a suite draws: 200, or GM_CASES where a tool makes each of them slow.
inline unsigned random_cases() {
  const char* cases = std::getenv("GM_CASES");
  return cases ? static_cast<unsigned>(std::stoul(cases)) : 200;
}

class WorstErrors {
 public:
  static WorstErrors& instance() {
    static WorstErrors all;
    return all;
  }

  /// @param kind what was compared, in which type and form
  /// @param where shape of the case
  void note(const std::string& kind, double error, const std::string& where) {
    auto& worst = worst_[kind];
    if (worst.where.empty() || !(error <= worst.error)) worst = {error, where};
  }

  /// Prints them as lines of JSON where GM_WORST_ERRORS is set.
  ~WorstErrors() {
    if (!std::getenv("GM_WORST_ERRORS")) return;
    for (const auto& [kind, worst] : worst_) {
      std::printf(R"({"kind": "%s", "worst error": "%.2g", "N x K x D": "%s"})"
                  "\n",
                  kind.c_str(), worst.error, worst.where.c_str());
    }
  }

 private:
  struct Worst {
    double error = 0;
    std::string where;
  };
  std::map<std::string, Worst> worst_;
};

}  // namespace gm_test
