// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/checkpoint.hpp"

#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <random>

#include "core/files/atomic_file.hpp"
#include "core/files/safetensors.hpp"
#include "core/files/sha256.hpp"
#include "gmtrain/run.hpp"
#include "gmtrain/training/optimizer.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

/// A model and an optimizer, which a few steps may be taken with.
struct Stepped {
  explicit Stepped(const std::vector<std::string>& overrides = {}, int steps = 0)
      : recipe(small_recipe("nowhere", overrides)) {
    torch::manual_seed(1);
    model = std::make_unique<Model>(recipe, DataOptions::read(recipe.section("data")),
                                    ImageShape{1, 12, 12});
    optimizer = make_optimizer(*model, OptimizerOptions::read(recipe));
    for (int i = 0; i < steps; ++i) step(i);
  }

  void step(int number) {
    torch::manual_seed(static_cast<uint64_t>(number));
    const auto images = torch::rand({20, 1, 12, 12}) * 255;
    optimizer->zero_grad();
    for (auto& group : optimizer->param_groups()) group.options().set_lr(0.01);
    model->loss()
        .forward(model->features(images), torch::randint(10, {20}, torch::kLong))
        .loss.backward();
    optimizer->step();
  }

  std::vector<torch::Tensor> tensors() const {
    auto all = model->parameters();
    for (const auto& buffer : model->buffers()) all.push_back(buffer);
    return all;
  }

  Recipe recipe;
  std::unique_ptr<Model> model;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
};

bool same_bits(const Stepped& a, const Stepped& b) {
  const auto first = a.tensors(), second = b.tensors();
  return std::equal(first.begin(), first.end(), second.begin(), second.end(), torch::equal);
}

struct InFolder {
  TemporaryFolder folder;
  std::filesystem::path file = folder / "checkpoint.safetensors";

  std::string error_of_loading(Stepped& into) const {
    return message_of<std::runtime_error>(
        [&] { load_checkpoint(file, *into.model, into.optimizer.get()); });
  }

  /// Writes the checkpoint anew, changed and with a checksum that fits.
  void forge(const std::string& original, const std::function<void(SafeTensors&)>& change) const {
    SafeTensors contents = parse_safetensors(original);
    contents.tensors.pop_back();
    change(contents);
    contents.tensors.push_back({"sha256", "U8", {64}, std::string_view(original).substr(0, 64)});
    const std::string forged = to_safetensors(contents);
    const std::string rest = forged.substr(0, forged.size() - 64);
    write_file(file, rest + sha256(rest));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint, InFolder)

BOOST_AUTO_TEST_CASE(the_next_step_gives_the_same_bits) {
  for (const std::vector<std::string>& overrides :
       {std::vector<std::string>{},
        {"optimizer.momentum=0.0", "optimizer.nesterov=false"},
        {"optimizer.name=adamw"}}) {
    Stepped before(overrides, 3);
    save_checkpoint(file, *before.model, *before.optimizer, {2, 5, {{{"seed", 7}}, "abc"}});
    Stepped after(overrides);
    BOOST_TEST(!same_bits(after, before));
    const Progress progress = load_checkpoint(file, *after.model, after.optimizer.get());
    BOOST_TEST(progress.epochs_done == 2);
    BOOST_TEST(progress.epochs == 5);
    BOOST_TEST(progress.origin.training_set == "abc");
    BOOST_TEST(progress.origin.settings == (nlohmann::ordered_json{{"seed", 7}}));
    BOOST_TEST(same_bits(after, before));
    for (Stepped* trained : {&before, &after}) trained->step(3);
    BOOST_TEST(same_bits(after, before));

    Stepped alone(overrides);
    BOOST_TEST(load_checkpoint(file, *alone.model, nullptr).checksum == progress.checksum);
  }
}

BOOST_AUTO_TEST_CASE(checksums_tell_checkpoints_apart) {
  Stepped trained({}, 1);
  std::set<std::string> checksums;
  for (int i = 0; i < 2; ++i) {
    save_checkpoint(file, *trained.model, *trained.optimizer, {1, 2});
    checksums.insert(load_checkpoint(file, *trained.model, nullptr).checksum);
    checksums.insert(load_checkpoint(file, *trained.model, nullptr).checksum);
    trained.step(i);
  }
  BOOST_TEST(checksums.size() == 2u);
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_and_every_cut_is_noticed) {
  Stepped trained({}, 1);
  save_checkpoint(file, *trained.model, *trained.optimizer, {1, 2});
  const std::string whole = read_file(file);
  std::mt19937_64 random(1);
  const auto refused = [&](const std::string& bytes) {
    write_file(file, bytes);
    const std::string message = error_of_loading(trained);
    return contains(message, file.string() + ": ") && !contains(message, "\n");
  };
  const auto flipped = [&](size_t bit) {
    std::string bytes = whole;
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    return bytes;
  };
  for (int i = 0; i < 100; ++i) {
    const size_t bit = random() % (8 * whole.size());
    BOOST_TEST(refused(flipped(bit)), "bit " << bit);
    const size_t length = random() % whole.size();
    BOOST_TEST(refused(whole.substr(0, length)), "the first " << length << " bytes");
  }
  for (size_t byte = 0; byte < 8; ++byte) {  // the header's length, the header and the checksum
    BOOST_TEST(refused(flipped(8 * byte)));
    BOOST_TEST(refused(flipped(8 * (8 + byte))));
    BOOST_TEST(refused(flipped(8 * (whole.size() - 1 - byte))));
  }
  BOOST_TEST(refused(""));
  BOOST_TEST(refused(whole + '\0'));
  write_file(file, whole);
  BOOST_CHECK_NO_THROW(load_checkpoint(file, *trained.model, trained.optimizer.get()));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_the_model_is_refused) {
  Stepped trained({}, 1);
  save_checkpoint(file, *trained.model, *trained.optimizer, {1, 2});
  const std::string whole = read_file(file);
  const auto tensor = [](SafeTensors& contents, const std::string& name) -> StoredTensor& {
    for (StoredTensor& one : contents.tensors) {
      if (one.name == name) return one;
    }
    throw std::logic_error("no tensor " + name);
  };
  const std::string means = "model.loss.means";
  using Change = std::function<void(SafeTensors&)>;
  for (const auto& [change, part] : std::vector<std::pair<Change, std::string>>{
           {[&](SafeTensors& c) { tensor(c, means).name = "model.loss.centres"; },
            "expected model.loss.means F32 [10,16], found none"},
           {[&](SafeTensors& c) {
              tensor(c, means) = {means, "F32", {0}, ""};
            },
            "expected model.loss.means F32 [10,16], got F32 [0]"},
           {[&](SafeTensors& c) {
              tensor(c, means).shape = {16, 10};
            },
            "got F32 [16,10]"},
           {[&](SafeTensors& c) { tensor(c, means).type = "I32"; }, "got I32 [10,16]"},
           {[&](SafeTensors& c) {
              for (StoredTensor& one : c.tensors) one = {one.name, "F32", {0}, ""};
            },
            "got F32 [0]"},
           {[&](SafeTensors& c) { c.tensors.clear(); }, "found none"},
           {[&](SafeTensors& c) {
              c.tensors.push_back({"more\n", "F32", {0}, ""});
            },
            "expected no tensor \"more\\n\""},
           {[&](SafeTensors& c) {
              tensor(c, "optimizer.loss.means.momentum_buffer").shape = {160};
            },
            "expected optimizer.loss.means.momentum_buffer F32 [10,16], got F32 [160]"},
           {[&](SafeTensors& c) {
              tensor(c, "optimizer.loss.means.momentum_buffer").name = "optimizer.loss.means.step";
            },
            "expected no tensor \"optimizer.loss.means.step\""},
           {[](SafeTensors& c) { c.metadata.erase("format"); }, "expected format, found none"},
           {[](SafeTensors& c) { c.metadata["format"] = "pt"; }, "of format gmtrain-checkpoint-1"},
           {[](SafeTensors& c) { c.metadata.erase("epochs"); }, "expected epochs, found none"},
           {[](SafeTensors& c) { c.metadata["epochs_done"] = "one"; }, "epochs_done to be a whole"},
           {[](SafeTensors& c) { c.metadata["epochs_done"] = "99999999999999999999"; },
            "epochs_done to be a whole"},
           {[](SafeTensors& c) { c.metadata["epochs_done"] = "3"; }, "expected 0 to 2"}}) {
    forge(whole, change);
    const std::string message = error_of_loading(trained);
    BOOST_TEST(contains(message, file.string() + ": "), message);
    BOOST_TEST(contains(message, part), message << " instead of " << part);
  }

  forge(whole, [](SafeTensors&) {});
  BOOST_TEST(read_file(file) == whole);
  Stepped other({"optimizer.name=adamw"}), narrow({"network.features=7"});
  BOOST_TEST(contains(error_of_loading(other), "expected no tensor \"optimizer."));
  BOOST_TEST(contains(error_of_loading(narrow), "[10,7], got F32 [10,16]"));
}

BOOST_AUTO_TEST_CASE(settings_nested_without_end_are_refused) {
  Stepped trained;
  save_checkpoint(file, *trained.model, *trained.optimizer, {1, 2});
  forge(read_file(file),
        [](SafeTensors& contents) { contents.metadata["settings"] = std::string(1000000, '['); });
  BOOST_TEST(contains(error_of_loading(trained), "expected at most 64 values in one another"));
}

BOOST_AUTO_TEST_CASE(a_file_that_claims_to_be_huge_is_refused_unread) {
  Stepped trained;
  write_file(file, "");
  std::filesystem::resize_file(file, int64_t{1} << 36);  // takes no room
  BOOST_TEST(contains(error_of_loading(trained), "bytes, found 68719476736"));
}

BOOST_AUTO_TEST_CASE(an_archive_of_libtorch_is_refused_unread) {
  Stepped trained;
  write_file(folder / "checkpoint.pt", "PK\x03\x04");
  BOOST_TEST(contains(error_of_loading(trained),
                      "checkpoint.pt: a checkpoint of an earlier gmtrain, which can hold code"));
  write_file(file, "PK\x03\x04");
  BOOST_TEST(contains(error_of_loading(trained),
                      "checkpoint.safetensors: a checkpoint of an earlier gmtrain"));
}

BOOST_AUTO_TEST_SUITE_END()
