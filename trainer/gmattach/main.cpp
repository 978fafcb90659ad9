// SPDX-License-Identifier: Apache-2.0
// The command line: reads options, calls what they ask for, turns exceptions into one line and an
// exit code.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <opencv2/core/utils/logger.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "core/command_line.hpp"
#include "core/logging/log.hpp"
#include "gmattach/attach_command.hpp"
#include "gmattach/options.hpp"

namespace {

using namespace gmattach;
using gmtrain::whole_number;

/// Calls read(text); what it throws becomes CLI11's message.
template <class Read>
void read_text(const char* name, const std::string& text, Read read) {
  try {
    read(text);
  } catch (const std::exception& error) {
    throw CLI::ValidationError(name, error.what());
  }
}

/// An option whose text `read` takes.
template <class Read>
CLI::Option* add_text(CLI::App& app, const char* name, const char* about, Read read) {
  return app.add_option_function<std::string>(
      name, [=](const std::string& text) { read_text(name, text, read); }, about);
}

/// The same of an option that may be repeated.
template <class Read>
void add_texts(CLI::App& app, const char* name, const char* about, Read read) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [=](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) read_text(name, text, read);
         },
         about)
      ->take_all();
}

void add_network(CLI::App& app, Options& options) {
  app.add_option("--model", options.model, "the classifier, an ONNX file")->required();
  app.add_option("--layer", options.layer,
                 "where the features are, a value or a node of the graph; found if not given");
  add_text(
      app, "--size", "WIDTHxHEIGHT of the network's images, where the file leaves them open",
      [&](const std::string& text) { std::tie(options.width, options.height) = parse_size(text); });
  add_text(app, "--scale", "what pixels 0..255 are multiplied with first, such as 1/255",
           [&](const std::string& text) { options.pixels.scale = parse_number(text); });
  add_text(app, "--mean", "what is taken from them then: a number, or one for each channel",
           [&](const std::string& text) { options.pixels.mean = parse_numbers(text); });
  add_text(app, "--deviation", "what they are divided by then: a number, or one for each channel",
           [&](const std::string& text) { options.pixels.deviation = parse_numbers(text); });
  CLI::Option* bgr = app.add_flag_callback(
      "--bgr", [&] { options.channel_order = "BGR"; }, "the network takes blue, green, red");
  app.add_flag_callback(
         "--rgb", [&] { options.channel_order = "RGB"; },
         "the network takes red, green, blue, which is the default")
      ->excludes(bgr);
}

void add_pictures(CLI::App& app, Options& options) {
  add_text(
      app, "--resize",
      "WIDTHxHEIGHT that pictures are brought to, of which the network's size is cut; as large "
      "as that if not given",
      [&](const std::string& text) {
        std::tie(options.resize_width, options.resize_height) = parse_size(text);
      });
  app.add_option("--resize-mode", options.resize_mode, "how a picture of other proportions is")
      ->check(CLI::IsMember({"crop_center", "letterbox", "stretch"}))
      ->capture_default_str();
  app.add_option("--interpolation", options.interpolation, "of resizing")
      ->check(CLI::IsMember({"area", "cubic", "lanczos4", "linear", "nearest"}))
      ->capture_default_str();
  app.add_option("--fill", options.fill, "pixels around a letterboxed picture")
      ->transform(whole_number(0, 255))
      ->capture_default_str();
}

void add_fit(CLI::App& app, Options& options) {
  app.add_option("--images", options.images, "pictures of the classes, a folder for each class");
  app.add_option("--out", options.out, "ONNX file to write; beside it .json and .html");
  app.add_option("--test", options.test,
                 "pictures to measure on, as --images; a part of the held-out if not given");
  add_texts(app, "--outliers", "NAME=FOLDER of pictures that are of no class; may be repeated",
            [&](const std::string& text) { options.outliers.push_back(parse_outliers(text)); });
  app.add_flag("--rivals", options.rivals,
               "measure scores from the literature beside the p-value, on the outliers and on the "
               "network's own mistakes");
  app.add_option("--labels", options.labels,
                 "text file with the name of a folder for each class of the network, in its order");
  app.add_option("--fit-images", options.fit_images, "of each class to fit to, at most")
      ->transform(whole_number(2, 1000000))
      ->capture_default_str();
  add_text(app, "--held-out", "share of each class to choose, calibrate and measure by; 0.2",
           [&](const std::string& text) { options.held_out = parse_share(text); });
  add_text(app, "--accept-rate", "share of such pictures that the model accepts; 0.99",
           [&](const std::string& text) { options.accept_rate = parse_share(text); });
  app.add_option("--seed", options.seed, "chooses the pictures")
      ->transform(whole_number(0, 1000000000))
      ->capture_default_str();
  app.add_option("--batch", options.batch, "pictures that go through the network at once")
      ->transform(whole_number(1, 4096))
      ->capture_default_str();
  app.add_option("--workers", options.workers, "threads that read pictures")
      ->transform(whole_number(1, 256))
      ->capture_default_str();
}

void run(const Options& options) {
  if (!options.features.empty()) return write_features_network(options);
  if (options.images.empty() || options.out.empty())
    throw std::runtime_error("expected --images and --out, or --features");
  attach(options);
}

int run(int argc, char** argv) {
  CLI::App app(
      "Gives a classifier that others trained a head that refuses what it does not know, and "
      "writes both as one ONNX file.");
  Options options;
  // OpenCV 4.6 warns of every operator that it has no importer for, GMHead among them.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_ERROR);
  add_network(app, options);
  add_pictures(app, options);
  add_fit(app, options);
  app.add_option("--features", options.features,
                 "write the network up to its features to this file, and nothing else");
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "gmattach: " << gmtrain::first_line(error.what()) << '\n';
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  return gmtrain::checked_exit_code("gmattach", run(argc, argv));
}
