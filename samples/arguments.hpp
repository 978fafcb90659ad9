// The command line of the samples.
#pragma once

#include <algorithm>
#include <iostream>
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
    "{false_reject_rate | -1  | share of good images that may be refused; -1: as the model says }"
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
    if (option == argument && key != "quiet" && key != "q") {
      throw std::runtime_error(option + " needs a value, given by =");
    }
  }
  return found;
}

/// Throws if a value that was asked for is not of its type.
inline void check_types(const cv::CommandLineParser& parser) {
  if (parser.check()) return;
  parser.printErrors();
  throw std::runtime_error("see --help");
}

/// The model of the command line, with its false-reject rate set.
inline cv::Ptr<cv::dnn_gm::OpenSetClassifier> open_model(const cv::CommandLineParser& parser) {
  const auto model = parser.get<std::string>("model");
  const auto rate = parser.get<float>("false_reject_rate");
  const int backend = parser.get<int>("backend"), target = parser.get<int>("target");
  check_types(parser);
  if (model.empty()) throw std::runtime_error("--model=FILE is missing");
  auto classifier = cv::dnn_gm::OpenSetClassifier::create(model, "", backend, target);
  if (rate != -1) classifier->setFalseRejectRate(rate);
  return classifier;
}

inline size_t batch_size(const cv::CommandLineParser& parser) {
  const int batch = parser.get<int>("batch");
  check_types(parser);
  if (batch < 1) throw std::runtime_error("--batch must be at least 1");
  return static_cast<size_t>(batch);
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
