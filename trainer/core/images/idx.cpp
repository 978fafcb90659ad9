// SPDX-License-Identifier: Apache-2.0
#include "core/images/idx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>
#include <stdexcept>
#include <string>

#include "core/files/atomic_file.hpp"
#include "core/images/data_file.hpp"

namespace gmtrain {
namespace {

constexpr uint32_t kUnsignedBytes = 0x0800;  // the type, above the number of dimensions
constexpr uint32_t kGzip = 0x1f8b;           // how compressed files begin

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

void append_big_endian(std::string& bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
}

struct Idx {
  std::vector<int64_t> shape;
  std::vector<uint8_t> values;
};

Idx read_idx(const std::filesystem::path& file, uint32_t dimensions) {
  InputFile in = open_data_file(file);
  std::string header(4 * (1 + dimensions), '\0');
  if (in.size() < header.size()) {
    throw in.error(
        fmt::format("expected an IDX header of {} bytes, found {}", header.size(), in.size()));
  }
  in.read(header.data(), header.size());
  const uint32_t magic = big_endian(header, 0);
  if (magic != (kUnsignedBytes | dimensions)) {
    throw in.error(fmt::format(
        "expected an IDX file of bytes in {} dimensions (magic {:#010x}), found {:#010x}{}",
        dimensions, kUnsignedBytes | dimensions, magic,
        magic >> 16 == kGzip ? ": it is still compressed, rename it to .gz and unpack it" : ""));
  }
  Idx idx;
  for (uint32_t d = 0; d < dimensions; ++d) idx.shape.push_back(big_endian(header, 4 * (1 + d)));
  // In floating point, since a broken header's product may be beyond 64 bits.
  const double expected =
      std::accumulate(idx.shape.begin(), idx.shape.end(), 1.0, std::multiplies<>());
  const size_t found = in.size() - header.size();
  if (expected != static_cast<double>(found)) {
    throw in.error(fmt::format("expected {:.0f} bytes after the header for shape [{}], found {}",
                               expected, fmt::join(idx.shape, ","), found));
  }
  if (found == 0 && idx.shape[0] > 0) {
    throw in.error(fmt::format("expected images of at least one pixel, found shape [{}]",
                               fmt::join(idx.shape, ",")));
  }
  idx.values.resize(found);
  in.read(idx.values.data(), found);
  return idx;
}

void write_idx(const std::filesystem::path& file, const std::vector<int64_t>& shape,
               const std::vector<uint8_t>& values) {
  std::string bytes;
  append_big_endian(bytes, kUnsignedBytes | static_cast<uint32_t>(shape.size()));
  for (const int64_t size : shape) append_big_endian(bytes, static_cast<uint32_t>(size));
  bytes.append(values.begin(), values.end());
  write_file(file, bytes);
}

}  // namespace

IdxImages read_idx_images(const std::filesystem::path& file) {
  Idx idx = read_idx(file, 3);
  return {idx.shape[0], idx.shape[1], idx.shape[2], std::move(idx.values)};
}

std::vector<uint8_t> read_idx_labels(const std::filesystem::path& file) {
  return read_idx(file, 1).values;
}

void write_idx_images(const std::filesystem::path& file, const IdxImages& images) {
  if (images.count * images.height * images.width != static_cast<int64_t>(images.pixels.size())) {
    throw std::invalid_argument(fmt::format("{}: expected pixels for shape [{},{},{}], found {}",
                                            file.string(), images.count, images.height,
                                            images.width, images.pixels.size()));
  }
  write_idx(file, {images.count, images.height, images.width}, images.pixels);
}

void write_idx_labels(const std::filesystem::path& file, const std::vector<uint8_t>& labels) {
  write_idx(file, {static_cast<int64_t>(labels.size())}, labels);
}

}  // namespace gmtrain
