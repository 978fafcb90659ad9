#include "gmtrain/attacks/pgd_options.hpp"

namespace gmtrain {

PgdOptions PgdOptions::read(Section section) {
  PgdOptions options;
  options.steps = section.get<int64_t>("steps", 40, "gradient steps of an attack", at_least(1));
  options.restarts =
      section.get<int64_t>("restarts", 1, "attempts of which the best is kept", at_least(1));
  options.step_size = section.get<double>(
      "step_size", 0, "in units of the pixel range; 0 is 2.5 epsilon / steps", at_least(0));
  options.norm = section.get<std::string>("norm", "inf", "of the change that epsilon bounds",
                                          one_of({"inf", "2"})) == "inf"
                     ? Norm::inf
                     : Norm::two;
  options.random_start =
      section.get<bool>("random_start", true, "whether to start anywhere within the bound");
  options.seed = section.get<int64_t>("seed", 0, "of the random starts", at_least(0));
  return options;
}

}  // namespace gmtrain
