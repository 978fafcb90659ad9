// Classifies images with a model trained by the large-margin Gaussian-mixture loss, and refuses
// those it does not believe. Knows nothing of how the model was trained: the ONNX file says
// everything.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/filesystem.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

using cv::dnn_gm::OpenSetClassifier;
using cv::dnn_gm::Verdict;

namespace {

const char* const kKeys =
    "{help h usage ?    |     | print this message }"
    "{model             |     | ONNX file that ends in GMHead }"
    "{false_reject_rate | -1  | share of clean images that may be refused; -1: as the model says }"
    "{sheet             |     | contact sheet to write (PNG): refused images are framed in red }"
    "{batch             | 256 | images in one forward pass }"
    "{backend           | 0   | cv::dnn::Backend }"
    "{target            | 0   | cv::dnn::Target }"
    "{quiet q           |     | print only the table }";

/// The images of one argument, which is a folder or a single image.
struct Set {
  std::string name;
  std::vector<std::string> files;
  std::vector<Verdict> verdicts;
};

/// What is not an option is an image or a folder. CommandLineParser takes values by --key=value
/// only, and passes over keys that it does not know.
std::vector<std::string> positional_arguments(const cv::CommandLineParser& parser, int argc,
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

std::vector<std::string> image_files(const std::string& path) {
  if (!cv::utils::fs::isDirectory(path)) return {path};
  std::vector<cv::String> files;
  cv::glob(path + "/*", files);
  return files;
}

/// Judges a folder's images, or one image; what cannot be read is reported and left out.
Set classify(OpenSetClassifier& classifier, std::string path, size_t batch) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  Set set;
  set.name = path.substr(path.find_last_of('/') + 1);
  std::vector<cv::Mat> images;
  const auto classify_batch = [&] {
    const auto verdicts = classifier.classifyBatch(images);
    set.verdicts.insert(set.verdicts.end(), verdicts.begin(), verdicts.end());
    images.clear();
  };
  for (const std::string& file : image_files(path)) {
    const cv::Mat image = cv::imread(file);
    if (image.empty()) {
      std::cerr << file << ": cannot be read as an image" << std::endl;
      continue;
    }
    set.files.push_back(file);
    images.push_back(image);
    if (images.size() == batch) classify_batch();
  }
  classify_batch();
  return set;
}

void print_verdicts(const Set& set) {
  for (size_t i = 0; i < set.files.size(); ++i) {
    const Verdict& v = set.verdicts[i];
    std::printf("%s: %s  confidence %.4f  log-likelihood %.2f  p-value %.4f  %s\n",
                set.files[i].c_str(), v.label.c_str(), v.confidence, v.logLikelihood, v.pValue,
                v.accepted ? "accepted" : "refused");
  }
}

void print_table(const std::vector<Set>& sets) {
  std::printf("%-24s %7s %9s %8s %9s %11s %15s\n", "images", "number", "accepted", "refused",
              "refused %", "confidence", "log-likelihood");
  for (const Set& set : sets) {
    const double count = static_cast<double>(set.verdicts.size());
    int accepted = 0;
    double confidence = 0, likelihood = 0;
    for (const Verdict& v : set.verdicts) {
      accepted += v.accepted;
      confidence += v.confidence;
      likelihood += v.logLikelihood;
    }
    if (count == 0) continue;
    std::printf("%-24s %7.0f %9d %8.0f %9.1f %11.4f %15.2f\n", set.name.c_str(), count, accepted,
                count - accepted, 100 * (count - accepted) / count, confidence / count,
                likelihood / count);
  }
}

/// An image of the sheet with its verdict below.
cv::Mat draw_cell(const cv::Mat& image, const Verdict& verdict, const cv::Size& size) {
  const int caption = 16, frame = 3;
  cv::Mat cell(size, CV_8UC3, cv::Scalar::all(255));
  const int side = std::min(size.width, size.height - caption) - 2 * frame;
  const double scale = side / static_cast<double>(std::max(image.cols, image.rows));
  cv::Mat enlarged;
  cv::resize(image, enlarged, cv::Size(), scale, scale,
             scale > 1 ? cv::INTER_NEAREST : cv::INTER_AREA);
  const cv::Rect place((size.width - enlarged.cols) / 2, frame, enlarged.cols, enlarged.rows);
  enlarged.copyTo(cell(place));
  const cv::Scalar red(0, 0, 220), green(0, 130, 0);
  if (!verdict.accepted) {
    cv::rectangle(cell, place + cv::Point(-frame / 2, -frame / 2) + cv::Size(frame, frame), red,
                  frame);
  }
  cv::putText(cell, cv::format("%s p=%.3f", verdict.label.c_str(), verdict.pValue),
              cv::Point(2, size.height - 4), cv::FONT_HERSHEY_SIMPLEX, 0.36,
              verdict.accepted ? green : red, 1, cv::LINE_AA);
  return cell;
}

/// A heading and up to 40 images of a set, evenly chosen.
cv::Mat draw_block(const Set& set) {
  const int columns = 10, heading = 26;
  const size_t most = 40;
  const cv::Size cell(90, 100);
  const size_t count = set.files.size(), shown = std::min(count, most);
  const int rows = static_cast<int>((shown + columns - 1) / columns);
  cv::Mat block(heading + rows * cell.height, columns * cell.width, CV_8UC3, cv::Scalar::all(255));
  const auto refused = std::count_if(set.verdicts.begin(), set.verdicts.end(),
                                     [](const Verdict& v) { return !v.accepted; });
  std::string title = cv::format("%s: %td of %zu refused", set.name.c_str(), refused, count);
  if (shown < count) title += cv::format("; %zu shown, evenly chosen", shown);
  cv::putText(block, title, cv::Point(4, 18), cv::FONT_HERSHEY_SIMPLEX, 0.55, cv::Scalar::all(0), 1,
              cv::LINE_AA);
  for (size_t i = 0; i < shown; ++i) {
    const size_t chosen = i * count / shown;
    const cv::Point corner(static_cast<int>(i % columns) * cell.width,
                           heading + static_cast<int>(i / columns) * cell.height);
    draw_cell(cv::imread(set.files[chosen]), set.verdicts[chosen], cell)
        .copyTo(block(cv::Rect(corner, cell)));
  }
  return block;
}

void write_sheet(const std::string& file, const std::vector<Set>& sets) {
  std::vector<cv::Mat> blocks;
  for (const Set& set : sets) {
    if (!set.files.empty()) blocks.push_back(draw_block(set));
  }
  cv::Mat sheet;
  cv::vconcat(blocks, sheet);
  if (!cv::imwrite(file, sheet)) throw std::runtime_error(file + ": cannot be written");
}

void run(const cv::CommandLineParser& parser, const std::vector<std::string>& paths) {
  const auto model = parser.get<std::string>("model"), sheet = parser.get<std::string>("sheet");
  const float rate = parser.get<float>("false_reject_rate");
  const int batch = parser.get<int>("batch");
  const int backend = parser.get<int>("backend"), target = parser.get<int>("target");
  if (!parser.check()) {
    parser.printErrors();
    throw std::runtime_error("see --help");
  }
  if (model.empty()) throw std::runtime_error("--model=FILE is missing");
  if (paths.empty()) throw std::runtime_error("no images or folders are given");
  if (batch < 1) throw std::runtime_error("--batch must be at least 1");

  const auto classifier = OpenSetClassifier::create(model, "", backend, target);
  if (rate != -1) classifier->setFalseRejectRate(rate);

  std::vector<Set> sets;
  size_t read = 0;
  for (const std::string& path : paths) {
    sets.push_back(classify(*classifier, path, static_cast<size_t>(batch)));
    if (!parser.has("quiet")) print_verdicts(sets.back());
    read += sets.back().files.size();
  }
  if (read == 0) throw std::runtime_error("no image could be read");
  if (!classifier->isCalibrated()) std::puts("The model is not calibrated: p-values are 1.");
  print_table(sets);
  if (!sheet.empty()) write_sheet(sheet, sets);
}

}  // namespace

int main(int argc, char** argv) {
  cv::CommandLineParser parser(argc, argv, kKeys);
  parser.about(
      "Classifies images and refuses those that are unlike what the model was trained on.\n"
      "classify --model=model.onnx [options] images or folders ...");
  if (argc == 1 || parser.has("help")) {
    parser.printMessage();
    return argc == 1;
  }
  try {
    run(parser, positional_arguments(parser, argc, argv));
    return 0;
  } catch (const cv::Exception& error) {
    std::cerr << "classify: " << error.err << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "classify: " << error.what() << std::endl;
  }
  return 1;
}
