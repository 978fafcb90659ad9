// SPDX-License-Identifier: Apache-2.0
// The file format safetensors: named tensors and strings, and nothing that could run. After eight
// bytes that hold its length stands a header in JSON, after it the tensors' bytes without a gap.
// https://github.com/huggingface/safetensors#format
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gmtrain {

struct StoredTensor {
  std::string name;
  std::string type;  ///< of the elements, as the format calls it: "F32", "I64"
  std::vector<int64_t> shape;
  std::string_view bytes;  ///< little-endian, the last index runs fastest
};

struct SafeTensors {
  std::vector<StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// @return the bytes of a file. Tensors of larger elements come first, so that each is aligned,
/// else
///         in the order given. Views of `contents` need to last only until then.
std::string to_safetensors(const SafeTensors& contents);

/// @return tensors in the order of their bytes, which are views of `file`
/// @throws std::runtime_error saying what was expected, where `file` is not in the format, two
///         tensors have one name, or sizes do not fit each other and the file's
SafeTensors parse_safetensors(std::string_view file);

}  // namespace gmtrain
