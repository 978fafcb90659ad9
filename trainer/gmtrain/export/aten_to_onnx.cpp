// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/export/aten_to_onnx.hpp"

#include <stdexcept>

#include "gmtrain/export/converter.hpp"

namespace gmtrain {

void convert(const AtenCall& call, const std::string& aten_op) {
  if (!Registry<AtenConverter>::has(aten_op)) {
    throw std::runtime_error("export: no ONNX form for " + aten_op +
                             "; add a converter to gmtrain/export/converters/");
  }
  Registry<AtenConverter>::at(aten_op)(call);
}

}  // namespace gmtrain
