#include "gmtrain/networks/network.hpp"
#include "gmtrain/registry.hpp"

namespace gmtrain {

std::shared_ptr<Network> make_network(Section options, const ImageShape& input) {
  static const Registry<NetworkFactory> registry{{"conv6", make_conv6},
                                                 {"face27", make_face27},
                                                 {"resnet", make_resnet},
                                                 {"resnet_cifar", make_resnet_cifar},
                                                 {"vgg13", make_vgg13}};
  return registry.choose(options, "name", "network that makes the features")(options, input);
}

}  // namespace gmtrain
