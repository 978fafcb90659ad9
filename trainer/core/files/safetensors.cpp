// SPDX-License-Identifier: Apache-2.0
#include "core/files/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

namespace gmtrain {
namespace {

using json = nlohmann::json;

constexpr const char* kMetadata = "__metadata__";
constexpr size_t kLengthBytes = 8;

/// Bytes of an element of the type; 0 if there is none of that name.
size_t element_size(std::string_view type) {
  static const std::map<std::string_view, size_t> sizes{
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"U16", 2}, {"I16", 2}, {"F16", 2}, {"BF16", 2},
      {"U32", 4},  {"I32", 4}, {"F32", 4}, {"U64", 8}, {"I64", 8}, {"F64", 8}};
  const auto found = sizes.find(type);
  return found == sizes.end() ? 0 : found->second;
}

template <typename... T>
[[noreturn]] void fail(fmt::format_string<T...> message, T&&... values) {
  throw std::runtime_error(fmt::format(message, std::forward<T>(values)...));
}

/// As JSON writes it: on one line whatever it holds.
std::string as_json(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Stops at what the header cannot have: a name twice, of which one would be lost, and values
/// within values within values.
class HeaderGuard {
 public:
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
      if (depth >= kDeepest) fail("expected a header of fewer levels");
    }
    if (event == json::parse_event_t::object_start) names_[depth].clear();
    // A key lies a level below its object.
    if (event == json::parse_event_t::key &&
        !names_[depth - 1].insert(parsed.get<std::string>()).second) {
      fail("expected each name once, found {} twice", as_json(parsed));
    }
    return true;
  }

 private:
  static constexpr int kDeepest = 3;  ///< header, tensor, shape
  std::set<std::string> names_[kDeepest];
};

json parse_header(std::string_view text) {
  HeaderGuard guard;
  const json header = json::parse(
      text.begin(), text.end(),
      [&](int depth, json::parse_event_t event, json& parsed) {
        return guard(depth, event, parsed);
      },
      /*allow_exceptions=*/false);
  if (!header.is_object()) fail("expected a header that is an object in JSON");
  return header;
}

const json& member(const json& tensor, const char* name, const std::string& of) {
  const auto found = tensor.find(name);
  if (found == tensor.end()) fail("tensor {}: expected {}, found none", of, name);
  return *found;
}

/// @param limit no number is larger
std::vector<uint64_t> whole_numbers(const json& array, uint64_t limit, const std::string& where) {
  std::vector<uint64_t> numbers;
  if (!array.is_array()) fail("{}: expected an array, got {}", where, as_json(array));
  for (const json& element : array) {
    if (!element.is_number_unsigned() || element.get<uint64_t>() > limit) {
      fail("{}: expected whole numbers up to {}, got {}", where, limit, as_json(element));
    }
    numbers.push_back(element.get<uint64_t>());
  }
  return numbers;
}

/// @param limit the file has no more bytes
uint64_t product(const std::vector<uint64_t>& shape, uint64_t limit, const std::string& name) {
  uint64_t count = 1;
  for (const uint64_t size : shape) {
    if (size != 0 && count > limit / size)
      fail("tensor {}: expected at most {} elements, got more", name, limit);
    count *= size;
  }
  return count;
}

/// @param data all tensors' bytes
StoredTensor read_tensor(const std::string& name, const json& entry, std::string_view data) {
  const std::string shown = as_json(name);
  if (!entry.is_object() || entry.size() != 3)
    fail("tensor {}: expected dtype, shape and data_offsets alone", shown);
  StoredTensor tensor{name, "", {}, {}};
  const json& type = member(entry, "dtype", shown);
  if (type.is_string()) tensor.type = type.get<std::string>();
  const size_t element = element_size(tensor.type);
  if (element == 0)
    fail("tensor {}: expected a dtype such as \"F32\", got {}", shown, as_json(type));
  const auto shape = whole_numbers(member(entry, "shape", shown),
                                   std::numeric_limits<int64_t>::max(), "shape of " + shown);
  tensor.shape.assign(shape.begin(), shape.end());
  const auto range =
      whole_numbers(member(entry, "data_offsets", shown), data.size(), "data_offsets of " + shown);
  if (range.size() != 2 || range[0] > range[1])
    fail("data_offsets of {}: expected a begin and an end", shown);
  tensor.bytes = data.substr(range[0], range[1] - range[0]);
  const uint64_t bytes = product(shape, data.size(), shown) * element;
  if (bytes != tensor.bytes.size()) {
    fail("tensor {}: expected the {} bytes of its shape, got {}", shown, bytes,
         tensor.bytes.size());
  }
  if (tensor.type == "BOOL" && std::any_of(tensor.bytes.begin(), tensor.bytes.end(),
                                           [](char byte) { return byte != 0 && byte != 1; })) {
    fail("tensor {}: expected 0 or 1 in each byte", shown);
  }
  return tensor;
}

/// Every byte belongs to one tensor. @param tensors in the order of their bytes
void check_no_gaps(const std::vector<StoredTensor>& tensors, std::string_view data) {
  const char* end = data.data();
  for (const StoredTensor& tensor : tensors) {
    if (tensor.bytes.data() != end)
      fail("tensor {}: expected its bytes where those of the one before end", as_json(tensor.name));
    end += tensor.bytes.size();
  }
  const size_t held = static_cast<size_t>(end - data.data());
  if (held != data.size()) fail("expected {} bytes of tensors, got {}", held, data.size());
}

std::map<std::string, std::string> read_metadata(const json& entry) {
  std::map<std::string, std::string> metadata;
  if (!entry.is_object()) fail("{}: expected an object, got {}", kMetadata, as_json(entry));
  for (const auto& [name, value] : entry.items()) {
    if (!value.is_string())
      fail("{}: expected a string for {}, got {}", kMetadata, as_json(name), as_json(value));
    metadata[name] = value.get<std::string>();
  }
  return metadata;
}

}  // namespace

std::string to_safetensors(const SafeTensors& contents) {
  auto tensors = contents.tensors;
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const StoredTensor& a, const StoredTensor& b) {
                     return element_size(a.type) > element_size(b.type);
                   });
  json header = json::object();
  if (!contents.metadata.empty()) header[kMetadata] = contents.metadata;
  uint64_t end = 0;
  for (const StoredTensor& tensor : tensors) {
    const uint64_t begin = end;
    end += tensor.bytes.size();
    header[tensor.name] = {
        {"dtype", tensor.type}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string file;
  file.reserve(kLengthBytes + text.size() + end);
  for (size_t i = 0; i < kLengthBytes; ++i)
    file += static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i) & 0xff);
  file += text;
  for (const StoredTensor& tensor : tensors) file += tensor.bytes;
  return file;
}

SafeTensors parse_safetensors(std::string_view file) {
  if (file.size() < kLengthBytes) fail("expected at least 8 bytes, got {}", file.size());
  uint64_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i)
    length |= static_cast<uint64_t>(static_cast<unsigned char>(file[i])) << (8 * i);
  file.remove_prefix(kLengthBytes);
  if (length > file.size())
    fail("expected a header of {} bytes, got {} bytes after its length", length, file.size());
  const json header = parse_header(file.substr(0, length));
  const std::string_view data = file.substr(length);
  SafeTensors contents;
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) {
      contents.metadata = read_metadata(entry);
    } else {
      contents.tensors.push_back(read_tensor(name, entry, data));
    }
  }
  std::sort(contents.tensors.begin(), contents.tensors.end(),
            [](const StoredTensor& a, const StoredTensor& b) {
              return std::pair(a.bytes.data(), a.bytes.size()) <
                     std::pair(b.bytes.data(), b.bytes.size());
            });
  check_no_gaps(contents.tensors, data);
  return contents;
}

}  // namespace gmtrain
