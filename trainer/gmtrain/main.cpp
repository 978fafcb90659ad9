// SPDX-License-Identifier: Apache-2.0
// The command line: reads arguments, calls one verb, turns exceptions into one line and an exit
// code.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/command_line.hpp"
#include "core/interrupt.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/device.hpp"

namespace {

using namespace gmtrain;

CLI::Option* add_data(CLI::App& verb, std::string& data_root) {
  return verb.add_option("--data", data_root, "folder of the data sets, if it has moved");
}

void add_run(CLI::App& verb, RunArguments& arguments) {
  verb.add_option("RUN", arguments.run, "run folder that `gmtrain train` made")->required();
  add_data(verb, arguments.data_root);
}

void add_device(CLI::App& verb) {
  verb.add_option_function<std::string>("--device", use_device, "cpu or cuda; cpu if not given")
      ->check(CLI::IsMember({"cpu", "cuda"}));
}

/// A verb, and what its options are to fill in before it calls `command`.
template <class Parameter>
auto add_verb(CLI::App& app, const char* name, const char* about, void (*command)(Parameter)) {
  using Arguments = std::decay_t<Parameter>;
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& verb = *app.add_subcommand(name, about);
  verb.callback([=] { command(*arguments); });
  return std::pair<CLI::App&, Arguments&>(verb, *arguments);
}

void add_train(CLI::App& app) {
  auto [verb, arguments] = add_verb(app, "train", "train what a recipe describes", train_command);
  verb.add_option("--recipe", arguments.recipe, "TOML file; doc/recipe.md lists its fields");
  verb.add_option("--set", arguments.overrides, "KEY=VALUE, replaces a field of the recipe")
      ->take_all();
  verb.add_option("--out", arguments.out, "run folder to make")->required();
  add_data(verb, arguments.data_root);
  verb.add_flag(
      "--resume", arguments.resume,
      "go on with an interrupted training in --out; --recipe and --set, where given, must be "
      "those it began with, but for data.root and data.workers");
  add_device(verb);
}

void add_calibrate(CLI::App& app) {
  auto [verb, arguments] =
      add_verb(app, "calibrate", "rank energy and doubt of the held-out images, for p-values",
               calibrate_command);
  add_run(verb, arguments);
  add_device(verb);
}

void add_evaluate(CLI::App& app) {
  auto [verb, arguments] = add_verb(
      app, "evaluate", "measure errors and detection, write evaluation.json", evaluate_command);
  add_run(verb, arguments);
  verb.add_flag("--held-out", arguments.held_out,
                "measure on training images that were held out, to choose settings by; write "
                "held_out.json");
  add_device(verb);
}

void add_verify(CLI::App& app) {
  auto [verb, arguments] = add_verb(app, "verify",
                                    "tell whether two images are of one identity, one that "
                                    "training never saw, and write verification.json",
                                    verify_command);
  add_run(verb, arguments);
  add_device(verb);
}

void add_attack(CLI::App& app) {
  auto [verb, arguments] = add_verb(app, "attack",
                                    "write adversarial images, with the clean and the foreign ones "
                                    "beside them, to RUN/images",
                                    attack_command);
  add_run(verb, arguments);
  add_device(verb);
  verb.add_option("--images", arguments.images, "images of each set; 0 is all")
      ->transform(whole_number(0, std::numeric_limits<int>::max()))
      ->capture_default_str();
}

void add_report(CLI::App& app) {
  auto [verb, arguments] = add_verb(
      app, "report", "write RUN/report.html and RUN/figures, from what evaluate and verify wrote",
      report_command);
  add_run(verb, arguments);
}

void add_export(CLI::App& app) {
  auto [verb, arguments] =
      add_verb(app, "export", "write the calibrated model as one ONNX file", export_command);
  add_run(verb, arguments);
  verb.add_option("--out", arguments.out, "ONNX file to write")->required();
  verb.add_flag("--uncalibrated", arguments.uncalibrated, "export without p-values");
}

void add_align(CLI::App& app) {
  auto [verb, arguments] = add_verb(
      app, "align", "bring the faces in a folder of images to one position", align_command);
  verb.add_option("FOLDER", arguments.images, "images, in folders or not")->required();
  verb.add_option("--out", arguments.out, "folder to make, with the same names in it")->required();
  verb.add_option("--landmarks", arguments.landmarks,
                  "text file of five points for each image; doc/faces.md says how");
  verb.add_option("--detector", arguments.detector,
                  "YuNet model in ONNX for cv::FaceDetectorYN, instead of --landmarks");
  verb.add_option("--size", arguments.size, "side of the aligned images")
      ->transform(whole_number(8, 4096))
      ->capture_default_str();
}

/// In ascending order.
std::vector<std::string> names_of_verbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Memory that one step frees is what the next one takes: to give it back to the system in between,
/// and to have it cleared again, costs up to a sixth of a step.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that it allows
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

int run(int argc, char** argv) {
  CLI::App app{"Trains classifiers with the large-margin Gaussian-mixture loss for OpenCV's dnn"};
  app.require_subcommand(1);

  for (const auto add : {add_train, add_calibrate, add_evaluate, add_verify, add_attack, add_report,
                         add_export, add_align}) {
    add(app);
  }

  const auto verbs = names_of_verbs(app);
  if (argc > 1 && argv[1][0] != '-' && std::count(verbs.begin(), verbs.end(), argv[1]) == 0) {
    fmt::print(stderr, "gmtrain: expected one of {}, got {}\n", fmt::join(verbs, ", "), argv[1]);
    return static_cast<int>(CLI::ExitCodes::ExtrasError);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const Interrupted& interrupted) {
    fmt::print(stderr, "gmtrain: {}\n", interrupted.what());
    return interrupted_exit_code(interrupted.signal);
  } catch (const std::exception& error) {
    fmt::print(stderr, "gmtrain: {}\n", first_line(error.what()));
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  exit_on_interrupt();
  return checked_exit_code("gmtrain", run(argc, argv));
}
