// The command line of the samples.
#pragma once

#include <algorithm>
#include <charconv>
#include <iostream>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace samples {

/// What every sample takes; each adds keys of its own.
inline const std::string kModelKeys =
    "{help h usage ?    |     | print this message }"
    "{model             |     | ONNX file that ends in GMHead }"
    "{false_reject_rate |     | share of good images that may be refused; by default as the model "
    "says }"
    "{target_risk       |     | share of accepted images whose class may be wrong: abstains where "
    "the "
    "confidence is too low; by default any }"
    "{batch             | 256 | images in one forward pass }"
    "{backend           | 0   | cv::dnn::Backend }"
    "{target            | 0   | cv::dnn::Target }"
    "{quiet q           |     | print only the table }";

/// What is not an option is an image or a folder. CommandLineParser takes values by --key=value
/// only, and passes over keys that it does not know.
inline std::vector<std::string> positional_arguments(const cv::CommandLineParser& parser, int argc,
                                                     char** argv) {
  std::vector<std::string> found;
  for (const std::string& argument : std::vector<std::string>(argv + 1, argv + argc)) {
    if (argument[0] != '-') {
      found.push_back(argument);
      continue;
    }
    const std::string option = argument.substr(0, argument.find('='));
    const std::string key = option.substr(std::min(option.find_first_not_of('-'), option.size()));
    parser.has(key);  // throws if there is no such key
    const bool has_value = argument.find_first_not_of(' ', option.size() + 1) != std::string::npos;
    if (!has_value && key != "quiet" && key != "q") {
      throw std::runtime_error(option + " needs a value, given by =");
    }
  }
  return found;
}

/// The value of an option, which must be a number as a whole: CommandLineParser would read 0,05 as
/// 0. Fractions have a point, whatever the locale.
/// @param expected  what number it should be, in words
template <class T>
T number(const cv::CommandLineParser& parser, const std::string& key, T least, T most,
         const std::string& expected) {
  const auto text = parser.get<std::string>(key);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || !(value >= least && value <= most)) {
    throw std::runtime_error("--" + key + ": expected " + expected + ", got " + text);
  }
  return value;
}

inline int whole_number(const cv::CommandLineParser& parser, const std::string& key, int least,
                        const std::string& expected) {
  return number(parser, key, least, std::numeric_limits<int>::max(), expected);
}

/// The model of the command line, with its false-reject rate and target risk set.
inline cv::Ptr<cv::dnn_gm::OpenSetClassifier> open_model(const cv::CommandLineParser& parser) {
  const auto model = parser.get<std::string>("model");
  const auto share = [&](const std::string& key) {
    return parser.has(key) ? number(parser, key, 0.F, 1.F, "a number within [0,1], such as 0.05")
                           : -1;
  };
  const float rate = share("false_reject_rate"), risk = share("target_risk");
  const int backend = whole_number(parser, "backend", 0, "the number of a cv::dnn::Backend");
  const int target = whole_number(parser, "target", 0, "the number of a cv::dnn::Target");
  if (model.empty()) throw std::runtime_error("--model=FILE is missing");
  auto classifier = cv::dnn_gm::OpenSetClassifier::create(model, "", backend, target);
  if (rate != -1) classifier->setFalseRejectRate(rate);
  if (risk != -1) classifier->setTargetRisk(risk);
  return classifier;
}

inline size_t batch_size(const cv::CommandLineParser& parser) {
  return static_cast<size_t>(
      whole_number(parser, "batch", 1, "a whole number from 1, such as 256"));
}

/// A sample's main(): help, and errors as one line that begins with its name.
/// @param run  called with the parser and what is not an option
template <class Run>
int run_sample(int argc, char** argv, const std::string& name, const std::string& about,
               const std::string& keys, Run run) {
  cv::CommandLineParser parser(argc, argv, kModelKeys + keys);
  parser.about(about);
  if (argc == 1 || parser.has("help")) {
    parser.printMessage();
    return argc == 1;
  }
  try {
    run(parser, positional_arguments(parser, argc, argv));
    return 0;
  } catch (const cv::Exception& error) {
    std::cerr << name << ": " << error.err << std::endl;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << std::endl;
  }
  return 1;
}

}  // namespace samples
