// SPDX-License-Identifier: Apache-2.0
// The format of checkpoints: named tensors and strings. What a training makes of them is LibTorch's
// and not here.
#include <stdexcept>

#include "core/files/safetensors.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  read_or_refuse<std::runtime_error>([&] {
    const gmtrain::SafeTensors read = gmtrain::parse_safetensors(file);
    for (const gmtrain::StoredTensor& tensor : read.tensors) {
      hold(
          tensor.bytes.empty() || (tensor.bytes.data() >= file.data() &&
                                   tensor.bytes.data() + tensor.bytes.size() <= file.data() + size),
          "a tensor lies within the file");
    }
    const std::string written = gmtrain::to_safetensors(read);
    hold(gmtrain::to_safetensors(gmtrain::parse_safetensors(written)) == written,
         "what was written reads back");
  });
  return 0;
}
