// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "core/recipe/check.hpp"
#include "core/recipe/toml_values.hpp"

namespace gmtrain {

template <class T>
struct ElementOf {
  using type = T;
};
template <class T>
struct ElementOf<std::vector<T>> {
  using type = T;
};
template <class T>
constexpr bool kIsList = !std::is_same_v<typename ElementOf<T>::type, T>;

/// "integer", "list of numbers", …
template <class T>
std::string type_name() {
  using E = typename ElementOf<T>::type;
  const std::string name = std::is_same_v<E, bool>          ? "boolean"
                           : std::is_same_v<E, int64_t>     ? "integer"
                           : std::is_same_v<E, std::string> ? "string"
                                                            : "number";
  return kIsList<T> ? "list of " + name + "s" : name;
}

/// Whether the value is a T, or holds integers where T wants numbers; then it is in `to`.
template <class E>
bool read_value(const Scalar& from, E& to) {
  if constexpr (std::is_same_v<E, double>) {
    if (const auto* integer = std::get_if<int64_t>(&from)) {
      to = static_cast<double>(*integer);
      return true;
    }
  }
  const auto* value = std::get_if<E>(&from);
  if (value) to = *value;
  return value != nullptr;
}

template <class T>
bool read_value(const Value& from, T& to) {
  if constexpr (kIsList<T>) {
    const auto* list = std::get_if<std::vector<Scalar>>(&from);
    if (!list) return false;
    to.resize(list->size());
    return std::equal(list->begin(), list->end(), to.begin(),
                      [](const Scalar& scalar, auto& x) { return read_value(scalar, x); });
  } else {
    const auto* scalar = std::get_if<Scalar>(&from);
    return scalar && read_value(*scalar, to);
  }
}

template <class T>
Value to_value(const T& value) {
  if constexpr (kIsList<T>) {
    return std::vector<Scalar>(value.begin(), value.end());
  } else {
    return Scalar(value);
  }
}

/// Throws std::logic_error for a check that is not for a T.
template <class T>
bool passes(const Check& check, const T& value) {
  if constexpr (kIsList<T>) {
    return std::all_of(value.begin(), value.end(), [&](const auto& x) { return passes(check, x); });
  } else {
    if (check.text.empty()) return true;
    if constexpr (std::is_same_v<T, std::string>) {
      if (check.string) return check.string(value);
    } else if constexpr (!std::is_same_v<T, bool>) {
      if (check.number) return check.number(static_cast<double>(value));
    }
    throw std::logic_error(fmt::format("\"{}\" is no check for a {}", check.text, type_name<T>()));
  }
}

}  // namespace gmtrain
