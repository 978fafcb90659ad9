// The command line: reads arguments, calls one verb, turns exceptions into one line and an exit
// code.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <exception>
#include <limits>
#include <string>

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

/// A number in decimal digits and nothing else. CLI11 would take 010 for 8.
CLI::Validator whole_number(int least, int most) {
  const auto read = [=](std::string& text) -> std::string {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    if (!is_number || value < least || value > most) {
      return fmt::format("expected a whole number from {} to {}, got {}", least, most, text);
    }
    text = std::to_string(value);
    return {};
  };
  return {read, ""};
}

/// The error's first line: what follows in some libraries' messages is a stack trace.
std::string first_line(const std::exception& error) {
  const std::string message = error.what();
  return message.substr(0, message.find('\n'));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains classifiers with the large-margin Gaussian-mixture loss for OpenCV's dnn"};
  app.require_subcommand(1);

  TrainArguments train;
  auto* verb = app.add_subcommand("train", "train what a recipe describes");
  verb->add_option("--recipe", train.recipe, "TOML file; doc/recipe.md lists its fields");
  verb->add_option("--set", train.overrides, "KEY=VALUE, replaces a field of the recipe")
      ->take_all();
  verb->add_option("--out", train.out, "run folder to make")->required();
  add_data(*verb, train.data_root);
  verb->add_flag(
      "--resume", train.resume,
      "go on with an interrupted training in --out; --recipe and --set, where given, must be "
      "those it began with, but for data.root and data.workers");
  add_device(*verb);
  verb->callback([&] { train_command(train); });

  RunArguments calibrate;
  verb =
      app.add_subcommand("calibrate", "rank energy and doubt of the held-out images, for p-values");
  add_run(*verb, calibrate);
  add_device(*verb);
  verb->callback([&] { calibrate_command(calibrate); });

  EvaluateArguments evaluate;
  verb = app.add_subcommand("evaluate", "measure errors and detection, write evaluation.json");
  add_run(*verb, evaluate);
  verb->add_flag("--held-out", evaluate.held_out,
                 "measure on training images that were held out, to choose settings by; write "
                 "held_out.json");
  add_device(*verb);
  verb->callback([&] { evaluate_command(evaluate); });

  RunArguments verify;
  verb = app.add_subcommand("verify",
                            "tell whether two images are of one identity, one that training never "
                            "saw, and write verification.json");
  add_run(*verb, verify);
  add_device(*verb);
  verb->callback([&] { verify_command(verify); });

  AttackArguments attack;
  verb = app.add_subcommand("attack",
                            "write adversarial images, with the clean and the foreign ones beside "
                            "them, to RUN/images");
  add_run(*verb, attack);
  add_device(*verb);
  verb->add_option("--images", attack.images, "images of each set; 0 is all")
      ->transform(whole_number(0, std::numeric_limits<int>::max()))
      ->capture_default_str();
  verb->callback([&] { attack_command(attack); });

  RunArguments report;
  verb = app.add_subcommand(
      "report", "write RUN/report.html and RUN/figures, from what evaluate and verify wrote");
  add_run(*verb, report);
  verb->callback([&] { report_command(report); });

  ExportArguments exported;
  verb = app.add_subcommand("export", "write the calibrated model as one ONNX file");
  add_run(*verb, exported);
  verb->add_option("--out", exported.out, "ONNX file to write")->required();
  verb->add_flag("--uncalibrated", exported.uncalibrated, "export without p-values");
  verb->callback([&] { export_command(exported); });

  AlignArguments align;
  verb = app.add_subcommand("align", "bring the faces in a folder of images to one position");
  verb->add_option("FOLDER", align.images, "images, in folders or not")->required();
  verb->add_option("--out", align.out, "folder to make, with the same names in it")->required();
  verb->add_option("--landmarks", align.landmarks,
                   "text file of five points for each image; doc/faces.md says how");
  verb->add_option("--detector", align.detector,
                   "YuNet model in ONNX for cv::FaceDetectorYN, instead of --landmarks");
  verb->add_option("--size", align.size, "side of the aligned images")
      ->transform(whole_number(8, 4096))
      ->capture_default_str();
  verb->callback([&] { align_command(align); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "gmtrain: {}\n", first_line(error));
    return 1;
  }
  return 0;
}
