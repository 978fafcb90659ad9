// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gmtrain {

using Scalar = std::variant<bool, int64_t, double, std::string>;
struct Table {};
using Value = std::variant<Table, Scalar, std::vector<Scalar>>;

struct Entry {
  Value value;
  std::string location;  ///< "file:line", or "--set"
};

/// A recipe's tables and values by dotted path. The root table "" is always there.
using Entries = std::map<std::string, Entry>;

/// Throw RecipeError; see Recipe::load for what they accept.
Entries read_toml(std::string_view text, const std::string& source_name);
Entries read_override(const std::string& assignment);

/// Puts `from` over `into`: tables are merged, everything else replaces what stood there.
void merge(Entries& into, const Entries& from);

std::string to_toml(const Entries& entries);

/// One line of TOML; "a table" for a table.
std::string to_text(const Value& value);

/// "a.b" and "c" to "a.b.c"; the root's path is "".
std::string join_path(std::string_view parent, std::string_view key);

}  // namespace gmtrain
