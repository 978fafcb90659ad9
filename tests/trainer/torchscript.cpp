// SPDX-License-Identifier: Apache-2.0
// Networks of TorchScript files: their training, frozen at first or not, and what is refused.
#include <torch/script.h>

#include <boost/test/unit_test.hpp>

#include "core/files/atomic_file.hpp"
#include "gmtrain/export/export.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/agreement_case.hpp"
#include "trainer/export_heads.hpp"
#include "trainer/from_table.hpp"
#include "trainer/opencv_agreement.hpp"
#include "trainer/small_experiment.hpp"
#include "trainer/tiny_script.hpp"

namespace gmtrain::test {
namespace {

/// One with a parameter and this code for what is done with images x.
torch::jit::Module doing(const std::string& code) {
  torch::jit::Module script("Doing");
  script.register_parameter("weight", torch::ones(1), false);
  script.define("def forward(self, x):\n    " + code + "\n");
  return script;
}

struct Files {
  Files() { make_data(folder / "data"); }

  std::string save(const torch::jit::Module& script) const {
    const std::string file = (folder / "network.pt").string();
    script.save(file);
    return file;
  }

  Recipe recipe(const std::vector<std::string>& overrides) const {
    return small_recipe(
        folder / "data", overrides,
        "name = \"torchscript\"\nfile = \"" + (folder / "network.pt").string() + "\"");
  }

  RunFolder run(const std::string& name) const { return {folder / name}; }

  TemporaryFolder folder;
};

std::shared_ptr<Network> open(const std::string& file, const ImageShape& input,
                              const std::string& more = "") {
  return from_table("network", "name = \"torchscript\"\nfile = \"" + file + "\"\n" + more,
                    [&](Section section) { return make_network(section, input); });
}

using State = std::map<std::string, torch::Tensor>;

State state_of(const torch::nn::Module& module) {
  State state;
  for (const auto& entry : module.named_parameters()) state[entry.key()] = entry.value().clone();
  for (const auto& entry : module.named_buffers()) state[entry.key()] = entry.value().clone();
  return state;
}

bool same(const State& a, const State& b, const std::string& name) {
  return torch::equal(a.at(name), b.at(name));
}

State trained(Recipe recipe, const RunFolder& folder) {
  train(recipe, folder, false);
  return state_of(open_run(folder.path).model->network());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(torchscript, Files)

BOOST_AUTO_TEST_CASE(features_are_found_and_averaged_and_colours_reversed) {
  const auto script = tiny_script(3);
  const auto file = save(script);
  const torch::NoGradGuard no_grad;
  const auto images = torch::randn({4, 3, 10, 12});
  auto network = open(file, {3, 10, 12});
  BOOST_TEST(network->dimension() == kTinyFilters);
  BOOST_TEST(network->is_training());
  BOOST_TEST(state_of(*network).size() == 5U);
  network->eval();
  auto reference = torch::jit::load(file);
  reference.eval();
  const auto expected = reference.forward({images.flip(1)}).toTensor().mean({2, 3});
  BOOST_TEST(torch::allclose(network->forward(images), expected, 1e-5, 1e-6));
  const auto bgr = open(file, {3, 10, 12}, "channel_order = \"bgr\"");
  bgr->eval();
  BOOST_TEST(torch::allclose(bgr->forward(images.flip(1)), expected, 1e-5, 1e-6));
}

BOOST_AUTO_TEST_CASE(a_tuple_stands_for_its_first_and_views_of_the_usual_layout_work) {
  const auto file = save(doing("return (self.weight * x.view([x.size(0), -1]), x)"));
  BOOST_TEST(open(file, {1, 4, 5})->dimension() == 20);
  auto script = tiny_script(1);
  script.define(R"(
def flat(self, x):
    return self.forward(x).view([x.size(0), -1])
)");
  torch::jit::Module outer("Outer");
  outer.register_module("inner", script);
  outer.define("def forward(self, x):\n    return self.inner.flat(x)\n");
  const auto network = open(save(outer), {1, 4, 6});
  BOOST_TEST(network->dimension() == kTinyFilters * 2 * 3);
  BOOST_TEST(network->named_parameters().contains("inner.weight"));
}

BOOST_AUTO_TEST_CASE(it_learns) {
  save(tiny_script(1));
  auto settings =
      recipe({"train.epochs=8", "optimizer.name=adamw", "optimizer.learning_rate=0.01"});
  train(settings, run("a"), false);
  const auto opened = open_run(run("a").path);
  BOOST_TEST(opened.facts["network"].get<std::string>() == "torchscript");
  BOOST_TEST(opened.facts["features"].get<int64_t>() == kTinyFilters);
  for (const auto& [name, value] : state_of(opened.model->network())) {
    BOOST_TEST(
        !torch::equal(value, state_of(*open((folder / "network.pt").string(), {1, 12, 12}))[name]),
        name);
  }
}

BOOST_AUTO_TEST_CASE(what_it_says_of_a_batch_of_one_image_is_told) {
  auto script = tiny_script(1);
  script.define(
      "def checked(self, x):\n    assert not self.training, \"out of order\"\n"
      "    return self.forward(x)\n");
  torch::jit::Module outer("Outer");
  outer.register_module("inner", script);
  outer.define("def forward(self, x):\n    return self.inner.checked(x)\n");
  save(outer);
  auto settings = recipe({"train.batch_size=1"});
  const auto message = message_of<std::exception>([&] { train(settings, run("one"), false); });
  BOOST_TEST(contains(message, "out of order"), message);
  BOOST_TEST(!contains(message, "batch_size"), message);
}

BOOST_AUTO_TEST_CASE(a_frozen_network_keeps_its_bits_and_statistics) {
  const auto before = state_of(*open(save(tiny_script(1)), {1, 12, 12}));
  const auto frozen = trained(recipe({"network.frozen_epochs=2"}), run("frozen"));
  const auto adam =
      trained(recipe({"network.frozen_epochs=9", "optimizer.name=adamw"}), run("adam"));
  const auto half = trained(recipe({"network.frozen_epochs=1"}), run("half"));
  const auto statistics = trained(recipe({"network.frozen_statistics=true"}), run("statistics"));
  for (const auto& [name, value] : before) {
    const bool is_statistic = name.find("running") == 0;
    BOOST_TEST(same(statistics, before, name) == is_statistic, name);
    BOOST_TEST(same(frozen, before, name), name);
    BOOST_TEST(same(adam, before, name), name);
    BOOST_TEST(!same(half, before, name), name);
  }
  // The loss learns meanwhile: another seed draws other means, the same seed the same.
  const auto mixture = [&](const std::string& name) {
    return open_run(run(name).path).model->loss().mixture()->means;
  };
  BOOST_TEST(!torch::equal(mixture("frozen"), mixture("half")));
}

BOOST_AUTO_TEST_CASE(the_learning_rate_factor_is_the_networks) {
  const auto before = state_of(*open(save(tiny_script(1)), {1, 12, 12}));
  const std::vector<std::string> one_step{"train.epochs=1",           "train.batch_size=500",
                                          "optimizer.warmup=0.0",     "optimizer.momentum=0.0",
                                          "optimizer.nesterov=false", "optimizer.weight_decay=0.0"};
  auto tenth = one_step;
  tenth.push_back("network.learning_rate_factor=0.1");
  const auto whole = trained(recipe(one_step), run("whole"));
  const auto slow = trained(recipe(tenth), run("slow"));
  for (const char* name : {"weight", "gamma", "beta"}) {
    const auto step = whole.at(name) - before.at(name), slow_step = slow.at(name) - before.at(name);
    BOOST_TEST(step.abs().max().item<double>() > 1e-4, name);
    BOOST_TEST(torch::allclose(slow_step * 10, step, 1e-3, 1e-5), name);
  }
  const auto means = [&](const std::string& name) {
    return open_run(run(name).path).model->loss().mixture()->means;
  };
  BOOST_TEST(torch::equal(means("whole"), means("slow")));
}

BOOST_AUTO_TEST_CASE(resuming_is_exact_frozen_or_not) {
  save(tiny_script(1));
  for (const std::string optimizer : {"sgd", "adamw"}) {
    for (const int frozen : {0, 1, 2}) {
      const std::string name = optimizer + std::to_string(frozen);
      const std::vector<std::string> settings{"train.epochs=3", "optimizer.name=" + optimizer,
                                              "network.frozen_epochs=" + std::to_string(frozen)};
      auto whole = recipe(settings), interrupted = recipe(settings);
      train(whole, run(name), false);
      BOOST_CHECK_THROW(train(interrupted, run(name + "b"), false,
                              [](int64_t) { throw std::runtime_error("interrupted"); }),
                        std::runtime_error);
      auto again = Recipe::load(run(name + "b").recipe());
      again.section("").require<std::string>("name", "");
      train(again, run(name + "b"), true);
      const auto a = state_of(*open_run(run(name).path).model),
                 b = state_of(*open_run(run(name + "b").path).model);
      for (const auto& [key, value] : a) BOOST_TEST(same(a, b, key), name << ", " << key);
    }
  }
}

BOOST_AUTO_TEST_CASE(exported_it_computes_the_same_features) {
  const ImageShape shape{3, 12, 12};
  const auto network = open(save(tiny_script(3)), shape);
  const auto images = torch::randn({16, 3, 12, 12});
  torch::Tensor features;
  {
    const torch::NoGradGuard no_grad;
    network->train();
    for (int i = 0; i < 5; ++i) network->forward(images);
    network->eval();
    features = network->forward(images);
    network->train();
  }
  const GmHead head =
      random_head({"", 5, Variances::diagonal, CalibrationKind::shared, 1}, features, shape);
  const auto exported =
      std::filesystem::path(GM_AGREEMENT_FOLDER) / "agree" / "network-torchscript";
  std::filesystem::create_directories(exported);
  export_onnx(
      *network, [&](const torch::Tensor& x) { return network->forward(x); }, shape, head,
      exported / "model.onnx");
  BOOST_TEST(network->is_training());
  const HeadOutputs expected = reference_outputs(head, features);
  write_agreement_case(exported, images, expected);
  check_opencv(exported / "model.onnx", images, expected);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_trained_is_refused_in_one_line) {
  const auto refused = [&](const std::string& file, const std::string& reason,
                           const ImageShape& input = {1, 12, 12}) {
    const auto message = message_of<RecipeError>([&] { open(file, input); });
    BOOST_TEST(contains(message, "network.file"), message);
    BOOST_TEST(contains(message, file), message);
    BOOST_TEST(contains(message, reason), message);
    BOOST_TEST(!contains(message, "\n"), message);
  };
  refused((folder / "absent.pt").string(), "found none");
  write_file(folder / "text.pt", "no network");
  refused((folder / "text.pt").string(), "expected a TorchScript file");
  // What torch.save makes of weights alone, as a checkpoint.
  torch::save(torch::ones(3), (folder / "weights.pt").string());
  refused((folder / "weights.pt").string(), "");
  refused(save(tiny_script(3)), "to have 3 channels, but got 1");
  refused(save(doing("return self.weight * x.flatten(2)")), "gives Float [2, 1, 144]");
  refused(save(doing("return self.weight * x.flatten()")), "gives Float [288]");
  refused(save(doing("return (self.weight * x.flatten(1)).double()")), "gives Double");
  refused(save(doing("return [x, self.weight]")),
          "got " + (folder / "network.pt").string() + ": it gives a GenericList");
  torch::jit::Module constant("Constant");
  constant.define("def forward(self, x):\n    return x.flatten(1)\n");
  refused(save(constant), "no parameters");
}

// doc/recipe.md has a line for what other networks and optimizers do not ask for.
BOOST_AUTO_TEST_CASE(its_fields_are_documented) {
  save(tiny_script(1));
  auto settings = recipe({"optimizer.name=adamw"});
  train(settings, run("a"), false);
  const std::string page = read_file(GM_SOURCE_FOLDER "/doc/recipe.md");
  for (const auto& field : settings.fields()) {
    BOOST_TEST(contains(page, "| `" + field.key + "` | " + field.type + " | "), field.key);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
