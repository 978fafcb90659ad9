#pragma once

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

namespace gmtrain {

/// Levenshtein distance: the fewest insertions, deletions and substitutions from a to b.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  // row[j] = distance of a's first i characters to b's first j.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row[b.size()];
}

}  // namespace gmtrain
