// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

/// What `function` says when it throws an E; the test fails if it throws none.
template <class E, class F>
std::string message_of(F function) {
  try {
    function();
  } catch (const E& error) {
    return error.what();
  }
  BOOST_ERROR("expected an exception");
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
