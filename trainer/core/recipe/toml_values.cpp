// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/toml_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/recipe/recipe.hpp"

namespace gmtrain {
namespace {

constexpr std::string_view override_source = "--set";
constexpr std::string_view key_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

std::string location(const std::string& source_name, const toml::source_region& region) {
  if (source_name == override_source) return source_name;
  return fmt::format("{}:{}", source_name, region.begin.line);
}

/// Where the string that begins at `at` has its last character, or its line if it does not end.
size_t end_of_string(std::string_view text, size_t at) {
  const std::string quote(1, text[at]), three(3, text[at]);
  const bool lines = text.substr(at, 3) == three;
  for (size_t end = at + (lines ? 3 : 1); end < text.size(); ++end) {
    if (quote == "\"" && text[end] == '\\') {
      ++end;
    } else if (lines && text.substr(end, 3) == three) {
      // Two more may stand before the three that end it.
      return std::min(text.find_first_not_of(quote, end), end + 5) - 1;
    } else if (!lines && (text[end] == quote[0] || text[end] == '\n')) {
      return text[end] == '\n' ? end - 1 : end;
    }
  }
  return text.size() - 1;
}

/// Of what toml++ does not survive: it calls itself for each table in a table, so that a dotted key
/// of 50 000 parts ends the stack; and a header that no key follows ends in an assertion.
void check_before_parsing(std::string_view text, const std::string& source_name) {
  constexpr int64_t kMostDepth = 32;
  size_t at = 0;
  const auto check = [&](bool good, const char* what) {
    if (good) return;
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<int64_t>(at), '\n');
    throw RecipeError(source_name == override_source
                          ? fmt::format("{}: {}", source_name, what)
                          : fmt::format("{}:{}: {}", source_name, line, what));
  };
  int64_t brackets = 0, dots = 0;
  bool line_begins = true;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '#') at = std::min(text.find('\n', at), text.size()) - 1;
    if (c == '"' || c == '\'') at = end_of_string(text, at);
    if (c == '[' && line_begins && brackets == 0) {
      const size_t key = text.find_first_not_of(" \t", at + (text.substr(at, 2) == "[[" ? 2 : 1));
      check(key == text.npos || (std::string(key_characters) + "\"']").find(text[key]) != text.npos,
            "expected a table's name after [");
    }
    if (c == '[' || c == '{') ++brackets;
    if (c == ']' || c == '}') --brackets;
    const bool separates = std::string_view("=,[]{}\n").find(c) != std::string_view::npos;
    dots = c == '.' ? dots + 1 : separates ? 0 : dots;
    check(brackets <= kMostDepth && dots <= kMostDepth,
          "expected at most 32 tables in one another");
    line_begins = c == '\n' || (line_begins && (c == ' ' || c == '\t'));
  }
}

/// Control characters, which may come from the text, become spaces: messages are of one line.
std::string on_one_line(std::string message) {
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return message;
}

toml::table parse_toml(std::string_view text, const std::string& source_name) {
  check_before_parsing(text, source_name);
  try {
    return toml::parse(text, source_name);
  } catch (const toml::parse_error& e) {
    throw RecipeError(fmt::format("{}: {}", location(source_name, e.source()),
                                  on_one_line(std::string(e.description()))));
  }
}

Scalar to_scalar(const toml::node& node, const std::string& where) {
  if (const auto* x = node.as_boolean()) return x->get();
  if (const auto* x = node.as_integer()) return x->get();
  if (const auto* x = node.as_string()) return x->get();
  if (const auto* x = node.as_floating_point()) {
    if (std::isfinite(x->get())) return x->get();
    throw RecipeError(fmt::format("{}: expected a finite number, found {}", where, x->get()));
  }
  std::ostringstream found;
  found << node.type();
  throw RecipeError(fmt::format(
      "{}: expected a boolean, number or string, or a list of them, found {}", where, found.str()));
}

Value to_value(const toml::node& node, const std::string& where) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return to_scalar(node, where);
  std::vector<Scalar> list;
  for (const toml::node& element : *array) list.push_back(to_scalar(element, where));
  return list;
}

void flatten(const toml::table& table, const std::string& path, const std::string& source_name,
             Entries& entries) {
  for (const auto& [key, node] : table) {
    const std::string key_path = join_path(path, key.str());
    const std::string place = location(source_name, key.source());
    const std::string where = place + ": " + key_path;
    if (key.str().empty() ||
        key.str().find_first_not_of(key_characters) != std::string_view::npos) {
      throw RecipeError(on_one_line(where) + ": expected a key of letters, digits, '_' and '-'");
    }
    if (const toml::table* inner = node.as_table()) {
      entries[key_path] = {Table{}, place};
      flatten(*inner, key_path, source_name, entries);
    } else {
      entries[key_path] = {to_value(node, where), place};
    }
  }
}

/// The shortest digits that read back as the same number, and as a number with a fraction.
std::string number_text(double number) {
  const std::string digits = fmt::format("{}", number);
  return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
}

std::string scalar_text(const Scalar& scalar) {
  if (const auto* number = std::get_if<double>(&scalar)) return number_text(*number);
  std::ostringstream text;
  const auto flags =
      toml::toml_formatter::default_flags & ~toml::format_flags::allow_literal_strings;
  std::visit([&](const auto& x) { text << toml::toml_formatter{toml::value{x}, flags}; }, scalar);
  return text.str();
}

std::string list_text(const std::vector<Scalar>& list) {
  std::vector<std::string> texts;
  for (const Scalar& scalar : list) texts.push_back(scalar_text(scalar));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

bool is_toml(const std::string& text) {
  try {
    const toml::table parsed = parse_toml(text, std::string(override_source));
    return true;
  } catch (const RecipeError&) {
    return false;
  }
}

void erase_tree(Entries& entries, const std::string& path) {
  for (auto it = entries.lower_bound(path); it != entries.end();) {
    const bool inside = it->first == path || it->first.rfind(path + ".", 0) == 0;
    it = inside ? entries.erase(it) : std::next(it);
  }
}

}  // namespace

std::string join_path(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

Entries read_toml(std::string_view text, const std::string& source_name) {
  Entries entries;
  entries[""] = {Table{}, source_name};
  flatten(parse_toml(text, source_name), "", source_name, entries);
  return entries;
}

Entries read_override(const std::string& assignment) {
  const std::string source(override_source);
  const auto equals = std::min(assignment.find('='), assignment.size());
  const std::string key = assignment.substr(0, equals);
  const std::string value = assignment.substr(std::min(equals + 1, assignment.size()));
  if (value.empty() || value.find('\n') != std::string::npos ||
      key.find_first_not_of(std::string(key_characters) + ".") != std::string::npos) {
    throw RecipeError(fmt::format("{}: expected key.path=value, found \"{}\"", source, assignment));
  }
  // What starts like a TOML string, list or table is meant as one: its syntax errors are shown.
  const std::string text = key + " = " + value;
  const bool bare_word = std::string_view("\"'[{").find(value[0]) == std::string_view::npos;
  if (bare_word && !is_toml(text)) return read_toml(key + " = " + scalar_text(value), source);
  return read_toml(text, source);
}

void merge(Entries& into, const Entries& from) {
  for (const auto& [path, entry] : from) {
    const auto old = into.find(path);
    const bool both_tables = old != into.end() &&
                             std::holds_alternative<Table>(old->second.value) &&
                             std::holds_alternative<Table>(entry.value);
    if (both_tables) {
      if (entry.location != override_source) old->second.location = entry.location;
      continue;
    }
    erase_tree(into, path);
    into[path] = entry;
  }
}

std::string to_toml(const Entries& entries) {
  // A table's own values come before the tables below it, as TOML wants.
  std::map<std::string, std::string> tables;
  for (const auto& [path, entry] : entries) {
    if (std::holds_alternative<Table>(entry.value)) {
      tables[path];  // also if it is empty: [verification] alone asks for something
      continue;
    }
    const auto dot = path.rfind('.');
    const std::string table = dot == std::string::npos ? "" : path.substr(0, dot);
    const std::string key = dot == std::string::npos ? path : path.substr(dot + 1);
    tables[table] += fmt::format("{} = {}\n", key, to_text(entry.value));
  }
  std::string text;
  for (const auto& [table, lines] : tables) {
    text += table.empty() ? lines : fmt::format("\n[{}]\n{}", table, lines);
  }
  return text;
}

std::string to_text(const Value& value) {
  if (const auto* scalar = std::get_if<Scalar>(&value)) return scalar_text(*scalar);
  if (const auto* list = std::get_if<std::vector<Scalar>>(&value)) return list_text(*list);
  return "a table";
}

}  // namespace gmtrain
