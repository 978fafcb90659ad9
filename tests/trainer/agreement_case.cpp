// SPDX-License-Identifier: Apache-2.0
#include "trainer/agreement_case.hpp"

#include <string>

#include "core/files/atomic_file.hpp"

namespace gmtrain::test {

void write_npy(const std::filesystem::path& file, const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.to(torch::kCPU).contiguous();
  const bool wide = values.scalar_type() == torch::kDouble;
  TORCH_CHECK(wide || values.scalar_type() == torch::kFloat, "write_npy: float32 or float64 only");
  std::string shape;
  for (const int64_t extent : values.sizes()) shape += std::to_string(extent) + ",";
  std::string header = std::string("{'descr': '") + (wide ? "<f8" : "<f4") +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // Format 1.0: magic, version and length take 10 bytes, and the data start at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ').push_back('\n');
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes.push_back(static_cast<char>(header.size() & 0xFF));
  bytes.push_back(static_cast<char>(header.size() >> 8));
  bytes += header;
  bytes.append(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
  write_file(file, bytes);
}

void write_agreement_case(const std::filesystem::path& folder, const torch::Tensor& images,
                          const HeadOutputs& expected) {
  std::filesystem::create_directories(folder);
  write_npy(folder / "image.npy", images.to(torch::kFloat));
  for (size_t i = 0; i < kOutputNames.size(); ++i)
    write_npy(folder / (std::string(kOutputNames[i]) + ".npy"), expected.values[i]);
  write_npy(folder / "p_value_slack.npy", expected.p_value_slack);
  write_npy(folder / "features.npy", expected.features);
}

}  // namespace gmtrain::test
