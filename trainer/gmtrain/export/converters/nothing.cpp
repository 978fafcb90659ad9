// SPDX-License-Identifier: Apache-2.0
// Calls that an image in evaluation mode passes unchanged.
#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

void nothing(const AtenCall& call) {
  call.finish_as(call.value(call.is_given("input") ? "input" : "self"));
}

/// The graph has one type throughout.
void cast(const AtenCall& call) {
  const auto from = call.type("self"), to = call.output_type();
  if (from != to) call.refuse(c10::str("a conversion has no form, here from ", from, " to ", to));
  nothing(call);
}

void dropout(const AtenCall& call) {
  call.require(!call.flag("train"), "dropout is on in evaluation mode");
  nothing(call);
}

const Registered<AtenConverter> registered_aten_alias("aten::alias", nothing);
const Registered<AtenConverter> registered_aten_clone("aten::clone", nothing);
const Registered<AtenConverter> registered_aten_contiguous("aten::contiguous", nothing);
const Registered<AtenConverter> registered_aten_detach("aten::detach", nothing);
const Registered<AtenConverter> registered_aten_dropout("aten::dropout", dropout);
const Registered<AtenConverter> registered_aten_feature_dropout("aten::feature_dropout", dropout);
const Registered<AtenConverter> registered_aten_to("aten::to", cast);

}  // namespace
}  // namespace gmtrain
