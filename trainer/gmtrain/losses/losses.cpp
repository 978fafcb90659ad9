#include "gmtrain/losses/loss.hpp"
#include "gmtrain/registry.hpp"

namespace gmtrain {

std::shared_ptr<Loss> make_loss(Section options, const LossShape& shape) {
  static const Registry<LossFactory> registry{{"softmax", make_softmax},
                                              {"center", make_center},
                                              {"l_softmax", make_l_softmax},
                                              {"lgm", make_lgm}};
  return registry.choose(options, "name", "loss function")(options, shape);
}

}  // namespace gmtrain
